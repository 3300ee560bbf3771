//! Numbers with a fixed count of decimals in a transform's text, kept as whole numbers of the last decimal.
//!
//! One value has one text: no sign, no leading zero, no trailing one. So no rounding can make two names
//! of one rendition, as it could with floats.

/// `text` in units of its `decimals`-th decimal: `parse("2.5", 2)` is 250.
pub(crate) fn parse(text: &str, decimals: usize) -> Option<u32> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some((_, fraction)) if fraction.ends_with('0') || fraction.len() > decimals => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let is_canonical = whole == "0" || !(whole.is_empty() || whole.starts_with('0'));
    let digits = format!("{whole}{fraction:0<decimals$}");
    let is_number = is_canonical && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The text that [`parse`] reads back.
pub(crate) fn print(value: u32, decimals: usize) -> String {
    let digits = format!("{value:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn printing_and_parsing_lead_back(value in any::<u32>(), decimals in 0usize..5) {
            prop_assert_eq!(parse(&print(value, decimals), decimals), Some(value));
        }

        #[test]
        fn one_value_has_one_text(text in "[0-9.+ -]{0,8}", decimals in 0usize..5) {
            if let Some(value) = parse(&text, decimals) {
                prop_assert_eq!(print(value, decimals), text);
            }
        }
    }

    #[test]
    fn decimals_are_units() {
        assert_eq!(parse("2.5", 2), Some(250));
        assert_eq!(parse("0.05", 2), Some(5));
        assert_eq!(parse("100", 0), Some(100));
        for wrong in ["", ".", ".5", "1.", "1.50", "01", "1.555", "+1", "-1", "1,5", "42949673"] {
            assert_eq!(parse(wrong, 2), None, "{wrong}");
        }
    }
}
