//! A file of at most so many bytes, found by its quality.

/// As many files are made at most.
pub(crate) const FILES_MAX: u64 = 8;

/// The file of `quality`, or, where that has more than `bytes_max` bytes, of the highest quality below that
/// fits. Where none fits, the smallest that was tried: that of the lowest quality, or less.
///
/// Halves the qualities that are left, so at most [`FILES_MAX`] files are made, always the same ones.
pub(crate) fn within<E>(
    bytes_max: Option<u32>,
    quality: u8,
    encode: impl Fn(u8) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let fits = |file: &[u8]| bytes_max.is_none_or(|most| file.len() <= most as usize);
    let mut smallest = encode(quality)?;
    if fits(&smallest) {
        return Ok(smallest);
    }
    let mut best = None;
    let (mut fitting, mut too_large) = (0, quality);
    while too_large - fitting > 1 {
        let middle = fitting.midpoint(too_large);
        let file = encode(middle)?;
        if fits(&file) {
            (fitting, best) = (middle, Some(file));
        } else {
            too_large = middle;
            if file.len() < smallest.len() {
                smallest = file;
            }
        }
    }
    Ok(best.unwrap_or(smallest))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Also where an encoder makes larger files of lower qualities, as WebP's does here and there.
        #[test]
        fn the_next_quality_would_not_fit(
            sizes in prop::collection::vec(1usize..300, 101),
            quality in 1u8..=100,
            bytes_max in 1u32..300,
        ) {
            let (tried, best) = (Cell::new(0), Cell::new(0));
            let fits = |quality: u8| sizes[usize::from(quality)] <= bytes_max as usize;
            let encode = |quality: u8| {
                tried.set(tried.get() + 1);
                best.set(if fits(quality) { best.get().max(quality) } else { best.get() });
                Ok::<_, Infallible>(vec![quality; sizes[usize::from(quality)]])
            };
            let file = within(Some(bytes_max), quality, encode).unwrap();
            prop_assert!(tried.get() <= FILES_MAX);
            if best.get() == 0 {
                prop_assert!(!fits(1) && file.len() <= sizes[1]);
            } else {
                prop_assert_eq!(&file, &vec![best.get(); file.len()]);
                prop_assert!(file.len() <= bytes_max as usize);
                prop_assert!(best.get() == quality || !fits(best.get() + 1));
            }
        }
    }

    #[test]
    fn without_a_budget_one_file_is_made() {
        let tried = Cell::new(0);
        let encode = |quality: u8| {
            tried.set(tried.get() + 1);
            Ok::<_, Infallible>(vec![quality; 9])
        };
        assert_eq!(within(None, 80, encode).unwrap(), [80; 9]);
        assert_eq!(within(Some(9), 80, encode).unwrap(), [80; 9]);
        assert_eq!(tried.get(), 2);
    }
}
