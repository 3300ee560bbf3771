//! Decoded pixels: rows without padding, top row first; 8 bits a channel, or 16 until they are resized.

use crate::Size;
use crate::copyright::Copyright;

/// What one pixel's samples mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Brightness.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue and opacity, not premultiplied.
    Rgba,
    /// Four inks; the most is all the ink there can be.
    Cmyk,
}

impl Layout {
    /// Samples of one pixel.
    pub fn channels(self) -> usize {
        match self {
            Layout::Gray => 1,
            Layout::Rgb => 3,
            Layout::Rgba | Layout::Cmyk => 4,
        }
    }
}

/// One channel of one pixel: `u8`, or `u16` for what was stored with more than 8 bits.
pub trait Sample: bytemuck::Pod + Default + PartialEq {
    /// Full brightness, opacity or ink.
    const MOST: Self;

    /// From a number between 0 and 1, rounded; what is outside becomes the nearer end.
    fn of(unit: f32) -> Self;

    /// As a number between 0 and 1.
    fn unit(self) -> f32;

    /// Of bytes that were read in the order that PNG has.
    fn of_big_endian(read: Self) -> Self;
}

impl Sample for u8 {
    const MOST: Self = u8::MAX;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    fn of(unit: f32) -> Self {
        (unit * 255.0 + 0.5) as u8
    }

    fn unit(self) -> f32 {
        f32::from(self) / 255.0
    }

    fn of_big_endian(read: Self) -> Self {
        read
    }
}

impl Sample for u16 {
    const MOST: Self = u16::MAX;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    fn of(unit: f32) -> Self {
        (unit * 65535.0 + 0.5) as u16
    }

    fn unit(self) -> f32 {
        f32::from(self) / 65535.0
    }

    fn of_big_endian(read: Self) -> Self {
        u16::from_be(read)
    }
}

/// One image's pixels; `pixels.len()` is always width x height x channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster<T = u8> {
    pub(crate) size: Size,
    pub(crate) layout: Layout,
    pub(crate) pixels: Vec<T>,
}

impl<T: Sample> Raster<T> {
    /// Black (or, with alpha, transparent) pixels to be written over.
    pub(crate) fn blank(size: Size, layout: Layout) -> Self {
        let samples = size.width as usize * size.height as usize * layout.channels();
        Self { size, layout, pixels: vec![T::default(); samples] }
    }

    /// Samples of one row.
    pub(crate) fn stride(&self) -> usize {
        self.size.width as usize * self.layout.channels()
    }

    /// Whether nothing is transparent, or could be.
    pub(crate) fn is_opaque(&self) -> bool {
        self.layout != Layout::Rgba
            || self.pixels.as_chunks::<4>().0.iter().all(|[.., alpha]| *alpha == T::MOST)
    }

    /// Same picture, each pixel of `N` bytes replaced by `M` bytes of the new layout.
    pub(crate) fn map<const N: usize, const M: usize>(
        &self,
        layout: Layout,
        f: impl Fn([T; N]) -> [T; M],
    ) -> Self {
        debug_assert_eq!((N, M), (self.layout.channels(), layout.channels()));
        let (pixels, _) = self.pixels.as_chunks::<N>();
        let pixels = pixels.iter().flat_map(|pixel| f(*pixel)).collect();
        Self { size: self.size, layout, pixels }
    }

    /// Without alpha, which is dropped, not blended.
    pub(crate) fn into_rgb(self) -> Self {
        match self.layout {
            Layout::Rgb => self,
            Layout::Gray => self.map(Layout::Rgb, |[grey]| [grey; 3]),
            Layout::Rgba => self.map(Layout::Rgb, |[r, g, b, _]| [r, g, b]),
            Layout::Cmyk => self.map(Layout::Rgb, inks_to_rgb),
        }
    }

    /// With alpha, opaque where there was none.
    pub(crate) fn into_rgba(self) -> Self {
        match self.layout {
            Layout::Rgba => self,
            Layout::Gray => self.map(Layout::Rgba, |[grey]| [grey, grey, grey, T::MOST]),
            Layout::Rgb => self.map(Layout::Rgba, |[r, g, b]| [r, g, b, T::MOST]),
            Layout::Cmyk => self.map(Layout::Rgba, |inks| {
                let [r, g, b] = inks_to_rgb(inks);
                [r, g, b, T::MOST]
            }),
        }
    }
}

impl Raster {
    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// What a pixel's bytes mean.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The bytes, row after row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

impl Raster {
    /// With the last column and row repeated up to this size.
    pub(crate) fn extended(&self, size: Size) -> Self {
        let mut wider = Self::blank(size, self.layout);
        let (width, stride) = (self.stride(), wider.stride());
        let last_row = self.size.height.saturating_sub(1) as usize;
        for (y, row) in wider.pixels.chunks_exact_mut(stride).enumerate() {
            let original = &self.pixels[y.min(last_row) * width..][..width];
            let (same, beyond) = row.split_at_mut(width);
            same.copy_from_slice(original);
            let last_pixel = &original[width - self.layout.channels()..];
            beyond
                .chunks_exact_mut(last_pixel.len())
                .for_each(|pixel| pixel.copy_from_slice(last_pixel));
        }
        wider
    }
}

impl Raster<u16> {
    /// In 8 bits, rounded.
    #[expect(clippy::cast_possible_truncation, reason = "255 at most")]
    pub(crate) fn reduced(self) -> Raster {
        let byte = |sample: &u16| ((u32::from(*sample) * 255 + 32_767) / 65_535) as u8;
        Raster {
            size: self.size,
            layout: self.layout,
            pixels: self.pixels.iter().map(byte).collect(),
        }
    }
}

/// Light left after each ink: (1 - ink)(1 - black). What browsers and Pillow do without a profile.
fn inks_to_rgb<T: Sample>([c, m, y, k]: [T; 4]) -> [T; 3] {
    [c, m, y].map(|ink| T::of((1.0 - ink.unit()) * (1.0 - k.unit())))
}

/// a x b / 255, rounded.
pub(crate) fn multiply(a: u8, b: u8) -> u8 {
    let product = u16::from(a) * u16::from(b) + 127;
    u8::try_from(product / 255).unwrap_or(u8::MAX)
}

/// One picture of an animation, or the only one.
#[derive(Debug, Clone)]
pub struct Frame<T = u8> {
    pub(crate) raster: Raster<T>,
    pub(crate) delay_ms: u32,
}

/// What the steps pass on.
#[derive(Debug, Clone)]
pub struct Picture<T = u8> {
    /// At least one; all of the same size.
    pub(crate) frames: Vec<Frame<T>>,
    /// How often an animation is repeated after its first run; none is for ever.
    pub(crate) repeats: Option<u16>,
    /// The colour profile of the pixels, if not sRGB.
    pub(crate) icc: Option<Vec<u8>>,
    /// All that is kept of the original's metadata.
    pub(crate) copyright: Copyright,
}

impl<T> Picture<T> {
    pub(crate) fn still(raster: Raster<T>, icc: Option<Vec<u8>>) -> Self {
        let frames = vec![Frame { raster, delay_ms: 0 }];
        Self { frames, repeats: None, icc, copyright: Copyright::default() }
    }

    pub(crate) fn with_copyright(self, copyright: Copyright) -> Self {
        Self { copyright, ..self }
    }

    /// Frames in the order in which they are shown.
    pub fn rasters(&self) -> impl Iterator<Item = &Raster<T>> {
        self.frames.iter().map(|frame| &frame.raster)
    }

    /// Every frame's pixels replaced by what `step` makes of them.
    pub(crate) fn try_map<E>(
        self,
        step: impl Fn(Raster<T>) -> Result<Raster<T>, E>,
    ) -> Result<Self, E> {
        let frames = self
            .frames
            .into_iter()
            .map(|Frame { raster, delay_ms }| Ok(Frame { raster: step(raster)?, delay_ms }))
            .collect::<Result<_, E>>()?;
        Ok(Self { frames, ..self })
    }

    /// [`Picture::try_map`] for steps that cannot fail; they may change the samples.
    pub(crate) fn map<O>(self, step: impl Fn(Raster<T>) -> Raster<O>) -> Picture<O> {
        let frames = self
            .frames
            .into_iter()
            .map(|Frame { raster, delay_ms }| Frame { raster: step(raster), delay_ms })
            .collect();
        Picture { frames, repeats: self.repeats, icc: self.icc, copyright: self.copyright }
    }
}
