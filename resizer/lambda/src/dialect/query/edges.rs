//! The edges of the box: those that are given, those that follow from an aspect ratio, and bounds for those that follow
//! from the original.

use std::ops::RangeInclusive;

use resizer::{Fit, Padding, Size, Transform, result_size};

/// As long is the longer edge of a box that only has a ratio: longer than any original, so that it shrinks to that.
const RATIO_EDGE: u64 = 1 << 20;

/// An aspect ratio, width to height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Ratio {
    /// Both edges of the box, of which one may be given, in any unit.
    pub(super) fn complete(self, given: [Option<u32>; 2]) -> [Option<u32>; 2] {
        match given {
            [Some(width), None] => [Some(width), Some(scaled(width, self.height, self.width))],
            [None, Some(height)] => [Some(scaled(height, self.width, self.height)), Some(height)],
            both => both,
        }
    }

    /// A box of this ratio around any original.
    pub(super) fn around_all(self) -> [Option<u32>; 2] {
        let longer = u64::from(self.width.max(self.height));
        let edge = |part: u32| u32::try_from((u64::from(part) * RATIO_EDGE / longer).max(1)).ok();
        [edge(self.width), edge(self.height)]
    }
}

/// `edge * to / from`, rounded half up and at least 1.
fn scaled(edge: u32, to: u32, from: u32) -> u32 {
    let [edge, to, from] = [edge, to, from].map(u64::from);
    u32::try_from(((2 * edge * to + from) / (2 * from)).max(1)).unwrap_or(u32::MAX)
}

/// Bounds in pixels for edges that are not given: `min-w`, `max-w`, `min-h` and `max-h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) width: RangeInclusive<u32>,
    pub(super) height: RangeInclusive<u32>,
    /// How image and box meet where a bound makes an edge.
    pub(super) fit: Fit,
}

impl Bounds {
    /// Whether nothing is bound.
    pub(super) fn is_none(&self) -> bool {
        [&self.width, &self.height].iter().all(|range| **range == (1..=u32::MAX))
    }

    /// Makes an edge that would be out of bounds as long as the bound is.
    pub(super) fn bind(&self, transform: &mut Transform, upright: Size) {
        let free = |transform: &Transform| {
            result_size(upright, &Transform { padding: Padding::default(), ..*transform })
        };
        let given = (transform.width, transform.height);
        if transform.width.is_none() {
            transform.width = beyond(free(transform).width, &self.width);
        }
        if transform.height.is_none() {
            transform.height = beyond(free(transform).height, &self.height);
        }
        if (transform.width, transform.height) != given {
            transform.fit = self.fit;
        }
    }
}

/// The bound that a length is beyond of. Of two that contradict each other the upper one holds.
fn beyond(length: u32, bounds: &RangeInclusive<u32>) -> Option<u32> {
    let bound = length.max(*bounds.start()).min(*bounds.end());
    (bound != length).then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPRIGHT: Size = Size { width: 1000, height: 800 };

    fn bound(text: &str, width: RangeInclusive<u32>, height: RangeInclusive<u32>) -> String {
        let mut transform = text.parse().unwrap();
        Bounds { width, height, fit: Fit::Cover }.bind(&mut transform, UPRIGHT);
        transform.simplified().to_string()
    }

    #[test]
    fn an_edge_is_bound_where_it_follows() {
        let any = || 1..=u32::MAX;
        assert_eq!(bound("w=500", any(), 1..=400), "w=500", "it is 400 high");
        assert_eq!(bound("w=500", any(), 1..=399), "w=500,h=399,fit=cover");
        assert_eq!(bound("w=500,enlarge=1", any(), 450..=900), "w=500,h=450,fit=cover,enlarge=1");
        assert_eq!(bound("h=400", 1..=300, any()), "w=300,h=400,fit=cover");
        assert_eq!(bound("w=500,h=100", 1..=10, 1..=10), "w=500,h=100", "both are given");
        assert_eq!(bound("full", 1..=500, any()), "w=500");
        assert_eq!(bound("full", 1..=500, 1..=300), "w=500,h=300,fit=cover");
        assert_eq!(bound("w=500,rotate=90", any(), 1..=600), "w=500,h=600,fit=cover,rotate=90");
        assert_eq!(bound("w=500", any(), RangeInclusive::new(300, 200)), "w=500,h=200,fit=cover");
    }

    #[test]
    fn a_ratio_completes_the_box() {
        let wide = Ratio { width: 1600, height: 900 };
        assert_eq!(wide.complete([Some(400), None]), [Some(400), Some(225)]);
        assert_eq!(wide.complete([None, Some(1)]), [Some(2), Some(1)]);
        assert_eq!(wide.complete([Some(7), Some(9)]), [Some(7), Some(9)]);
        assert_eq!(wide.around_all(), [Some(1 << 20), Some(589_824)]);
    }
}
