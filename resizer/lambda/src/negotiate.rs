//! The format by the `Accept` header, folded to three classes so that a cache needs three entries
//! and not one for every browser's spelling.

use http::{HeaderMap, header};
use resizer::{Format, Size};

/// Pixels up to which AVIF is sent unasked: its encoder takes a tenth of a second a megapixel and more.
const AVIF_PIXELS_MAX: u64 = 2_000_000;

/// What a client can show, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accepts {
    Avif,
    WebP,
    /// What every client can: the original's own format.
    Other,
}

impl Accepts {
    /// Folds the `Accept` headers. Wildcards promise nothing: `curl` sends `*/*`.
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT);
        let ranges =
            || values.iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        let named = |media_type| ranges().any(|range| is_accepted(range, media_type));
        if named("image/avif") {
            Self::Avif
        } else if named("image/webp") {
            Self::WebP
        } else {
            Self::Other
        }
    }

    /// The one spelling of the class as an `Accept` header.
    pub fn header(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::WebP => "image/webp",
            Self::Other => "*/*",
        }
    }

    /// The format to send of a result of this size, or `None` for the original's own. Whoever shows
    /// AVIF shows WebP, which stands in for it where the result is large or may move.
    pub fn format(self, result: Size, may_move: bool) -> Option<Format> {
        match self {
            Self::Avif if !may_move && result.pixels() <= AVIF_PIXELS_MAX => Some(Format::Avif),
            Self::Avif | Self::WebP => Some(Format::WebP),
            Self::Other => None,
        }
    }
}

/// Whether one range of an `Accept` header (RFC 9110, 12.5.1) is `media_type` with a weight above 0.
fn is_accepted(range: &str, media_type: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media_type));
    let mut weights =
        parts.filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    named && !weights.any(is_zero)
}

/// `0`, with or without decimals. What is no number at all is not taken for a refusal.
fn is_zero(weight: &str) -> bool {
    let (ones, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    ones == "0" && decimals.bytes().all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(values: &[&str]) -> Accepts {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        Accepts::of(&headers)
    }

    #[test]
    fn browsers_fold_to_three_classes() {
        for (values, class) in [
            (
                &["image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"][..],
                Accepts::Avif,
            ),
            (&["image/webp,*/*;q=0.8"], Accepts::WebP),
            (&["image/png,image/svg+xml,*/*;q=0.5"], Accepts::Other),
            (&["*/*"], Accepts::Other),
            (&[], Accepts::Other),
            (&["text/html", "IMAGE/WebP ; q=0.1"], Accepts::WebP),
            (&["image/avif;q=0, image/webp;q=0.000"], Accepts::Other),
            (&["image/avifx, ximage/webp"], Accepts::Other),
        ] {
            assert_eq!(folded(values), class, "{values:?}");
        }
    }

    #[test]
    fn avif_is_for_small_stills() {
        let (most, more) = (Size { width: 2000, height: 1000 }, Size { width: 2001, height: 1000 });
        assert_eq!(Accepts::Avif.format(most, false), Some(Format::Avif));
        assert_eq!(Accepts::Avif.format(more, false), Some(Format::WebP));
        assert_eq!(Accepts::Avif.format(most, true), Some(Format::WebP));
        assert_eq!(Accepts::WebP.format(most, false), Some(Format::WebP));
        assert_eq!(Accepts::Other.format(most, false), None);
    }

    #[test]
    fn folding_twice_is_folding_once() {
        for class in [Accepts::Avif, Accepts::WebP, Accepts::Other] {
            assert_eq!(folded(&[class.header()]), class);
        }
    }
}
