//! What EXIF says of how a photograph was taken: when, and with which camera. Where it was is not read.

use crate::{Format, codec, copyright, exif};

const MAKE: u16 = 0x010F;
const MODEL: u16 = 0x0110;
const CHANGED_AT: u16 = 0x0132;
const TAKEN_AT: u16 = 0x9003;
const OFFSET: u16 = 0x9011;

/// How a photograph was taken, as far as its EXIF says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Camera {
    /// Who made the camera.
    pub make: Option<String>,
    /// Which camera it was.
    pub model: Option<String>,
    /// `2024-05-01T12:00:00` on the camera's clock, with `+02:00` behind it where EXIF has the offset from UTC.
    pub taken_at: Option<String>,
}

/// What an original's EXIF says; nothing where it is missing or broken.
pub fn camera(bytes: &[u8]) -> Camera {
    let tiff = Format::sniff(bytes).ok().and_then(|format| codec::exif(format, bytes));
    tiff.map(|tiff| of_exif(&tiff)).unwrap_or_default()
}

fn of_exif(tiff: &[u8]) -> Camera {
    let text = |text: Option<&[u8]>| text.and_then(copyright::text);
    // Some programs write when it was taken into the field for when it was changed, and nowhere else.
    let taken = exif::text_of_photograph(tiff, TAKEN_AT).or_else(|| exif::text(tiff, CHANGED_AT));
    let offset = text(exif::text_of_photograph(tiff, OFFSET)).filter(|offset| is_offset(offset));
    let taken_at = text(taken).and_then(|taken| moment(&taken));
    Camera {
        make: text(exif::text(tiff, MAKE)),
        model: text(exif::text(tiff, MODEL)),
        taken_at: taken_at.map(|taken_at| taken_at + offset.as_deref().unwrap_or_default()),
    }
}

/// `2024:05:01 12:00:00` (EXIF 2.32, 4.6.5) as ISO 8601 has it.
fn moment(text: &str) -> Option<String> {
    let (date, clock) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, [2, 2, 2])?;
    let is_sound = year > 0
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    is_sound.then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

/// Numbers of so many digits, between colons.
fn numbers(text: &str, digits: [usize; 3]) -> Option<[u32; 3]> {
    let parts: [&str; 3] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
    let is_number = |(part, digits): (&&str, &usize)| {
        part.len() == *digits && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let all = parts.iter().zip(&digits).all(is_number);
    all.then(|| parts.map(|part| part.parse().unwrap_or_default()))
}

fn is_offset(text: &str) -> bool {
    let digit = |at: usize| text.as_bytes()[at].is_ascii_digit();
    text.len() == 6
        && text.starts_with(['+', '-'])
        && text.as_bytes()[3] == b':'
        && [1, 2, 4, 5].into_iter().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_standard() {
        assert_eq!(moment("2024:05:01 12:34:56").as_deref(), Some("2024-05-01T12:34:56"));
        for wrong in [
            "",
            "2024:05:01",
            "0000:00:00 00:00:00",
            "2024:13:01 12:00:00",
            "2024:05:32 12:00:00",
            "2024:05:01 24:00:00",
            "2024-05-01 12:00:00",
            "    :  :     :  :  ",
            "2024:5:1 1:2:3",
            "2024:05:01 12:00:+1",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_offset_is_hours_and_minutes() {
        assert!(is_offset("+02:00") && is_offset("-11:30"));
        for wrong in ["", "Z", "02:00", "+2:00", "+02:0a", "+0200:", "+02é0"] {
            assert!(!is_offset(wrong), "{wrong}");
        }
    }
}
