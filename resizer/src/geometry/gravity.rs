//! Where a smaller rectangle lies in a larger one: centre, eight compass points, a focal point, or what draws the eye.

use std::fmt;

use super::Size;
use crate::decimal;

/// What a cut keeps, or where an image lies on its canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "compass points need no words")]
pub enum Gravity {
    #[default]
    Center,
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
    /// This point is kept as near to the middle as the image's edges allow; only for cuts.
    Focal(Focus),
    /// What draws the eye is kept; only for cuts.
    Smart,
}

/// A point of an image that matters, and how near it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Focus {
    x: u32,
    y: u32,
    zoom: u32,
}

impl Focus {
    /// Decimals of a place.
    const PLACE_DECIMALS: usize = 3;
    /// All of a width or height.
    const WHOLE: u32 = 1000;
    /// Decimals of the zoom.
    const ZOOM_DECIMALS: usize = 2;
    /// No zoom.
    pub(super) const ONE: u32 = 100;
    const ZOOM_MAX: u32 = 10 * Self::ONE;

    /// From thousandths of width and height, and hundredths of a zoom between 1 and 10.
    pub fn new(x: u32, y: u32, zoom: u32) -> Option<Self> {
        let is_inside = x.max(y) <= Self::WHOLE && (Self::ONE..=Self::ZOOM_MAX).contains(&zoom);
        is_inside.then_some(Self { x, y, zoom })
    }

    /// In hundredths.
    pub(super) fn zoom(self) -> u32 {
        self.zoom
    }

    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('_').collect();
        let (x, y, zoom) = match parts[..] {
            [x, y] => (x, y, Self::ONE),
            [x, y, zoom] => {
                let zoom = decimal::parse(zoom, Self::ZOOM_DECIMALS)?;
                (x, y, (zoom != Self::ONE).then_some(zoom)?)
            }
            _ => return None,
        };
        let place = |text| decimal::parse(text, Self::PLACE_DECIMALS);
        Self::new(place(x)?, place(y)?, zoom)
    }
}

impl fmt::Display for Focus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [x, y] = [self.x, self.y].map(|place| decimal::print(place, Self::PLACE_DECIMALS));
        write!(f, "{x}_{y}")?;
        match self.zoom {
            Self::ONE => Ok(()),
            zoom => write!(f, "_{}", decimal::print(zoom, Self::ZOOM_DECIMALS)),
        }
    }
}

/// Place along one axis.
#[derive(Clone, Copy)]
enum Along {
    Start,
    Middle,
    End,
}

impl Gravity {
    /// The compass points, clockwise.
    pub const COMPASS: [Gravity; 9] = [
        Gravity::Center,
        Gravity::North,
        Gravity::NorthEast,
        Gravity::East,
        Gravity::SouthEast,
        Gravity::South,
        Gravity::SouthWest,
        Gravity::West,
        Gravity::NorthWest,
    ];

    /// The gravity of a transform's text: `center`, `ne`, `smart`, `fp_0.5_0.25`, `fp_0.5_0.25_2`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "smart" => Some(Gravity::Smart),
            _ => match text.strip_prefix("fp_") {
                Some(focus) => Focus::parse(focus).map(Gravity::Focal),
                None => Self::COMPASS.into_iter().find(|gravity| gravity.compass_name() == text),
            },
        }
    }

    fn compass_name(self) -> &'static str {
        match self {
            Gravity::North => "n",
            Gravity::NorthEast => "ne",
            Gravity::East => "e",
            Gravity::SouthEast => "se",
            Gravity::South => "s",
            Gravity::SouthWest => "sw",
            Gravity::West => "w",
            Gravity::NorthWest => "nw",
            Gravity::Center | Gravity::Focal(_) | Gravity::Smart => "center",
        }
    }

    /// Corner of the part of `scaled` that is kept; an odd pixel is cut off the start, as sharp does.
    /// What [`Gravity::Smart`] keeps the pixels decide later; until then it is the middle.
    pub(super) fn crop(self, scaled: Size, kept: Size) -> (u32, u32) {
        if let Gravity::Focal(Focus { x, y, .. }) = self {
            return (around(x, scaled.width, kept.width), around(y, scaled.height, kept.height));
        }
        let (x, y) = self.along();
        (x.place(scaled.width - kept.width, 1), y.place(scaled.height - kept.height, 1))
    }

    /// Corner of an image on its canvas; an odd pixel of background goes to the end, as sharp does.
    pub(crate) fn embed(self, image: Size, canvas: Size) -> (u32, u32) {
        let (x, y) = self.along();
        (x.place(canvas.width - image.width, 0), y.place(canvas.height - image.height, 0))
    }

    fn along(self) -> (Along, Along) {
        use Along::{End, Middle, Start};
        match self {
            Gravity::Center | Gravity::Focal(_) | Gravity::Smart => (Middle, Middle),
            Gravity::North => (Middle, Start),
            Gravity::NorthEast => (End, Start),
            Gravity::East => (End, Middle),
            Gravity::SouthEast => (End, End),
            Gravity::South => (Middle, End),
            Gravity::SouthWest => (Start, End),
            Gravity::West => (Start, Middle),
            Gravity::NorthWest => (Start, Start),
        }
    }
}

impl fmt::Display for Gravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gravity::Focal(focus) => write!(f, "fp_{focus}"),
            Gravity::Smart => f.write_str("smart"),
            compass => f.write_str(compass.compass_name()),
        }
    }
}

/// Start of the `kept` pixels of `length` whose middle is nearest to `thousandths` of it.
fn around(thousandths: u32, length: u32, kept: u32) -> u32 {
    let whole = u64::from(Focus::WHOLE);
    let doubled = 2 * u64::from(length) * u64::from(thousandths) / whole;
    let start = doubled.saturating_sub(u64::from(kept)).div_ceil(2);
    u32::try_from(start).unwrap_or(u32::MAX).min(length - kept)
}

impl Along {
    fn place(self, free: u32, odd: u32) -> u32 {
        match self {
            Along::Start => 0,
            Along::Middle => free / 2 + (free % 2) * odd,
            Along::End => free,
        }
    }
}
