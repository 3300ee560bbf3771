//! Cutting off even borders, before anything else is done with the image.

use std::fmt;

use crate::raster::{Layout, Picture, Raster, Sample};
use crate::stages::Decoded;
use crate::{Color, Orientation, Rect, Size, decimal};

/// What counts as border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Trim {
    /// By how much, of 255, each channel of a border's pixel may differ.
    pub tolerance: u8,
    /// From which colour; none is that of the upper left pixel. Of a CMYK image always that.
    pub color: Option<Color>,
}

impl Trim {
    /// The value of a transform's text: `10`, or with a colour `10_ff0000`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (tolerance, color) = match text.split_once('_') {
            None => (text, None),
            Some((tolerance, color)) => (tolerance, Some(color.parse().ok()?)),
        };
        let tolerance = u8::try_from(decimal::parse(tolerance, 0)?).ok()?;
        Some(Self { tolerance, color })
    }
}

impl fmt::Display for Trim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.tolerance)?;
        self.color.map_or(Ok(()), |color| write!(f, "_{color}"))
    }
}

/// What is left of the upright image: the smallest part with everything that is no border in any frame.
/// An image that is all border stays whole. None for planes, which no decoder returns where a plan trims.
pub(super) fn kept(decoded: &Decoded, trim: Trim, orientation: Orientation) -> Option<Rect> {
    let (stored, size) = match decoded {
        Decoded::Eight(picture) => within(picture, trim, orientation),
        Decoded::Sixteen(picture) => within(picture, trim, orientation),
        Decoded::Planar(_) => return None,
    };
    Some(orientation.inverse().unturn_rect(stored, size))
}

fn within<T: Sample>(picture: &Picture<T>, trim: Trim, orientation: Orientation) -> (Rect, Size) {
    let size = picture.frames[0].raster.size;
    let corner = Rect { x: 0, y: 0, width: 1, height: 1 };
    let corner = orientation.unturn_rect(corner, orientation.turn_size(size));
    let found = picture.rasters().fold(None, |found: Option<Bounds>, raster| {
        let border = Border::new(raster, trim, corner);
        match (found, border.bounds(raster)) {
            (Some(a), Some(b)) => Some(a.and(b)),
            (a, b) => a.or(b),
        }
    });
    (found.map_or(Rect::whole(size), Bounds::rect), size)
}

/// First and last column and row, both within.
#[derive(Clone, Copy)]
struct Bounds {
    x: (usize, usize),
    y: (usize, usize),
}

impl Bounds {
    fn and(self, other: Self) -> Self {
        let wider = |a: (usize, usize), b: (usize, usize)| (a.0.min(b.0), a.1.max(b.1));
        Self { x: wider(self.x, other.x), y: wider(self.y, other.y) }
    }

    fn rect(self) -> Rect {
        let short = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (x, y) = (short(self.x.0), short(self.y.0));
        Rect { x, y, width: short(self.x.1) + 1 - x, height: short(self.y.1) + 1 - y }
    }
}

/// A border's pixel, and how much another may differ from it, in samples between 0 and 1.
struct Border {
    pixel: [f32; 4],
    tolerance: f32,
}

impl Border {
    fn new<T: Sample>(raster: &Raster<T>, trim: Trim, corner: Rect) -> Self {
        let at = corner.y as usize * raster.stride() + corner.x as usize * raster.layout.channels();
        let mut pixel = [1.0; 4];
        for (to, from) in pixel.iter_mut().zip(&raster.pixels[at..][..raster.layout.channels()]) {
            *to = from.unit();
        }
        if let Some(Color { rgb: [r, g, b] }) = trim.color.filter(|_| raster.layout != Layout::Cmyk)
        {
            pixel = [r.unit(), g.unit(), b.unit(), 1.0];
        }
        Self { pixel, tolerance: (f32::from(trim.tolerance) + 0.5) / 255.0 }
    }

    fn bounds<T: Sample>(&self, raster: &Raster<T>) -> Option<Bounds> {
        let channels = raster.layout.channels();
        let is_inside = |pixel: &[T]| !self.is_like(pixel, raster.layout);
        let mut found: Option<Bounds> = None;
        for (y, row) in raster.pixels.chunks_exact(raster.stride()).enumerate() {
            let Some(first) = row.chunks_exact(channels).position(is_inside) else { continue };
            let last = row.chunks_exact(channels).rposition(is_inside).unwrap_or(first);
            let row = Bounds { x: (first, last), y: (y, y) };
            found = Some(found.map_or(row, |found| found.and(row)));
        }
        found
    }

    fn is_like<T: Sample>(&self, pixel: &[T], layout: Layout) -> bool {
        let near = |at: usize| (pixel[at].unit() - self.pixel[at]).abs() <= self.tolerance;
        match layout {
            Layout::Gray => near(0),
            Layout::Rgb => near(0) && near(1) && near(2),
            // Where neither is seen the colours are of no account.
            Layout::Rgba if self.pixel[3] == 0.0 => near(3),
            Layout::Rgba | Layout::Cmyk => near(0) && near(1) && near(2) && near(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter a pixel, its code the brightness; rows separated by slashes.
    fn picture(text: &str) -> Picture {
        let rows: Vec<&str> = text.split('/').collect();
        let size = Size {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
        };
        Picture::still(
            Raster { size, layout: Layout::Gray, pixels: rows.concat().into_bytes() },
            None,
        )
    }

    fn trimmed(picture: Picture, tolerance: u8, exif: u16) -> (u32, u32, u32, u32) {
        let orientation = Orientation::from_exif(exif).unwrap();
        let trim = Trim { tolerance, color: None };
        let kept = kept(&Decoded::Eight(picture), trim, orientation);
        let Rect { x, y, width, height } = kept.unwrap();
        (x, y, width, height)
    }

    #[test]
    fn borders_are_found_on_all_sides() {
        let image = "aaaaa/aaxaa/axaya/aaaaa/aaaaa";
        assert_eq!(trimmed(picture(image), 0, 1), (1, 1, 3, 2));
        assert_eq!(trimmed(picture("abcab/abcab"), 2, 1), (0, 0, 5, 2), "all border stays whole");
        assert_eq!(trimmed(picture("abcda/abcda"), 2, 1), (3, 0, 1, 2), "d is 3 from a");
    }

    #[test]
    fn the_upright_image_is_trimmed() {
        // EXIF 6: the stored lower left corner is the upper left one.
        assert_eq!(trimmed(picture("xaa/aaa/aax/aaa"), 0, 6), (1, 0, 3, 3));
        assert_eq!(trimmed(picture("xaa/aaa/aaa/baa"), 0, 6), (0, 0, 4, 3), "b is the corner");
    }

    #[test]
    fn no_frame_loses_anything() {
        let mut both = picture("aaaa/axaa");
        both.frames.extend(picture("aaaa/aaxa").frames);
        assert_eq!(trimmed(both, 0, 1), (1, 1, 2, 1));
    }

    #[test]
    fn what_is_not_seen_is_border_whatever_its_color() {
        let size = Size { width: 3, height: 1 };
        let pixels = vec![0, 0, 0, 0, 255, 255, 255, 0, 9, 9, 9, 255];
        let raster = Raster { size, layout: Layout::Rgba, pixels };
        assert_eq!(trimmed(Picture::still(raster, None), 10, 1), (2, 0, 1, 1));
    }
}
