//! Step: scale and cut in one go, Lanczos with radius 3.
//!
//! The image still lies as stored, so the cut is turned back to that first. The cut falls on fractions of
//! source pixels: a decoder's shrink or an odd size moves no edge, which whole-pixel cuts would.

use std::error::Error;
use std::f64::consts::PI;

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::planar::Plane;
use crate::raster::{Layout, Picture, Raster, Sample};
use crate::{Plan, Rect, RenderError, Size};

pub(crate) fn resize<T: Sample>(
    picture: Picture<T>,
    plan: &Plan,
) -> Result<Picture<T>, RenderError> {
    if plan.is_resized_by_rows() {
        return Ok(picture);
    }
    picture.try_map(|raster| resized(raster, plan))
}

/// One picture, whole.
pub(crate) fn resized<T: Sample>(raster: Raster<T>, plan: &Plan) -> Result<Raster<T>, RenderError> {
    let bounds = bounds(&raster, plan);
    let (view, size) = View::of_result(plan, bounds);
    if view == View::whole(raster.size) && raster.size == size {
        return Ok(raster);
    }
    resample(&raster, bounds, view, size, lanczos())
}

/// Pixels at either side of a pixel of the result that have a say in it, where it is as large as they are.
pub(super) const RADIUS: f64 = 3.0;

/// Lanczos with radius 3, with one sine where `FilterType::Lanczos3` computes two; a rendition needs thousands.
pub(crate) fn lanczos() -> FilterType {
    Filter::new("Lanczos3", lanczos_at, RADIUS).map_or(FilterType::Lanczos3, FilterType::Custom)
}

/// sinc(x) sinc(x / 3), where sin 3t = 3 sin t - 4 sin³ t.
fn lanczos_at(x: f64) -> f64 {
    let t = x * PI / 3.0;
    if t.abs() < f64::EPSILON {
        return 1.0;
    }
    let square = t.sin().powi(2);
    if x.abs() < 3.0 { square * (3.0 - 4.0 * square) / (3.0 * t * t) } else { 0.0 }
}

/// The pixels that a filter may read. Around a region that is the whole raster, so that tiles of one image fit
/// together without a seam; of borders that were trimmed nothing may come back.
fn bounds<T: Sample>(raster: &Raster<T>, plan: &Plan) -> Rect {
    match plan.transform.trim {
        None => Rect::whole(raster.size),
        Some(_) => plan.probe.orientation.unturn_rect(plan.area, plan.probe.upright()),
    }
}

/// All of the plan's area, still lying as stored, in another size; coarsely.
pub(super) fn area<T: Sample>(
    raster: &Raster<T>,
    plan: &Plan,
    size: Size,
) -> Result<Raster<T>, RenderError> {
    let bounds = bounds(raster, plan);
    resample(raster, bounds, View::of_area(plan).within(bounds), size, FilterType::Box)
}

/// All of a picture without detail in another size; nothing rings.
pub(super) fn smoothly(raster: &Raster, size: Size) -> Result<Raster, RenderError> {
    let all = Rect::whole(raster.size);
    resample(raster, all, View::whole(raster.size), size, FilterType::Bilinear)
}

/// The `size` pixels within `margin` others, of a picture of them all in another size.
pub(super) fn within_margin(
    raster: &Raster,
    margin: u32,
    size: Size,
) -> Result<Raster, RenderError> {
    let Size { width, height } = size;
    let all = Size { width: width + 2 * margin, height: height + 2 * margin };
    let inner = Rect { x: margin, y: margin, width, height };
    let view = View::whole(raster.size).part(inner, all);
    resample(raster, Rect::whole(raster.size), view, size, FilterType::Bilinear)
}

/// A part of a raster, in fractions of its own pixels.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct View {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl View {
    pub(crate) fn whole(size: Size) -> Self {
        Self { x: 0.0, y: 0.0, width: f64::from(size.width), height: f64::from(size.height) }
    }

    /// What the plan shows of what the decoder returns, and in how many pixels; all still lying as stored.
    pub(super) fn of_result(plan: &Plan, bounds: Rect) -> (Self, Size) {
        let scaled = plan.orientation.turn_size(plan.geometry.scaled);
        let crop = plan.orientation.unturn_rect(plan.geometry.crop, plan.geometry.scaled);
        (Self::of_area(plan).part(crop, scaled).within(bounds), crop.size())
    }

    /// The plan's area in what the decoder returns, which may be shrunk.
    fn of_area(plan: &Plan) -> Self {
        let shrink = f64::from(plan.eighths) / 8.0;
        Self::of_samples(plan, [shrink; 2])
    }

    /// The plan's area in a plane.
    pub(super) fn of_plane(plan: &Plan, plane: &Plane) -> Self {
        let all = Self::of_samples(plan, plane.density);
        let [x, y] = plane.origin.map(f64::from);
        Self { x: all.x - x, y: all.y - y, ..all }
    }

    /// The plan's area where there are so many samples for a pixel of the original, along each axis.
    fn of_samples(plan: &Plan, [across, down]: [f64; 2]) -> Self {
        let Rect { x, y, width, height } =
            plan.probe.orientation.unturn_rect(plan.area, plan.probe.upright());
        Self {
            x: f64::from(x) * across,
            y: f64::from(y) * down,
            width: f64::from(width) * across,
            height: f64::from(height) * down,
        }
    }

    /// The size that a raster would need to hold all of the part; none where this one does.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a little more than a size"
    )]
    pub(super) fn beyond(self, size: Size) -> Option<Size> {
        // Rounding of floats is not meant.
        let edge = |end: f64| (end - 0.001).ceil() as u32;
        let width = size.width.max(edge(self.x + self.width));
        let height = size.height.max(edge(self.y + self.height));
        let needed = Size { width, height };
        (needed != size).then_some(needed)
    }

    /// What `part` is of `whole`.
    pub(super) fn part(self, part: Rect, whole: Size) -> Self {
        let across = self.width / f64::from(whole.width);
        let down = self.height / f64::from(whole.height);
        Self {
            x: self.x + f64::from(part.x) * across,
            y: self.y + f64::from(part.y) * down,
            width: f64::from(part.width) * across,
            height: f64::from(part.height) * down,
        }
    }

    /// Rows of the raster for a row of a result of this size.
    pub(super) fn scale_down(self, size: Size) -> f64 {
        self.height / f64::from(size.height)
    }

    /// Where it begins and ends, downwards.
    pub(super) fn rows(self) -> (f64, f64) {
        (self.y, self.y + self.height)
    }

    /// The same of a raster that lacks the first rows.
    pub(super) fn below(self, rows: u32) -> Self {
        Self { y: self.y - f64::from(rows), ..self }
    }

    /// Rounding of floats must not lead beyond the last pixel.
    pub(super) fn within(self, bounds: Rect) -> Self {
        let (right, bottom) = (bounds.x + bounds.width, bounds.y + bounds.height);
        Self {
            width: self.width.min(f64::from(right) - self.x),
            height: self.height.min(f64::from(bottom) - self.y),
            ..self
        }
    }
}

pub(crate) fn resample<T: Sample>(
    raster: &Raster<T>,
    bounds: Rect,
    view: View,
    size: Size,
    filter: FilterType,
) -> Result<Raster<T>, RenderError> {
    resampled(raster, bounds, view, size, filter).map_err(RenderError::Resize)
}

fn resampled<T: Sample>(
    raster: &Raster<T>,
    bounds: Rect,
    view: View,
    size: Size,
    filter: FilterType,
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
    let source = CroppedImage::new(&source, bounds.x, bounds.y, bounds.width, bounds.height)?;
    let mut resized = Raster::<T>::blank(size, raster.layout);
    let bytes = bytemuck::cast_slice_mut(&mut resized.pixels);
    let mut target = Image::from_slice_u8(size.width, size.height, bytes, pixel_type)?;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(view.x - f64::from(bounds.x), view.y - f64::from(bounds.y), view.width, view.height)
        // Premultiplies, so that invisible colours do not bleed into edges. Ink is no opacity.
        .use_alpha(raster.layout == Layout::Rgba && !raster.is_opaque());
    Resizer::new().resize(&source, &mut target, &options)?;
    Ok(resized)
}

#[cfg(test)]
mod tests {

    use super::*;

    fn shrunk<T: Sample>(layout: Layout, pixels: &[T], size: Size, to: Size) -> Vec<T> {
        let raster = Raster { size, layout, pixels: pixels.to_vec() };
        resample(&raster, Rect::whole(size), View::whole(size), to, lanczos()).unwrap().pixels
    }

    #[test]
    fn one_sine_gives_what_two_give() {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        for step in -35_000..=35_000 {
            let x = f64::from(step) / 10_000.0;
            let expected = if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 };
            let found = lanczos_at(x);
            assert!((found - expected).abs() < 1e-15, "{x}: {found} and not {expected}");
        }
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
