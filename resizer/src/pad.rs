//! Step: lay the image on a larger canvas, as `fit=contain` asks.

use crate::raster::{Layout, Picture, Raster};
use crate::{Plan, Size};

pub(crate) fn pad(picture: Picture, plan: &Plan) -> Picture {
    let Size { width, height } = plan.geometry.canvas;
    picture.map(|raster| {
        if raster.size == plan.geometry.canvas {
            return raster;
        }
        // Around the image lies nothing; the next step puts the background there.
        let image = raster.into_rgba();
        let mut canvas = Raster::blank(Size { width, height }, Layout::Rgba);
        let (x, y) = (plan.geometry.offset.0 as usize, plan.geometry.offset.1 as usize);
        let (stride, x) = (canvas.stride(), x * Layout::Rgba.channels());
        let rows = canvas.pixels.chunks_exact_mut(stride).skip(y);
        for (row, line) in rows.zip(image.pixels.chunks_exact(image.stride())) {
            row[x..x + line.len()].copy_from_slice(line);
        }
        canvas
    })
}
