//! From the components' colours to those of the picture: `jdcolor.c` of libjpeg-turbo.

use super::Channels;
use super::frame::Frame;

/// What the components of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Gray,
    Rgb,
    /// Brightness and two differences from it.
    YCbCr,
    Cmyk,
    /// The first three inks as brightness and differences, inverted.
    Ycck,
}

/// What the application segments say of colour.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hints {
    is_jfif: bool,
    /// Adobe's number for the colour space.
    adobe: Option<u8>,
}

impl Hints {
    /// Takes note of an APP0 segment.
    pub(super) fn app0(&mut self, payload: &[u8]) {
        self.is_jfif |= payload.len() >= 14 && payload.starts_with(b"JFIF\0");
    }

    /// Takes note of an APP14 segment.
    pub(super) fn app14(&mut self, payload: &[u8]) {
        if let [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..] = payload {
            self.adobe = Some(*transform);
        }
    }

    /// `default_decompress_parms` of jdapimin.c
    pub(super) fn color(self, frame: &Frame) -> Color {
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        match (ids.len(), self.adobe) {
            (1, _) => Color::Gray,
            (4, None | Some(0)) => Color::Cmyk,
            (4, _) => Color::Ycck,
            (_, Some(0)) if !self.is_jfif => Color::Rgb,
            (_, None) if !self.is_jfif && ids == *b"RGB" => Color::Rgb,
            _ => Color::YCbCr,
        }
    }
}

impl Color {
    pub(super) fn channels(self) -> Channels {
        match self {
            Self::Gray => Channels::Gray,
            Self::Rgb | Self::YCbCr => Channels::Rgb,
            Self::Cmyk | Self::Ycck => Channels::Cmyk,
        }
    }

    /// One row of pixels from one of each component.
    pub(super) fn convert(self, rows: &[&[u8]], pixels: &mut [u8]) {
        match (self, rows) {
            (Self::Gray, [gray]) => pixels.copy_from_slice(&gray[..pixels.len()]),
            (Self::Rgb, [r, g, b]) => interleave(pixels, [r, g, b], |rgb| rgb),
            (Self::YCbCr, [y, cb, cr]) => interleave(pixels, [y, cb, cr], to_rgb),
            (Self::Cmyk, [c, m, y, k]) => interleave(pixels, [c, m, y, k], |inks| inks),
            (Self::Ycck, [y, cb, cr, k]) => interleave(pixels, [y, cb, cr, k], to_inks),
            _ => {}
        }
    }
}

#[inline]
fn interleave<const N: usize>(
    pixels: &mut [u8],
    rows: [&[u8]; N],
    convert: impl Fn([u8; N]) -> [u8; N],
) {
    let pixels = pixels.as_chunks_mut::<N>().0;
    let rows = rows.map(|row| &row[..pixels.len()]);
    for (x, pixel) in pixels.iter_mut().enumerate() {
        *pixel = convert(rows.map(|row| row[x]));
    }
}

/// `ycck_cmyk_convert`
#[inline]
fn to_inks([y, cb, cr, black]: [u8; 4]) -> [u8; 4] {
    let [red, green, blue] = to_rgb([y, cb, cr]);
    [255 - red, 255 - green, 255 - blue, black]
}

/// ITU-R BT.601 at full range, with 16 bits of fraction (`build_ycc_rgb_table`). Whole multiples are taken out of the
/// factors 1.402 (91881), 0.71414 (46802) and 1.772 (116130): what is left fits 16 bits, which vector code multiplies
/// fast.
#[inline]
fn to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    const HALF: i32 = 1 << 15;
    let [y, cb, cr] = [i16::from(y), i16::from(cb) - 128, i16::from(cr) - 128];
    let part = |cb_factor: i16, cr_factor: i16| {
        let sum = i32::from(cb) * i32::from(cb_factor) + i32::from(cr) * i32::from(cr_factor);
        ((sum + HALF) >> 16) as i16
    };
    let red = y + cr + part(0, 26_345);
    let green = y - cr + part(-22_554, 18_734);
    let blue = y + 2 * cb + part(-14_942, 0);
    [red, green, blue].map(|level| level.clamp(0, 255) as u8)
}
