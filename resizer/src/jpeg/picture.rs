//! The picture from the planes of its components.

use super::color::Color;
use super::frame::Frame;
use super::plane::Plane;
use super::upsample::Upsampling;
use super::{Channels, Picture};

/// Joins the planes row by row.
pub(super) fn join(frame: &Frame, planes: &[Plane], color: Color, eighths: usize) -> Picture {
    let channels = color.channels();
    let samples = match channels {
        Channels::Gray => 1,
        Channels::Rgb => 3,
        Channels::Cmyk => 4,
    };
    let mut picture = Picture {
        width: frame.width as u32,
        height: frame.height as u32,
        channels,
        samples: vec![0; frame.width * frame.height * samples],
    };
    let ways: Vec<Upsampling> =
        frame.components.iter().map(|component| Upsampling::of(component, eighths)).collect();
    let mut rooms = vec![vec![0; frame.width]; planes.len()];
    let rows = picture.samples.chunks_exact_mut(frame.width * samples);
    for (y, pixels) in rows.enumerate() {
        let parts = ways.iter().zip(planes).zip(&mut rooms);
        let parts: Vec<&[u8]> = parts.map(|((way, plane), room)| way.row(plane, y, room)).collect();
        color.convert(&parts, pixels);
    }
    picture
}
