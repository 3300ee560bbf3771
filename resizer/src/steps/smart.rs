//! Which part a cut keeps: the one that draws the eye.
//!
//! After `smartcrop.js` (Jonas Wagner): detail, skin and strong colours count. The sums are whole numbers over
//! a small picture, so the same image always gives the same cut.

use crate::raster::{Layout, Raster};
use crate::{Rect, Size};

/// Longer edge of the picture that is looked at.
const LOOKED_AT_PX: u32 = 96;

/// Size in which an image of that size is looked at.
pub(super) fn looked_at(size: Size) -> Size {
    let longer = size.width.max(size.height).max(1);
    let scaled = |edge: u32| {
        let edge = u64::from(edge) * u64::from(LOOKED_AT_PX.min(longer)) / u64::from(longer);
        u32::try_from(edge).unwrap_or(LOOKED_AT_PX).max(1)
    };
    Size { width: scaled(size.width), height: scaled(size.height) }
}

/// The part as large as `crop` of an image of size `scaled` of which `image` is a small picture.
pub(super) fn kept(image: &Raster, scaled: Size, crop: Rect) -> Rect {
    let scores = scores(image);
    let (columns, rows) = sums(&scores, image.size.width as usize);
    let x = best(&columns, scaled.width, crop.width);
    let y = best(&rows, scaled.height, crop.height);
    Rect { x, y, ..crop }
}

/// What the pixels of each column and of each row count together.
fn sums(scores: &[u64], width: usize) -> (Vec<u64>, Vec<u64>) {
    let mut columns = vec![0; width];
    let rows = scores.chunks_exact(width).map(|row| {
        columns.iter_mut().zip(row).for_each(|(column, score)| *column += score);
        row.iter().sum()
    });
    let rows = rows.collect();
    (columns, rows)
}

/// Where `kept` of `length` pixels begin so that they hold most of what `counts`; of equals the one nearest
/// to the middle.
fn best(counts: &[u64], length: u32, kept: u32) -> u32 {
    let (cells, free) = (counts.len() as u64, u64::from(length - kept));
    let window = u64::from(kept) * cells / u64::from(length.max(1));
    let last = cells - window.clamp(1, cells);
    let held = |start: u64| -> u64 {
        let cells = start..start + window.max(1);
        cells.filter_map(|cell| counts.get(usize::try_from(cell).ok()?)).sum()
    };
    let middling = |start: u64| (2 * start).abs_diff(last);
    let best = (0..=last).max_by_key(|start| (held(*start), std::cmp::Reverse(middling(*start))));
    let start = match best {
        Some(start) if last > 0 && 2 * start != last => (start * free + last / 2) / last,
        _ => free.div_ceil(2),
    };
    u32::try_from(start).unwrap_or(0)
}

/// What skin (0 to 51) and detail count against saturation. smartcrop.js has 90 and 2, with which a wooden
/// table, the colour of skin, outweighs the cup on it.
const SKIN: i32 = 30;
const DETAIL: i32 = 4;

/// How much each pixel counts.
fn scores(image: &Raster) -> Vec<u64> {
    let (width, height) = (image.size.width as usize, image.size.height as usize);
    let pixels: Vec<[i32; 4]> = colors(image);
    let luma: Vec<i32> =
        pixels.iter().map(|[r, g, b, _]| (299 * r + 587 * g + 114 * b) / 1000).collect();
    let score = |at: usize| {
        let (column, row) = (at % width, at / width);
        let neighbours = [
            luma[at - usize::from(column > 0)],
            luma[at + usize::from(column + 1 < width)],
            luma[if row > 0 { at - width } else { at }],
            luma[if row + 1 < height { at + width } else { at }],
        ];
        let detail = (4 * luma[at] - neighbours.iter().sum::<i32>()).abs();
        let [r, g, b, opacity] = pixels[at];
        let weight = DETAIL * detail + SKIN * skin(r, g, b, luma[at]) + saturation(r, g, b);
        u64::from((weight * opacity).unsigned_abs())
    };
    (0..luma.len()).map(score).collect()
}

/// Red, green, blue and opacity of each pixel, 0 to 255.
fn colors(image: &Raster) -> Vec<[i32; 4]> {
    let pixels = image.pixels.chunks_exact(image.layout.channels());
    let color = |pixel: &[u8]| match (image.layout, pixel) {
        (Layout::Rgba, [r, g, b, a]) => [*r, *g, *b, *a],
        (_, [r, g, b, ..]) => [*r, *g, *b, 255],
        (_, [grey, ..]) => [*grey, *grey, *grey, 255],
        (_, []) => [0; 4],
    };
    pixels.map(|pixel| color(pixel).map(i32::from)).collect()
}

/// How near a colour is to skin, 0 to 51, whatever its brightness: by the angle between them, of any
/// complexion; very dark and very bright ones do not count.
fn skin(r: i32, g: i32, b: i32, luma: i32) -> i32 {
    // The direction of (0.78, 0.57, 0.44), of length 255.
    const SKIN: [i32; 3] = [187, 137, 106];
    if !(51..=242).contains(&luma) {
        return 0;
    }
    let length = (r * r + g * g + b * b).isqrt().max(1);
    let away: i32 =
        [r, g, b].iter().zip(SKIN).map(|(c, skin)| (c * 255 / length - skin).pow(2)).sum();
    (51 - away.isqrt()).max(0)
}

/// Above a middling saturation how strong a colour is, 0 to 153.
fn saturation(r: i32, g: i32, b: i32) -> i32 {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let light = most + least;
    if !(26..=459).contains(&light) {
        return 0;
    }
    let saturation = 255 * (most - least) / if light > 255 { 510 - light } else { light };
    (saturation - 102).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: [u8; 3] = [128; 3];

    fn image(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Raster {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let pixels = pixels.flat_map(|(x, y)| color(x, y)).collect();
        Raster { size: Size { width, height }, layout: Layout::Rgb, pixels }
    }

    fn cut(image: &Raster, scaled: (u32, u32), width: u32, height: u32) -> (u32, u32) {
        let scaled = Size { width: scaled.0, height: scaled.1 };
        let kept = kept(image, scaled, Rect { x: 0, y: 0, width, height });
        (kept.x, kept.y)
    }

    #[test]
    fn detail_and_skin_are_kept() {
        let checks = image(96, 32, |x, y| {
            if (70..90).contains(&x) && (x + y).is_multiple_of(2) { [255; 3] } else { GREY }
        });
        let (x, _) = cut(&checks, (960, 320), 320, 320);
        assert!((580..=640).contains(&x), "{x}");
        let face = image(32, 96, |_, y| if y < 20 { [224, 172, 140] } else { GREY });
        let (_, y) = cut(&face, (320, 960), 320, 320);
        assert_eq!(y, 0);
    }

    #[test]
    fn where_nothing_draws_the_eye_it_is_the_middle() {
        let even = image(96, 32, |_, _| GREY);
        assert_eq!(cut(&even, (960, 320), 320, 320), (320, 0));
        assert_eq!(cut(&even, (960, 320), 960, 320), (0, 0));
    }

    #[test]
    fn any_size_can_be_looked_at() {
        let looked = |width, height| looked_at(Size { width, height });
        assert_eq!(looked(8000, 4000), Size { width: 96, height: 48 });
        assert_eq!(looked(10, 20), Size { width: 10, height: 20 });
        assert_eq!(looked(50_000_000, 1), Size { width: 96, height: 1 });
    }
}
