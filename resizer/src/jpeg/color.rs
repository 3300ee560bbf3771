//! What the components of a file are.

use super::frame::Frame;

/// What a pixel's samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// Brightness.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Brightness and two differences from it (ITU-R BT.601 in full range).
    YCbCr,
    /// Four inks as they are stored: Adobe's programs store them inverted.
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
