//! JPEG, PNG, WebP and GIF as lists of parts, and lists of parts as files whose lengths and checksums are right.
//!
//! What cannot be told apart stays one raw part, so every file that begins like one of the four comes back byte for byte,
//! but for wrong checksums and lengths.

mod gif;
mod jpeg;
mod png;
mod webp;

/// A segment, chunk or block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What comes before the length; nothing for bytes that stand in the file as they are.
    pub head: Vec<u8>,
    /// What the length counts.
    pub payload: Vec<u8>,
}

/// What holds the parts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Jpeg,
    Png,
    WebP,
    Gif,
}

impl Part {
    fn new(head: &[u8], payload: &[u8]) -> Self {
        Self { head: head.to_vec(), payload: payload.to_vec() }
    }

    fn raw(bytes: &[u8]) -> Self {
        Self::new(&[], bytes)
    }

    fn is_raw(&self) -> bool {
        self.head.is_empty()
    }
}

impl Container {
    /// By the first bytes.
    pub fn of(file: &[u8]) -> Option<Self> {
        match file {
            [0xFF, 0xD8, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// At least one part.
    pub fn split(self, file: &[u8]) -> Vec<Part> {
        match self {
            Self::Jpeg => jpeg::split(file),
            Self::Png => png::split(file),
            Self::WebP => webp::split(file),
            Self::Gif => gif::split(file),
        }
    }

    /// A file of this kind, whatever the parts are.
    pub fn join(self, parts: &[Part]) -> Vec<u8> {
        match self {
            Self::Jpeg => jpeg::join(parts),
            Self::Png => png::join(parts),
            Self::WebP => webp::join(parts),
            Self::Gif => gif::join(parts),
        }
    }
}

/// Parts as `next` finds them, and what it finds none in.
fn all<'a>(mut rest: &'a [u8], next: impl Fn(&'a [u8]) -> Option<(Part, &'a [u8])>) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some((part, behind)) = next(rest) {
        parts.push(part);
        rest = behind;
    }
    parts.push(Part::raw(rest));
    parts
}
