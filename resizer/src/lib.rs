#![doc = include_str!("../README.md")]

mod budget;
mod camera;
mod codec;
mod color;
mod copyright;
mod decimal;
mod encode;
mod error;
mod exif;
mod format;
mod geometry;
mod jpeg;
mod limits;
mod memory;
mod orientation;
mod plan;
mod planar;
mod probe;
mod raster;
mod render;
mod sketch;
mod stages;
mod steps;
mod transform;

pub use camera::{Camera, camera};
pub use color::{Color, NotAColor};
pub use encode::encode;
pub use error::{OriginalError, RenderError};
pub use format::{Format, UnknownFormat};
pub use geometry::{Focus, Geometry, Gravity, Rect, Region, Size};
pub use limits::Limits;
pub use memory::keep_memory;
pub use orientation::{Orientation, Rotation};
pub use plan::{Plan, plan, result_size};
pub use planar::{Halved, Planar};
pub use probe::{ColorKind, Probe, check, probe};
pub use raster::{Frame, Layout, Picture, Raster, Sample};
pub use render::{ENGINE, Rendition, apply, decode, pixels, render};
pub use sketch::{Sketch, sketch};
pub use stages::{Decoded, HalvedFormat, Ready};
pub use steps::adjust::Adjustment;
pub use steps::blur::Sigma;
pub use steps::corners::Corners;
pub use steps::mark::{Mark, MarkName};
pub use steps::pad::Padding;
pub use steps::sharpen::Sharpening;
pub use steps::tone::Tone;
pub use steps::trim::Trim;
pub use transform::{Fit, Metadata, QUALITY_DEFAULT, Transform, TransformError};

/// Our JPEG decoder beside libjpeg-turbo; with [`compare_jpeg_part`] the doors for tests/fuzz.
#[cfg(fuzzing)]
pub fn compare_jpeg(file: &[u8], eighths: u8) {
    jpeg::comparison::compare(file, eighths);
}

/// A part of a JPEG beside the whole.
#[cfg(fuzzing)]
pub fn compare_jpeg_part(file: &[u8], eighths: u8) {
    jpeg::comparison::compare_part(file, eighths);
}
