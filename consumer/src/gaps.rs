//! The offsets that a chain has left out: what its commits name as gaps, less what repairs have filled.

use crate::{Commit, Gap};

/// Gaps in ascending order, none of them touching another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps(Vec<Gap>);

impl Gaps {
    /// Takes note of the next commit of the chain.
    pub(crate) fn pass(&mut self, commit: &Commit) {
        self.0.extend(commit.gap_before);
        if let Some(repair) = commit.repair {
            self.fill(repair.filled);
        }
    }

    pub(crate) fn fill(&mut self, filled: Gap) {
        let outside = |gap: &Gap| {
            let before = Gap { to: gap.to.min(filled.from - 1), ..*gap };
            let after = Gap { from: gap.from.max(filled.to + 1), ..*gap };
            [before, after].into_iter().filter(|gap| gap.from <= gap.to)
        };
        let left = self.0.iter().flat_map(outside).collect();
        self.0 = left;
    }

    /// The first gap, or so much of it as holds `offsets_max` offsets.
    pub(crate) fn first(&self, offsets_max: i64) -> Option<Gap> {
        let &Gap { from, to } = self.0.first()?;
        Some(Gap { from, to: to.min(from.saturating_add(offsets_max - 1)) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn gap(from: i64, to: i64) -> Gap {
        Gap { from, to }
    }

    #[test]
    fn a_repair_cuts_what_it_fills_and_no_more() {
        for (filled, left) in [
            (gap(10, 19), vec![gap(30, 39)]),
            (gap(10, 12), vec![gap(13, 19), gap(30, 39)]),
            (gap(15, 19), vec![gap(10, 14), gap(30, 39)]),
            (gap(12, 15), vec![gap(10, 11), gap(16, 19), gap(30, 39)]),
            (gap(0, 9), vec![gap(10, 19), gap(30, 39)]),
            (gap(0, 99), vec![]),
        ] {
            let mut gaps = Gaps(vec![gap(10, 19), gap(30, 39)]);
            gaps.fill(filled);
            assert_eq!(gaps.0, left, "{filled:?}");
        }
    }

    proptest! {
        /// Piece by piece, everything is filled, and each offset once.
        #[test]
        fn pieces_are_bounded_and_cover_all(
            steps in prop::collection::vec((1_i64..40, 1_i64..40), 0..8), offsets_max in 1_i64..50,
        ) {
            let (mut gaps, mut expected, mut at) = (Gaps::default(), Vec::new(), 0);
            for (taken, missing) in steps {
                gaps.0.push(gap(at + taken, at + taken + missing - 1));
                expected.extend(at + taken..at + taken + missing);
                at += taken + missing;
            }
            let mut filled = Vec::new();
            while let Some(piece) = gaps.first(offsets_max) {
                prop_assert!(piece.offsets() <= offsets_max.unsigned_abs());
                filled.extend(piece.from..=piece.to);
                gaps.fill(piece);
            }
            prop_assert_eq!(filled, expected);
        }
    }
}
