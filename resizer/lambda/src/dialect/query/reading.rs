//! A query's parameters, one by one, and what several say together.

use resizer::{Color, Corners, Fit, Focus, Gravity, Mark, Metadata, Padding, Transform, Trim};

use super::edges::{Bounds, Ratio};
use super::values::{self, counter_clockwise, flipped, percentage, turned};
use super::{EXPLAIN, PRESET};
use crate::dialect::numbers::{fixed, whole};

/// A query while it is read: what one parameter says alone is in the transform already.
#[derive(Default)]
pub(super) struct Reading {
    transform: Transform,
    /// In hundredths.
    dpr: Option<u32>,
    has_fit: bool,
    ratio: Option<Ratio>,
    /// `min-w`, `max-w`, `min-h`, `max-h`.
    bounds: [Option<u32>; 4],
    is_focal: bool,
    /// In thousandths, thousandths and hundredths.
    focus: (Option<u32>, Option<u32>, Option<u32>),
    trims: Option<Trims>,
    tolerance: Option<u8>,
    border: Option<Color>,
    pad: u32,
    mark: MarkReading,
}

/// Whose colour a border has.
#[derive(Clone, Copy, PartialEq)]
enum Trims {
    Corner,
    Color,
}

#[derive(Default)]
struct MarkReading {
    mark: Option<Mark>,
    gravity: Option<Gravity>,
    width_percent: Option<u32>,
    opacity_percent: Option<u32>,
    margin: Option<u32>,
}

/// imgix's, of 255.
const TOLERANCE_DEFAULT: u8 = 11;
/// imgix's, in pixels.
const MARK_MARGIN_DEFAULT: u32 = 5;

impl Reading {
    /// Takes one parameter in, or `None` where the value is not one that it takes.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let transform = &mut self.transform;
        match name {
            "ar" => self.ratio = Some(values::ratio(value)?),
            // What follows from these is no transform: a format that `Accept` decides, a preset that has been expanded.
            "auto" | PRESET => {}
            "bg" => transform.background = Some(values::color(value)?),
            "blur" => transform.blur = values::blur(whole(value, 0..=2000)?),
            "border-radius" => transform.corners = Some(Corners::parse(value)?),
            "bri" => transform.adjust.brightness = percentage(value)?,
            "con" => transform.adjust.contrast = percentage(value)?,
            "crop" if value == "focalpoint" => self.is_focal = true,
            "crop" if values::draws_the_eye(value) => transform.gravity = Gravity::Smart,
            "crop" => transform.gravity = values::compass(value)?,
            EXPLAIN => (value == "1").then_some(())?,
            "dpr" => self.dpr = Some(fixed(value, 2, 10..=500)?),
            "fit" => {
                (transform.fit, transform.enlarge) = values::fit(value)?;
                self.has_fit = true;
            }
            "flip" => (transform.flip, transform.rotate) = flipped(transform.rotate, value)?,
            "fm" => transform.format = Some(values::format(value)?),
            "fp-x" => self.focus.0 = Some(fixed(value, 3, 0..=1000)?),
            "fp-y" => self.focus.1 = Some(fixed(value, 3, 0..=1000)?),
            "fp-z" => self.focus.2 = Some(fixed(value, 2, 100..=1000)?),
            "h" => transform.height = Some(whole(value, 1..=u32::MAX)?),
            "mark" => self.mark.mark = Some(Mark::new(value.parse().ok()?)),
            "mark-align" => self.mark.gravity = Some(values::compass(value)?),
            "mark-alpha" => self.mark.opacity_percent = Some(whole(value, 0..=100)?),
            "mark-pad" => self.mark.margin = Some(whole(value, 0..=u32::MAX)?),
            "mark-scale" => self.mark.width_percent = Some(whole(value, 1..=100)?),
            "min-w" => self.bounds[0] = Some(whole(value, 1..=u32::MAX)?),
            "max-w" => self.bounds[1] = Some(whole(value, 1..=u32::MAX)?),
            "min-h" => self.bounds[2] = Some(whole(value, 1..=u32::MAX)?),
            "max-h" => self.bounds[3] = Some(whole(value, 1..=u32::MAX)?),
            "max-bytes" => transform.bytes_max = Some(whole(value, 1..=u32::MAX)?),
            "meta" => transform.metadata = (value == "none").then_some(Metadata::None)?,
            "mono" => transform.tone = values::mono(value)?,
            "or" | "orient" => transform.orient = Some(values::orient(value)?),
            "pad" => self.pad = whole(value, 0..=u32::MAX)?,
            "q" => transform.quality = u8::try_from(whole(value, 1..=100)?).ok(),
            "rect" => transform.region = Some(values::rect(value)?),
            "rot" => transform.rotate = turned(transform.rotate, counter_clockwise(value)?)?,
            "sat" => transform.adjust.saturation = percentage(value)?,
            "sharp" => transform.sharpen = values::sharp(whole(value, 0..=100)?),
            "tone" => transform.tone = values::tone(value)?,
            "trim" if value == "auto" => self.trims = Some(Trims::Corner),
            "trim" if value == "color" => self.trims = Some(Trims::Color),
            "trim-color" => self.border = Some(values::color(value)?),
            "trim-tol" => self.tolerance = u8::try_from(whole(value, 0..=255)?).ok(),
            "w" => transform.width = Some(whole(value, 1..=u32::MAX)?),
            _ => return None,
        }
        Some(())
    }

    /// What the parameters say together: the transform, and the bounds of what the original leaves open.
    pub(super) fn finish(mut self) -> (Transform, Option<Bounds>) {
        let edges = self.edges();
        let pad = self.scaled(self.pad);
        let inner = |edge: u32| edge.saturating_sub(pad.saturating_mul(2)).max(1);
        let scaled = |edge: u32| self.scaled(edge).max(1);
        let [width, height] = edges.map(|edge| edge.map(inner));
        let bounds = self.bounds.map(|edge| edge.map(scaled).map(inner));
        let corners = self.transform.corners.map(|corners| match corners {
            Corners::Radius(pixels) => Corners::Radius(scaled(pixels)),
            Corners::Max => Corners::Max,
        });
        let (trim, focus, mark) = (self.trim(), self.focus(), self.mark());
        let transform = &mut self.transform;
        (transform.width, transform.height, transform.corners) = (width, height, corners);
        (transform.trim, transform.mark, transform.padding) = (trim, mark, Padding::even(pad));
        transform.gravity = focus.map_or(transform.gravity, Gravity::Focal);
        let [min_width, max_width, min_height, max_height] = bounds;
        let range = |min: Option<u32>, max: Option<u32>| min.unwrap_or(1)..=max.unwrap_or(u32::MAX);
        let (width, height) = (range(min_width, max_width), range(min_height, max_height));
        let fit = if self.has_fit { self.transform.fit } else { Fit::Cover };
        let bounds = Bounds { width, height, fit };
        (self.transform, (!bounds.is_none()).then_some(bounds))
    }

    /// Width and height of the box in pixels of the device, as far as the query gives them. What a ratio leaves over is
    /// cut off, unless `fit` says something else.
    fn edges(&mut self) -> [Option<u32>; 2] {
        let given = [self.transform.width, self.transform.height];
        let given = given.map(|edge| edge.map(|edge| self.scaled(edge).max(1)));
        let Some(ratio) = self.ratio else { return given };
        if !self.has_fit {
            self.transform.fit = Fit::Cover;
        }
        match given {
            [None, None] if self.transform.fit == Fit::Cover => {
                self.transform.enlarge = false;
                ratio.around_all()
            }
            [None, None] => given,
            _ => ratio.complete(given),
        }
    }

    /// Pixels of a page in those of the device, rounded half up: once, and everywhere the same.
    fn scaled(&self, pixels: u32) -> u32 {
        let scaled = (u64::from(pixels) * u64::from(self.dpr.unwrap_or(100)) + 50) / 100;
        u32::try_from(scaled).unwrap_or(u32::MAX)
    }

    fn trim(&self) -> Option<Trim> {
        let color = match self.trims? {
            Trims::Corner => None,
            Trims::Color => Some(self.border.unwrap_or(Color::WHITE)),
        };
        Some(Trim { tolerance: self.tolerance.unwrap_or(TOLERANCE_DEFAULT), color })
    }

    fn focus(&self) -> Option<Focus> {
        let (x, y, zoom) = self.focus;
        self.is_focal
            .then(|| Focus::new(x.unwrap_or(500), y.unwrap_or(500), zoom.unwrap_or(100)))?
    }

    fn mark(&self) -> Option<Mark> {
        let asked = &self.mark;
        let opacity_percent = asked.opacity_percent.unwrap_or(100);
        let mark = asked.mark.filter(|_| opacity_percent > 0)?;
        Some(Mark {
            gravity: asked.gravity.unwrap_or(mark.gravity),
            width_percent: asked.width_percent,
            opacity_percent,
            margin: self.scaled(asked.margin.unwrap_or(MARK_MARGIN_DEFAULT)),
            ..mark
        })
    }
}
