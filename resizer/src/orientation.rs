//! The eight ways a rectangle can lie: EXIF's orientations, turns and mirrorings, as one group.
//!
//! Turning what the camera stored upright and turning as the request asks are composed into a single
//! [`Orientation`], so pixels are moved at most once, and after the resize, when there are fewest of them.

use crate::{Rect, Size};

/// A turn of the stored image: first swap rows and columns, then mirror either axis of what results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Orientation {
    pub(crate) transpose: bool,
    pub(crate) mirror_x: bool,
    pub(crate) mirror_y: bool,
}

/// A clockwise turn by quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// As it lies.
    #[default]
    None,
    /// 90 degrees clockwise.
    Quarter,
    /// 180 degrees.
    Half,
    /// 270 degrees clockwise.
    ThreeQuarters,
}

impl Rotation {
    /// Degrees clockwise: 0, 90, 180 or 270.
    pub fn degrees(self) -> u16 {
        match self {
            Rotation::None => 0,
            Rotation::Quarter => 90,
            Rotation::Half => 180,
            Rotation::ThreeQuarters => 270,
        }
    }

    /// The rotation of so many degrees clockwise, if it is a multiple of 90 below 360.
    pub fn from_degrees(degrees: u16) -> Option<Self> {
        match degrees {
            0 => Some(Rotation::None),
            90 => Some(Rotation::Quarter),
            180 => Some(Rotation::Half),
            270 => Some(Rotation::ThreeQuarters),
            _ => None,
        }
    }
}

impl From<Rotation> for Orientation {
    fn from(rotation: Rotation) -> Self {
        match rotation {
            Rotation::None => Orientation::UPRIGHT,
            Rotation::Quarter => Orientation::new(true, true, false),
            Rotation::Half => Orientation::new(false, true, true),
            Rotation::ThreeQuarters => Orientation::new(true, false, true),
        }
    }
}

impl Orientation {
    /// Nothing to turn; EXIF 1.
    pub const UPRIGHT: Self = Self::new(false, false, false);
    /// Left and right exchanged; EXIF 2.
    pub const MIRRORED: Self = Self::new(false, true, false);

    const fn new(transpose: bool, mirror_x: bool, mirror_y: bool) -> Self {
        Self { transpose, mirror_x, mirror_y }
    }

    /// The turn that shows upright what EXIF tag 0x0112 says was stored so (EXIF 2.32, 4.6.4 A);
    /// none for values outside 1..=8.
    pub fn from_exif(value: u16) -> Option<Self> {
        match value {
            1 => Some(Self::UPRIGHT),
            2 => Some(Self::MIRRORED),
            3 => Some(Self::new(false, true, true)),
            4 => Some(Self::new(false, false, true)),
            5 => Some(Self::new(true, false, false)),
            6 => Some(Self::new(true, true, false)),
            7 => Some(Self::new(true, true, true)),
            8 => Some(Self::new(true, false, true)),
            _ => None,
        }
    }

    /// EXIF's number for this orientation, 1..=8.
    pub fn exif(self) -> u8 {
        match (self.transpose, self.mirror_x, self.mirror_y) {
            (false, false, false) => 1,
            (false, true, false) => 2,
            (false, true, true) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (true, true, false) => 6,
            (true, true, true) => 7,
            (true, false, true) => 8,
        }
    }

    /// This turn and then `next`, as one.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let (x, y) = if next.transpose {
            (self.mirror_y, self.mirror_x)
        } else {
            (self.mirror_x, self.mirror_y)
        };
        Self::new(self.transpose ^ next.transpose, x ^ next.mirror_x, y ^ next.mirror_y)
    }

    /// The turn that undoes this one.
    #[must_use]
    pub(crate) fn inverse(self) -> Self {
        let (x, y) = if self.transpose {
            (self.mirror_y, self.mirror_x)
        } else {
            (self.mirror_x, self.mirror_y)
        };
        Self::new(self.transpose, x, y)
    }

    /// Size after the turn of an image that had `size` before it, and the other way round.
    #[must_use]
    pub fn turn_size(self, size: Size) -> Size {
        if self.transpose { Size { width: size.height, height: size.width } } else { size }
    }

    /// Where `rect` of the turned image lies in the image before the turn; `turned` is the turned image's size.
    #[must_use]
    pub(crate) fn unturn_rect(self, rect: Rect, turned: Size) -> Rect {
        let Rect { mut x, mut y, width, height } = rect;
        if self.mirror_x {
            x = turned.width - x - width;
        }
        if self.mirror_y {
            y = turned.height - y - height;
        }
        if self.transpose {
            Rect { x: y, y: x, width: height, height: width }
        } else {
            Rect { x, y, width, height }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Orientation> + Clone {
        (1..=8).map(|exif| Orientation::from_exif(exif).expect("EXIF knows 1 to 8"))
    }

    #[test]
    fn exif_numbers_go_there_and_back() {
        for (exif, orientation) in (1..=8).zip(all()) {
            assert_eq!(orientation.exif(), exif);
        }
        assert_eq!([0, 9, 0xFFFF].map(Orientation::from_exif), [None; 3]);
    }

    #[test]
    fn they_form_a_group() {
        for a in all() {
            assert_eq!(
                all().filter(|b| a.then(*b) == Orientation::UPRIGHT).count(),
                1,
                "one inverse of {a:?}"
            );
            assert_eq!(a.then(a.inverse()), Orientation::UPRIGHT);
            for b in all() {
                for c in all() {
                    assert_eq!(a.then(b).then(c), a.then(b.then(c)));
                }
            }
        }
    }

    #[test]
    fn four_quarters_are_a_whole_turn() {
        let quarter = Orientation::from(Rotation::Quarter);
        assert_eq!(quarter.exif(), 6);
        assert_eq!(quarter.then(quarter), Rotation::Half.into());
        assert_eq!(quarter.then(quarter).then(quarter), Rotation::ThreeQuarters.into());
    }

    #[test]
    fn the_top_left_corner_is_found_again() {
        // EXIF 6: upright top left was stored at bottom left (row 0 is the visual right side).
        let stored = Orientation::from(Rotation::Quarter)
            .unturn_rect(Rect { x: 0, y: 0, width: 1, height: 2 }, Size { width: 3, height: 5 });
        assert_eq!(stored, Rect { x: 0, y: 2, width: 2, height: 1 });
    }
}
