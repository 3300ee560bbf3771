//! Step: move pixels to where they are wanted.

use crate::Orientation;
use crate::raster::{Picture, Raster};

pub(super) fn orient(picture: Picture, orientation: Orientation) -> Picture {
    picture.map(|raster| turned(raster, orientation))
}

pub(super) fn turned(raster: Raster, orientation: Orientation) -> Raster {
    match raster.layout.channels() {
        _ if orientation == Orientation::UPRIGHT => raster,
        1 => moved::<1>(&raster, orientation),
        3 => moved::<3>(&raster, orientation),
        _ => moved::<4>(&raster, orientation),
    }
}

/// Generic over the bytes of a pixel, so that copying one is a move of known size.
fn moved<const N: usize>(raster: &Raster, orientation: Orientation) -> Raster {
    let size = orientation.turn_size(raster.size);
    let (width, height) = (size.width as usize, size.height as usize);
    let (source, _) = raster.pixels.as_chunks::<N>();
    let stored_width = raster.size.width as usize;
    let mut pixels = Vec::with_capacity(raster.pixels.len());
    for y in 0..height {
        let y = if orientation.mirror_y { height - 1 - y } else { y };
        for x in 0..width {
            let x = if orientation.mirror_x { width - 1 - x } else { x };
            let at =
                if orientation.transpose { x * stored_width + y } else { y * stored_width + x };
            pixels.extend_from_slice(&source[at]);
        }
    }
    Raster { size, layout: raster.layout, pixels }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::Size;
    use crate::raster::Layout;

    /// Rows separated by slashes, one letter a pixel.
    fn turn(stored: &str, exif: u16) -> String {
        let rows: Vec<&str> = stored.split('/').collect();
        let size = Size {
            width: u32::try_from(rows[0].len()).unwrap(),
            height: u32::try_from(rows.len()).unwrap(),
        };
        let raster = Raster { size, layout: Layout::Gray, pixels: rows.concat().into_bytes() };
        let upright = orient(Picture::still(raster, None), Orientation::from_exif(exif).unwrap());
        let raster = &upright.frames[0].raster;
        let rows = raster
            .pixels
            .chunks(raster.stride())
            .map(|row| String::from_utf8(row.to_vec()).unwrap());
        rows.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn all_eight_come_out_upright() {
        // The same "abc/def" as each of EXIF's orientations stores it (EXIF 2.32, 4.6.4 A).
        let stored = [
            "abc/def", "cba/fed", "fed/cba", "def/abc", "ad/be/cf", "cf/be/ad", "fc/eb/da",
            "da/eb/fc",
        ];
        for (exif, stored) in (1..).zip(stored) {
            assert_eq!(turn(stored, exif), "abc/def", "EXIF {exif}");
        }
    }
}
