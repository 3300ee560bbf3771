//! The same resize for a picture that is read row by row: bands of the result, each as soon as its rows are there.
//!
//! Of the picture those rows are in memory that the next band is made of, and no others.

use std::mem;
use std::ops::Range;

use super::resize::{RADIUS, View, lanczos, resample};
use crate::raster::{Layout, Raster, Sample};
use crate::{Plan, Rect, RenderError, Size};

/// What the rows of a band should take. More bands would mean that more rows are read for two of them, and that the
/// filter's weights across are computed more often.
const BAND_BYTES: f64 = (4 << 20) as f64;
/// Rows of a band at the least, so that most rows are read for one only.
const BAND_ROWS_MIN: f64 = 16.0;

/// A picture on its way to another size.
pub(crate) struct Bands<T> {
    /// Of the picture that is read.
    source: Size,
    /// Rows that are read, of which the last are `kept`.
    read: u32,
    kept: Vec<T>,
    /// What the result shows of it.
    view: View,
    /// The result, of which as many rows are `made`.
    resized: Raster<T>,
    made: u32,
    /// Rows that are made at once.
    band: u32,
}

impl<T: Sample> Bands<T> {
    /// Of a picture of this size, as the plan wants it.
    pub(crate) fn new(source: Size, layout: Layout, plan: &Plan) -> Self {
        let (view, size) = View::of_result(plan, Rect::whole(source));
        Self::of(source, layout, view, size)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of rows")]
    fn of(source: Size, layout: Layout, view: View, size: Size) -> Self {
        let stride = source.width as usize * layout.channels();
        let row_bytes = u32::try_from(stride * size_of::<T>()).map_or(f64::MAX, f64::from);
        let scale = view.scale_down(size);
        let band = (BAND_BYTES / (row_bytes * scale).max(1.0)).max(BAND_ROWS_MIN) as u32;
        let rows = f64::from(band.min(size.height)) * scale + 2.0 * reach(scale);
        let kept = Vec::with_capacity(rows.min(f64::from(source.height)) as usize * stride);
        Self { source, read: 0, kept, view, band, resized: Raster::blank(size, layout), made: 0 }
    }

    /// Takes the next row.
    pub(crate) fn push(&mut self, row: &[T]) -> Result<(), RenderError> {
        if self.needed().contains(&self.read) {
            self.kept.extend_from_slice(row);
        }
        self.read += 1;
        while self.made < self.resized.size.height && self.read >= self.needed().end {
            self.make()?;
        }
        Ok(())
    }

    /// The result; all rows have to be pushed before.
    pub(crate) fn finish(self) -> Raster<T> {
        debug_assert_eq!(self.made, self.resized.size.height, "rows are missing");
        self.resized
    }

    /// Rows of the picture that have a say in the next band.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the picture"
    )]
    fn needed(&self) -> Range<u32> {
        let reach = reach(self.view.scale_down(self.resized.size));
        let (top, bottom) = self.view.part(self.next(), self.resized.size).rows();
        let end = (bottom + reach).ceil().min(f64::from(self.source.height));
        (top - reach).floor().max(0.0) as u32..end as u32
    }

    /// The next band, in the result.
    fn next(&self) -> Rect {
        let Size { width, height } = self.resized.size;
        Rect { x: 0, y: self.made, width, height: self.band.min(height - self.made) }
    }

    /// Of the rows that are kept the next band; those that no later one needs are let go.
    fn make(&mut self) -> Result<(), RenderError> {
        let (next, layout) = (self.next(), self.resized.layout);
        let stride = self.source.width as usize * layout.channels();
        let first = self.first_kept(stride);
        let size = Size { width: self.source.width, height: self.read - first };
        let kept = Raster { size, layout, pixels: mem::take(&mut self.kept) };
        let all = Rect::whole(size);
        let view = self.view.part(next, self.resized.size).below(first).within(all);
        let band = resample(&kept, all, view, next.size(), lanczos())?;
        let above = next.y as usize * self.resized.stride();
        self.resized.pixels[above..][..band.pixels.len()].copy_from_slice(&band.pixels);
        self.made += next.height;
        self.kept = kept.pixels;
        let done = self.needed().start.saturating_sub(first).min(self.read - first);
        self.kept.drain(..done as usize * stride);
        Ok(())
    }

    /// The first row that is kept, counted in the picture.
    fn first_kept(&self, stride: usize) -> u32 {
        self.read - u32::try_from(self.kept.len() / stride).unwrap_or(self.read)
    }
}

/// Rows above and below that the filter reads, and one more for the rounding of floats.
fn reach(scale: f64) -> f64 {
    RADIUS * scale.max(1.0) + 1.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAYOUTS: [Layout; 3] = [Layout::Gray, Layout::Rgb, Layout::Rgba];

    /// Hard edges, ramps and noise; where there is opacity, all of it, none and some.
    fn picture<T: Sample>(size: Size, layout: Layout) -> Raster<T> {
        let mut noise = 1_u32;
        let mut raster = Raster::<T>::blank(size, layout);
        let stride = raster.stride();
        for (place, sample) in raster.pixels.iter_mut().enumerate() {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = (place % stride, place / stride);
            let level = match (x / 60 + y / 40) % 4 {
                0 => 0.0,
                1 => 1.0,
                2 => f32::from(u8::try_from(y % 256).unwrap()) / 255.0,
                _ => f32::from(u8::try_from(noise >> 24).unwrap()) / 255.0,
            };
            *sample = T::of(level);
        }
        raster
    }

    fn by_bands<T: Sample>(raster: &Raster<T>, view: View, size: Size, band: u32) -> Raster<T> {
        let bands = Bands::<T>::of(raster.size, raster.layout, view, size);
        let mut bands = Bands { band, ..bands };
        raster.pixels.chunks_exact(raster.stride()).for_each(|row| bands.push(row).unwrap());
        bands.finish()
    }

    /// Weights are rounded to the precision that the largest of a band allows, which may be another than the
    /// picture's: so they are not always the same to the last bit. Colours count by their opacity, and may be another
    /// by it and by themselves.
    fn assert_same<T: Sample>(one: &Raster<T>, other: &Raster<T>, bit: f32) {
        assert_eq!((one.size, one.layout), (other.size, other.layout));
        assert_eq!(one.pixels.len(), other.pixels.len());
        let most = shown(one).zip(shown(other)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // Each of two passes rounds.
        let bits = if one.layout == Layout::Rgba { 3.01 } else { 2.01 };
        assert!(most <= bits * bit, "{most}");
    }

    fn shown<T: Sample>(raster: &Raster<T>) -> impl Iterator<Item = f32> {
        let channels = raster.layout.channels();
        raster.pixels.chunks_exact(channels).flat_map(move |pixel| {
            let opacity = if channels == 4 { pixel[3].unit() } else { 1.0 };
            pixel.iter().enumerate().map(move |(channel, sample)| match channel {
                3 => opacity,
                _ => sample.unit() * opacity,
            })
        })
    }

    proptest! {
        #[test]
        fn bands_are_what_the_whole_is(
            (width, height) in (1_u32..90, 1_u32..200),
            (to_width, to_height) in (1_u32..60, 1_u32..120),
            (x, y, across, down) in (0_u32..500, 0_u32..500, 100_u32..500, 100_u32..500),
            (is_whole, band, layout) in (any::<bool>(), 1_u32..40, 0..LAYOUTS.len()),
        ) {
            let (source, size) = (Size { width, height }, Size { width: to_width, height: to_height });
            let (layout, all) = (LAYOUTS[layout], Rect::whole(source));
            let whole = View::whole(source);
            let (thousand, part) = (Size { width: 1000, height: 1000 }, Rect { x, y, width: across, height: down });
            let view = if is_whole { whole } else { whole.part(part, thousand) };
            let eight = picture::<u8>(source, layout);
            let expected = resample(&eight, all, view, size, lanczos()).unwrap();
            assert_same(&by_bands(&eight, view, size, band), &expected, 1.0 / 255.0);
            let sixteen = picture::<u16>(source, layout);
            let expected = resample(&sixteen, all, view, size, lanczos()).unwrap();
            assert_same(&by_bands(&sixteen, view, size, band), &expected, 1.0 / 65535.0);
        }
    }

    #[test]
    fn no_more_rows_are_kept_than_a_band_needs() {
        let (source, size) = (Size { width: 3000, height: 4000 }, Size { width: 300, height: 400 });
        let mut bands = Bands::<u8>::of(source, Layout::Rgb, View::whole(source), size);
        let row = vec![0; 9000];
        let mut most = 0;
        for _ in 0..source.height {
            bands.push(&row).unwrap();
            most = most.max(bands.kept.len());
        }
        assert_eq!(bands.made, 400);
        // A band's rows, and at either end those that a filter over 10 rows reads.
        assert!(most <= (4 << 20) + 2 * 32 * 9000, "{most}");
    }
}
