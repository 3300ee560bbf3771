//! Step: scale and cut in one go, Lanczos with radius 3.
//!
//! The image still lies as stored, so the cut is turned back to that first. The cut falls on fractions of
//! source pixels: a decoder's shrink or an odd size moves no edge, which whole-pixel cuts would.

use std::error::Error;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::raster::{Layout, Picture, Raster, Sample};
use crate::{Plan, Rect, RenderError, Size};

pub(crate) fn resize<T: Sample>(
    picture: Picture<T>,
    plan: &Plan,
) -> Result<Picture<T>, RenderError> {
    let scaled = plan.orientation.turn_size(plan.geometry.scaled);
    let crop = plan.orientation.unturn_rect(plan.geometry.crop, plan.geometry.scaled);
    picture.try_map(|raster| {
        if raster.size == crop.size() && crop.size() == scaled {
            return Ok(raster);
        }
        let view = View::new(&raster, plan, scaled, crop);
        resample(&raster, &view, crop.size()).map_err(RenderError::Resize)
    })
}

/// The part of a raster that becomes the result, in fractions of its own pixels.
struct View {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl View {
    fn new<T: Sample>(raster: &Raster<T>, plan: &Plan, scaled: Size, crop: Rect) -> Self {
        // A decoder that shrinks rounds the size up; the image itself ends within the last pixel.
        let shrink = f64::from(plan.eighths) / 8.0;
        let stored = plan.probe.stored;
        let (across, down) = (f64::from(stored.width) * shrink, f64::from(stored.height) * shrink);
        let (across, down) = (across / f64::from(scaled.width), down / f64::from(scaled.height));
        let (x, y) = (f64::from(crop.x) * across, f64::from(crop.y) * down);
        Self {
            x,
            y,
            width: (f64::from(crop.width) * across).min(f64::from(raster.size.width) - x),
            height: (f64::from(crop.height) * down).min(f64::from(raster.size.height) - y),
        }
    }
}

fn resample<T: Sample>(
    raster: &Raster<T>,
    view: &View,
    size: Size,
) -> Result<Raster<T>, Box<dyn Error + Send + Sync>> {
    let pixel_type = match (raster.layout, size_of::<T>()) {
        (Layout::Gray, 1) => PixelType::U8,
        (Layout::Rgb, 1) => PixelType::U8x3,
        (Layout::Rgba | Layout::Cmyk, 1) => PixelType::U8x4,
        (Layout::Gray, _) => PixelType::U16,
        (Layout::Rgb, _) => PixelType::U16x3,
        (Layout::Rgba | Layout::Cmyk, _) => PixelType::U16x4,
    };
    let Size { width, height } = raster.size;
    let source = ImageRef::new(width, height, bytemuck::cast_slice(&raster.pixels), pixel_type)?;
    let mut resized = Raster::<T>::blank(size, raster.layout);
    let bytes = bytemuck::cast_slice_mut(&mut resized.pixels);
    let mut target = Image::from_slice_u8(size.width, size.height, bytes, pixel_type)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(view.x, view.y, view.width, view.height)
        // Premultiplies, so that invisible colours do not bleed into edges. Ink is no opacity.
        .use_alpha(raster.layout == Layout::Rgba);
    Resizer::new().resize(&source, &mut target, &options)?;
    Ok(resized)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn shrunk<T: Sample>(layout: Layout, pixels: &[T], size: Size, to: Size) -> Vec<T> {
        let raster = Raster { size, layout, pixels: pixels.to_vec() };
        let view =
            View { x: 0.0, y: 0.0, width: f64::from(size.width), height: f64::from(size.height) };
        resample(&raster, &view, to).unwrap().pixels
    }

    const TWO: Size = Size { width: 2, height: 1 };
    const ONE: Size = Size { width: 1, height: 1 };

    #[test]
    fn invisible_colors_do_not_bleed() {
        let red_beside_invisible_green = [255u8, 0, 0, 255, 0, 255, 0, 0];
        let [r, g, b, a] = shrunk(Layout::Rgba, &red_beside_invisible_green, TWO, ONE)[..] else {
            panic!()
        };
        assert_eq!([r, g, b], [255, 0, 0]);
        assert!(a.abs_diff(128) <= 1, "{a}");
    }

    #[test]
    fn sixteen_bits_are_kept_and_do_not_bleed() {
        assert_eq!(shrunk(Layout::Gray, &[1000u16, 1101], TWO, ONE), [1051]);
        let red_beside_invisible_green = [65_535u16, 0, 0, 65_535, 0, 65_535, 0, 0];
        let [r, g, b, a] = shrunk(Layout::Rgba, &red_beside_invisible_green, TWO, ONE)[..] else {
            panic!()
        };
        assert_eq!([r, g, b], [65_535, 0, 0]);
        assert!(a.abs_diff(32_768) <= 1, "{a}");
    }

    #[test]
    fn ink_is_not_opacity() {
        let [c, _, _, k] = shrunk(Layout::Cmyk, &[200u8, 0, 0, 0, 200, 0, 0, 100], TWO, ONE)[..]
        else {
            panic!()
        };
        assert_eq!(c, 200, "cyan stays whatever black does");
        assert!(k.abs_diff(50) <= 1, "{k}");
    }
}
