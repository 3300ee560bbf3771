//! What one stage of a render hands to the next.

use crate::Size;
use crate::copyright::Copyright;
use crate::planar::{Halved, Planar};
use crate::raster::Picture;

/// What a decoder returns: with 16 bits what was stored with more than 8.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart by pattern"
)]
pub enum Decoded {
    /// 8 bits a sample.
    Eight(Picture),
    /// 16 bits a sample, until the picture is resized and in sRGB.
    Sixteen(Picture<u16>),
    /// In planes, until it is resized.
    Planar(Planar),
}

/// What an encoder takes.
#[derive(Debug, Clone)]
pub enum Ready {
    /// In sRGB.
    Picture(Picture),
    /// For JPEG, WebP and AVIF, from a picture that was only resized; sRGB as well.
    Halved(HalvedFormat, Halved),
}

/// Formats that store brightness and colour in planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HalvedFormat {
    /// JPEG
    Jpeg,
    /// Lossy WebP
    WebP,
    /// AVIF
    Avif,
}

impl Ready {
    /// Width and height.
    pub fn size(&self) -> Size {
        match self {
            Self::Picture(picture) => picture.frames[0].raster.size,
            Self::Halved(_, planes) => planes.luma.size,
        }
    }

    pub(crate) fn copyright(&self) -> &Copyright {
        match self {
            Self::Picture(picture) => &picture.copyright,
            Self::Halved(_, planes) => &planes.copyright,
        }
    }
}

impl Decoded {
    pub(crate) fn with_copyright(self, copyright: Copyright) -> Self {
        match self {
            Self::Eight(picture) => Self::Eight(picture.with_copyright(copyright)),
            Self::Sixteen(picture) => Self::Sixteen(picture.with_copyright(copyright)),
            Self::Planar(planes) => Self::Planar(Planar { copyright, ..planes }),
        }
    }
}

impl From<Picture> for Decoded {
    fn from(picture: Picture) -> Self {
        Self::Eight(picture)
    }
}
