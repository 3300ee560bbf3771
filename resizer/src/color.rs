//! Step: bring pixels to sRGB; and a colour as requests write it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use moxcms::{
    CmsError, ColorProfile, DataColorSpace, Transform8BitExecutor, Transform16BitExecutor,
    TransformExecutor, TransformOptions,
};

use crate::raster::{Layout, Picture, Raster, Sample};

/// An opaque sRGB colour; its text is six hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: [u8; 3],
}

impl Color {
    /// Paper.
    pub const WHITE: Color = Color { rgb: [255; 3] };
}

impl From<[u8; 3]> for Color {
    fn from(rgb: [u8; 3]) -> Self {
        Self { rgb }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        write!(f, "{r:02x}{g:02x}{b:02x}")
    }
}

/// The text is not six hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is six hexadecimal digits in lower case, rrggbb")]
pub struct NotAColor;

impl FromStr for Color {
    type Err = NotAColor;

    fn from_str(text: &str) -> Result<Self, NotAColor> {
        let digits =
            text.len() == 6 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number =
            digits.then(|| u32::from_str_radix(text, 16).ok()).flatten().ok_or(NotAColor)?;
        let [_, rgb @ ..] = number.to_be_bytes();
        Ok(Self { rgb })
    }
}

/// Pixels in sRGB, whatever profile they came with; afterwards nothing is CMYK.
///
/// A profile that is broken or does not match the pixels is ignored, as browsers do.
pub(crate) fn to_srgb<T: Colored>(mut picture: Picture<T>) -> Picture<T> {
    let profile = picture.icc.take().and_then(|icc| ColorProfile::new_from_slice(&icc).ok());
    picture.map(|raster| {
        let conversion =
            profile.as_ref().and_then(|profile| Conversion::new(profile, raster.layout));
        match conversion {
            Some(conversion) => conversion.apply(raster),
            None if raster.layout == Layout::Cmyk => raster.into_rgb(),
            None => raster,
        }
    })
}

/// Samples that a profile knows to convert.
pub(crate) trait Colored: Sample {
    type Executor: TransformExecutor<Self> + ?Sized;

    fn executor(
        profile: &ColorProfile,
        from: moxcms::Layout,
        to: moxcms::Layout,
    ) -> Result<Arc<Self::Executor>, CmsError>;
}

impl Colored for u8 {
    type Executor = Transform8BitExecutor;

    fn executor(
        profile: &ColorProfile,
        from: moxcms::Layout,
        to: moxcms::Layout,
    ) -> Result<Arc<Self::Executor>, CmsError> {
        let srgb = ColorProfile::new_srgb();
        profile.create_transform_8bit(from, &srgb, to, TransformOptions::default())
    }
}

impl Colored for u16 {
    type Executor = Transform16BitExecutor;

    fn executor(
        profile: &ColorProfile,
        from: moxcms::Layout,
        to: moxcms::Layout,
    ) -> Result<Arc<Self::Executor>, CmsError> {
        let srgb = ColorProfile::new_srgb();
        profile.create_transform_16bit(from, &srgb, to, TransformOptions::default())
    }
}

/// From a profile's colours to sRGB.
struct Conversion<T: Colored> {
    transform: Arc<T::Executor>,
    layout: Layout,
}

impl<T: Colored> Conversion<T> {
    fn new(profile: &ColorProfile, layout: Layout) -> Option<Self> {
        use moxcms::Layout::{Gray, Rgb, Rgba};
        let (from, to, layout) = match (profile.color_space, layout) {
            (DataColorSpace::Rgb, Layout::Rgb) => (Rgb, Rgb, Layout::Rgb),
            (DataColorSpace::Rgb, Layout::Rgba) => (Rgba, Rgba, Layout::Rgba),
            (DataColorSpace::Gray, Layout::Gray) => (Gray, Rgb, Layout::Rgb),
            // moxcms calls any four channels Rgba.
            (DataColorSpace::Cmyk, Layout::Cmyk) => (Rgba, Rgb, Layout::Rgb),
            _ => return None,
        };
        let transform = T::executor(profile, from, to).ok()?;
        Some(Self { transform, layout })
    }

    /// Row by row, so that pixels that stay as large need no second picture in memory.
    fn apply(&self, mut raster: Raster<T>) -> Raster<T> {
        let stride = raster.stride();
        if raster.layout == self.layout {
            let mut original = vec![T::default(); stride];
            for row in raster.pixels.chunks_exact_mut(stride) {
                original.copy_from_slice(row);
                self.convert(&original, row);
            }
            return raster;
        }
        let mut converted = Raster::blank(raster.size, self.layout);
        let rows =
            converted.pixels.chunks_exact_mut(raster.size.width as usize * self.layout.channels());
        for (from, to) in raster.pixels.chunks_exact(stride).zip(rows) {
            self.convert(from, to);
        }
        converted
    }

    /// Rows of one width always suit a transform; were one refused, its pixels would stay as they are.
    fn convert(&self, from: &[T], to: &mut [T]) {
        let converted = self.transform.transform(from, to);
        debug_assert!(converted.is_ok(), "{converted:?}");
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::Size;

    fn pixel<T: Sample>(layout: Layout, pixels: &[T]) -> Raster<T> {
        Raster { size: Size { width: 1, height: 1 }, layout, pixels: pixels.to_vec() }
    }

    fn srgb_of<T: Colored>(raster: Raster<T>, icc: Option<Vec<u8>>) -> Vec<T> {
        to_srgb(Picture::still(raster, icc)).frames.remove(0).raster.pixels
    }

    #[test]
    fn text_and_color_lead_back() {
        assert_eq!("0a0bff".parse::<Color>().unwrap().to_string(), "0a0bff");
        for wrong in ["", "fff", "0a0bfg", "0A0BFF", "+a0bff", "0a0bff0"] {
            assert_eq!(wrong.parse::<Color>(), Err(NotAColor));
        }
    }

    #[test]
    fn display_p3_is_brought_to_srgb() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let [r, g, b] = srgb_of(pixel(Layout::Rgb, &[200u8, 100, 50]), Some(p3.clone()))[..] else {
            panic!()
        };
        // Worked out with the matrices of CSS Color 4: 214.9, 92.6, 31.0.
        assert!(r.abs_diff(215) <= 1 && g.abs_diff(93) <= 1 && b.abs_diff(31) <= 1, "{r} {g} {b}");
        let translucent = pixel(Layout::Rgba, &[200u8, 100, 50, 7]);
        assert_eq!(srgb_of(translucent, Some(p3.clone()))[3], 7, "alpha stays");
        let deep = [200u16, 100, 50].map(|eight| eight * 257);
        let deep = srgb_of(pixel(Layout::Rgb, &deep), Some(p3));
        let expected = [55_229, 23_798, 7_967];
        assert!(deep.iter().zip(expected).all(|(v, exact)| v.abs_diff(exact) < 60), "{deep:?}");
    }

    #[test]
    fn grey_profiles_are_brought_to_srgb() {
        let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let [r, g, b] = srgb_of(pixel(Layout::Gray, &[128u8]), Some(grey))[..] else { panic!() };
        assert!(
            r == g && g == b && r.abs_diff(188) <= 1,
            "half the light is 188 in sRGB: {r} {g} {b}"
        );
    }

    #[test]
    fn a_broken_or_foreign_profile_changes_nothing() {
        let grey = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
        for icc in [b"no profile".to_vec(), grey] {
            assert_eq!(srgb_of(pixel(Layout::Rgb, &[1u8, 2, 3]), Some(icc)), [1, 2, 3]);
        }
    }

    #[test]
    fn inks_without_a_profile_take_light_away() {
        assert_eq!(srgb_of(pixel(Layout::Cmyk, &[0u8, 0, 0, 0]), None), [255, 255, 255]);
        assert_eq!(srgb_of(pixel(Layout::Cmyk, &[255u8, 0, 0, 0]), None), [0, 255, 255]);
        assert_eq!(srgb_of(pixel(Layout::Cmyk, &[0u8, 51, 0, 255]), None), [0, 0, 0]);
    }
}
