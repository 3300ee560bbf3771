//! Who made an image and who holds the rights in it: all that a rendition keeps of an original's metadata.
//!
//! The codecs find it in EXIF (JPEG: else in IPTC-IIM) and write it as EXIF with these two tags and no other.
//! The texts are a stranger's: they are cut to [`TEXT_BYTES_MAX`] and hold no control characters.

use crate::exif;

const ARTIST: u16 = 0x013B;
const COPYRIGHT: u16 = 0x8298;

/// Of each of the two texts, in UTF-8: more than nearly every notice needs (IPTC-IIM allows 128), and little
/// beside a thumbnail.
pub(crate) const TEXT_BYTES_MAX: usize = 500;

/// The two texts, where an original has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Copyright {
    artist: Option<String>,
    notice: Option<String>,
}

impl Copyright {
    /// From bytes in whatever encoding; NUL parts several names or notices.
    pub(crate) fn new(artist: Option<&[u8]>, notice: Option<&[u8]>) -> Self {
        Self { artist: artist.and_then(text), notice: notice.and_then(text) }
    }

    /// From a TIFF block (EXIF payload or TIFF file).
    pub(crate) fn of_exif(tiff: &[u8]) -> Self {
        Self::new(exif::text(tiff, ARTIST), exif::text(tiff, COPYRIGHT))
    }

    /// These texts, and of `other` those that are missing here.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { artist: self.artist.or(other.artist), notice: self.notice.or(other.notice) }
    }

    /// An EXIF block with these texts and nothing else; none when there is neither.
    pub(crate) fn to_exif(&self) -> Option<Vec<u8>> {
        let tags = [(ARTIST, &self.artist), (COPYRIGHT, &self.notice)];
        let texts: Vec<(u16, &str)> =
            tags.into_iter().filter_map(|(tag, text)| Some((tag, text.as_deref()?))).collect();
        (!texts.is_empty()).then(|| exif::block(&texts))
    }
}

/// Clean text, none if nothing is left. Blanks are what many cameras write for no name.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    // What is cleaned away does not count, but nobody shall make us clean a file of blanks.
    let bytes = bytes.get(..2 * TEXT_BYTES_MAX).unwrap_or(bytes);
    let decoded = decoded(bytes);
    let parts = decoded.split('\0').map(clean).filter(|part| !part.is_empty());
    let mut text = parts.collect::<Vec<_>>().join("; ");
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    // The cut may have come behind a blank.
    text.truncate(text.trim_end().len());
    (!text.is_empty()).then_some(text)
}

/// UTF-8, and Latin-1 wherever it is not that. Both stand in fields that EXIF declares to be ASCII.
fn decoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

/// One blank for each run of blanks and control characters.
fn clean(part: &str) -> String {
    let words = part.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn notice(bytes: &[u8]) -> Option<String> {
        Copyright::new(None, Some(bytes)).notice
    }

    #[test]
    fn texts_are_decoded_and_cleaned() {
        for (bytes, clean) in [
            (&b"(c) Ann Example\0"[..], "(c) Ann Example"),
            ("© Zoë".as_bytes(), "© Zoë"),
            (b"\xA9 Zo\xEB", "© Zoë"),
            (b"Photographer\0Editor\0", "Photographer; Editor"),
            (b" \0Editor\0", "Editor"),
            (b"  two\r\n\tlines\x1B[2J \x7F", "two lines [2J"),
            (b"C1 \x9Bcontrol", "C1 control"),
        ] {
            assert_eq!(notice(bytes).as_deref(), Some(clean));
        }
        for nothing in [&b""[..], b"\0", b"    \0\0", b"\x01\x02"] {
            assert_eq!(notice(nothing), None);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = notice("é".repeat(1000).as_bytes()).unwrap();
        assert_eq!(long, "é".repeat(TEXT_BYTES_MAX / 2));
        let odd = notice(format!("a{}", "é".repeat(1000)).as_bytes()).unwrap();
        assert_eq!(odd.len(), TEXT_BYTES_MAX - 1);
        let blank = notice("a ".repeat(1000).as_bytes()).unwrap();
        assert_eq!(blank, "a ".repeat(TEXT_BYTES_MAX / 2).trim_end());
    }

    #[test]
    fn what_is_written_is_read_again() {
        for (artist, notice) in [(None, Some("©")), (Some("Ann"), None), (Some("A"), Some("(c) B"))]
        {
            let copyright = Copyright::new(artist.map(str::as_bytes), notice.map(str::as_bytes));
            assert_eq!(Copyright::of_exif(&copyright.to_exif().unwrap()), copyright);
        }
        assert_eq!(Copyright::default().to_exif(), None);
    }

    #[test]
    fn what_is_missing_comes_from_the_other() {
        let exif = Copyright::new(Some(b"Ann"), None);
        let iptc = Copyright::new(Some(b"Bob"), Some(b"(c) Bob"));
        assert_eq!(exif.or(iptc), Copyright::new(Some(b"Ann"), Some(b"(c) Bob")));
    }

    proptest! {
        /// Whatever stands in the field: short, printable, and the same once more.
        #[test]
        fn every_text_is_bounded_and_printable(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
            if let Some(text) = notice(&bytes) {
                prop_assert!(!text.is_empty() && text.len() <= TEXT_BYTES_MAX);
                prop_assert!(!text.contains(char::is_control));
                let copyright = Copyright::new(Some(&bytes), Some(&bytes));
                prop_assert_eq!(Copyright::of_exif(&copyright.to_exif().unwrap()), copyright);
            }
        }
    }
}
