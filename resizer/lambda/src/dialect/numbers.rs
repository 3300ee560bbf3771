//! Numbers as URLs write them. Each function answers `None` where the text is no number of its kind.

use std::ops::RangeInclusive;

/// Digits only: Rust's own parser would also take a plus sign.
pub(super) fn whole(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|number| range.contains(number))
}

/// A number with decimals in units of the last of `decimals`, cut off behind it; `.5` is `0.5`.
pub(super) fn fixed(text: &str, decimals: usize, range: RangeInclusive<u32>) -> Option<u32> {
    let (ones, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None if text.is_empty() => return None,
        None => (text, ""),
    };
    let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let kept: String = fraction.chars().chain(std::iter::repeat('0')).take(decimals).collect();
    digits.then(|| whole(&format!("{ones}{kept}"), range)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_cut_off() {
        for (text, hundredths) in [
            ("2", Some(200)),
            ("2.5", Some(250)),
            (".5", Some(50)),
            ("0.333333333", Some(33)),
            ("2.", None),
            ("", None),
            (".", None),
            ("1e3", None),
            ("1.-5", None),
            ("-1", None),
            ("99999999999", None),
        ] {
            assert_eq!(fixed(text, 2, 0..=u32::MAX), hundredths, "{text}");
        }
    }
}
