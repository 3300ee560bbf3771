//! Step: lay a stored watermark over the image.

use std::fmt;
use std::str::FromStr;

use crate::raster::{Layout, Picture, Raster, multiply};
use crate::{Fit, Gravity, Limits, Plan, RenderError, Size, Transform, decimal, render};

/// Name of an image that is laid over others: 32 characters of `a-z2-7`, as the service names originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MarkName([u8; 32]);

impl FromStr for MarkName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name: [u8; 32] = text.as_bytes().try_into().map_err(|_| ())?;
        let is_name = name.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        is_name.then_some(Self(name)).ok_or(())
    }
}

impl fmt::Display for MarkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

/// A watermark and how it is laid over the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    /// Which image; whoever renders hands its bytes over ([`Plan::with_mark`]).
    pub name: MarkName,
    /// Where it lies: a compass point.
    pub gravity: Gravity,
    /// Its width in percent of the result's, 1 to 100; none is its own. It never exceeds the result.
    pub width_percent: Option<u32>,
    /// How much of it is seen, in percent, 1 to 100.
    pub opacity_percent: u32,
    /// Pixels between it and the edges.
    pub margin: u32,
}

impl Mark {
    /// In the lower right corner, as it is.
    pub fn new(name: MarkName) -> Self {
        let gravity = Gravity::SouthEast;
        Self { name, gravity, width_percent: None, opacity_percent: 100, margin: 0 }
    }

    /// The value of a transform's text: the name, then what differs from [`Mark::new`] in this order:
    /// `_nw` place, `_w25` width, `_o50` opacity, `_m10` margin.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let mut mark = Self::new(parts.next()?.parse().ok()?);
        for part in parts {
            let number = || decimal::parse(part.get(1..)?, 0);
            match part.as_bytes() {
                [b'w', b'0'..=b'9', ..] => mark.width_percent = Some(number()?),
                [b'o', b'0'..=b'9', ..] => mark.opacity_percent = number()?,
                [b'm', b'0'..=b'9', ..] => mark.margin = number()?,
                _ => mark.gravity = Gravity::parse(part)?,
            }
        }
        (mark.is_in_range() && mark.to_string() == text).then_some(mark)
    }

    pub(crate) fn is_in_range(self) -> bool {
        Gravity::COMPASS.contains(&self.gravity)
            && (1..=100).contains(&self.width_percent.unwrap_or(100))
            && (1..=100).contains(&self.opacity_percent)
    }

    /// The box that the watermark has to fit into.
    fn frame(self, canvas: Size) -> Size {
        let free = |edge: u32| edge.saturating_sub(self.margin.saturating_mul(2)).max(1);
        let width = u64::from(canvas.width) * u64::from(self.width_percent.unwrap_or(100));
        let width = u32::try_from((width + 50) / 100).unwrap_or(u32::MAX).max(1);
        Size { width: width.min(free(canvas.width)), height: free(canvas.height) }
    }

    /// Its upper left corner on the canvas.
    fn corner(self, stamp: Size, canvas: Size) -> (u32, u32) {
        let around = |edge: u32, stamp: u32| self.margin.min((edge - stamp) / 2);
        let x = around(canvas.width, stamp.width);
        let y = around(canvas.height, stamp.height);
        let inner = Size { width: canvas.width - 2 * x, height: canvas.height - 2 * y };
        let (left, top) = self.gravity.embed(stamp, inner);
        (x + left, y + top)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new(self.name);
        write!(f, "{}", self.name)?;
        if self.gravity != plain.gravity {
            write!(f, "_{}", self.gravity)?;
        }
        if let Some(percent) = self.width_percent {
            write!(f, "_w{percent}")?;
        }
        if self.opacity_percent != plain.opacity_percent {
            write!(f, "_o{}", self.opacity_percent)?;
        }
        if self.margin != plain.margin {
            write!(f, "_m{}", self.margin)?;
        }
        Ok(())
    }
}

pub(crate) fn mark(picture: Picture, plan: &Plan) -> Result<Picture, RenderError> {
    let Some(mark) = plan.transform.mark else { return Ok(picture) };
    let bytes = plan.mark.as_deref().ok_or(RenderError::MarkMissing)?;
    let canvas = plan.geometry.canvas;
    let stamp = stamp(bytes, mark, canvas, &plan.limits)
        .map_err(|source| RenderError::Mark { source: Box::new(source) })?;
    let corner = mark.corner(stamp.size, canvas);
    Ok(picture.map(|raster| stamped(raster, &stamp, corner, mark.opacity_percent)))
}

/// The watermark in the size in which it is laid over: decoded, turned and coloured like any original.
fn stamp(bytes: &[u8], mark: Mark, canvas: Size, limits: &Limits) -> Result<Raster, RenderError> {
    let frame = mark.frame(canvas);
    let transform = Transform {
        width: Some(frame.width),
        height: Some(frame.height),
        fit: Fit::Inside,
        enlarge: mark.width_percent.is_some(),
        format: Some(crate::Format::Png),
        ..Transform::default()
    };
    let mut picture = render::pixels(bytes, &transform, limits)?;
    Ok(picture.frames.swap_remove(0).raster.into_rgba())
}

fn stamped(raster: Raster, stamp: &Raster, (x, y): (u32, u32), opacity_percent: u32) -> Raster {
    let mut raster = if raster.layout == Layout::Rgba { raster } else { raster.into_rgb() };
    let opacity = u8::try_from(opacity_percent * 255 / 100).unwrap_or(u8::MAX);
    let (stride, channels) = (raster.stride(), raster.layout.channels());
    let rows = raster.pixels.chunks_exact_mut(stride).skip(y as usize);
    for (row, line) in rows.zip(stamp.pixels.chunks_exact(stamp.stride())) {
        let row = row[x as usize * channels..].chunks_exact_mut(channels);
        for (pixel, &[r, g, b, a]) in row.zip(line.as_chunks::<4>().0) {
            over(pixel, [r, g, b], multiply(a, opacity));
        }
    }
    raster
}

/// `color` with `alpha` over a pixel with or without opacity of its own (Porter and Duff, "over").
fn over(pixel: &mut [u8], color: [u8; 3], alpha: u8) {
    let front = u32::from(alpha);
    let back = match pixel {
        [_, _, _, own] => u32::from(multiply(*own, 255 - alpha)),
        _ => 255 - front,
    };
    let both = front + back;
    if both == 0 {
        return;
    }
    for (value, new) in pixel.iter_mut().zip(color) {
        let sum = u32::from(new) * front + u32::from(*value) * back + both / 2;
        *value = u8::try_from(sum / both).unwrap_or(u8::MAX);
    }
    if let [_, _, _, own] = pixel {
        *own = u8::try_from(both).unwrap_or(u8::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "abcdefghijklmnopqrstuvwxyz234567";

    #[test]
    fn one_mark_has_one_text() {
        for rest in ["", "_nw", "_w25", "_center_w25_o50_m10", "_m3"] {
            let text = format!("{NAME}{rest}");
            assert_eq!(Mark::parse(&text).unwrap().to_string(), text);
        }
        for wrong in ["_se", "_w0", "_w101", "_o100", "_o0", "_m0", "_o50_w25", "_smart", "_"] {
            assert_eq!(Mark::parse(&format!("{NAME}{wrong}")), None, "{wrong}");
        }
        assert_eq!(Mark::parse("short"), None);
    }

    #[test]
    fn marks_lie_within_the_canvas() {
        let canvas = Size { width: 100, height: 50 };
        let mark = |rest: &str| Mark::parse(&format!("{NAME}{rest}")).unwrap();
        assert_eq!(mark("_w25").frame(canvas), Size { width: 25, height: 50 });
        assert_eq!(mark("_m60").frame(canvas), Size { width: 1, height: 1 });
        let stamp = Size { width: 20, height: 10 };
        assert_eq!(mark("_m5").corner(stamp, canvas), (75, 35));
        assert_eq!(mark("_nw_m5").corner(stamp, canvas), (5, 5));
        assert_eq!(mark("_center").corner(stamp, canvas), (40, 20));
        assert_eq!(mark("_m4000").corner(stamp, canvas), (40, 20));
    }

    #[test]
    fn over_is_that_of_porter_and_duff() {
        let blended = |pixel: &[u8], alpha| {
            let mut pixel = pixel.to_vec();
            over(&mut pixel, [200, 0, 0], alpha);
            pixel
        };
        assert_eq!(blended(&[0, 100, 200], 255), [200, 0, 0]);
        assert_eq!(blended(&[0, 100, 200], 0), [0, 100, 200]);
        assert_eq!(blended(&[0, 100, 200], 51), [40, 80, 160]);
        assert_eq!(blended(&[9, 9, 9, 0], 51), [200, 0, 0, 51], "over nothing it is alone");
        assert_eq!(blended(&[0, 100, 200, 255], 51), [40, 80, 160, 255]);
        assert_eq!(blended(&[0, 0, 200, 0], 0), [0, 0, 200, 0]);
    }
}
