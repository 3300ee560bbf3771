//! Where a smaller rectangle lies in a larger one: centre and eight compass points.

use super::Size;

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
}

/// Place along one axis.
#[derive(Clone, Copy)]
enum Along {
    Start,
    Middle,
    End,
}

impl Gravity {
    /// All of them, clockwise.
    pub const ALL: [Gravity; 9] = [
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

    /// The word in a transform's text.
    pub fn name(self) -> &'static str {
        match self {
            Gravity::Center => "center",
            Gravity::North => "n",
            Gravity::NorthEast => "ne",
            Gravity::East => "e",
            Gravity::SouthEast => "se",
            Gravity::South => "s",
            Gravity::SouthWest => "sw",
            Gravity::West => "w",
            Gravity::NorthWest => "nw",
        }
    }

    /// The gravity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gravity| gravity.name() == name)
    }

    /// Corner of the part of `scaled` that is kept; an odd pixel is cut off the start, as sharp does.
    pub(super) fn crop(self, scaled: Size, kept: Size) -> (u32, u32) {
        let (x, y) = self.along();
        (x.place(scaled.width - kept.width, 1), y.place(scaled.height - kept.height, 1))
    }

    /// Corner of an image on its canvas; an odd pixel of background goes to the end, as sharp does.
    pub(super) fn embed(self, image: Size, canvas: Size) -> (u32, u32) {
        let (x, y) = self.along();
        (x.place(canvas.width - image.width, 0), y.place(canvas.height - image.height, 0))
    }

    fn along(self) -> (Along, Along) {
        use Along::{End, Middle, Start};
        match self {
            Gravity::Center => (Middle, Middle),
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

impl Along {
    fn place(self, free: u32, odd: u32) -> u32 {
        match self {
            Along::Start => 0,
            Along::Middle => free / 2 + (free % 2) * odd,
            Along::End => free,
        }
    }
}
