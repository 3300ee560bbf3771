#![doc = include_str!("../README.md")]

mod codec;
mod color;
mod decimal;
mod encode;
mod error;
mod exif;
mod format;
mod geometry;
mod limits;
mod orientation;
mod plan;
mod probe;
mod raster;
mod render;
mod steps;
mod transform;

pub use color::{Color, NotAColor};
pub use encode::encode;
pub use error::{OriginalError, RenderError};
pub use format::{Format, UnknownFormat};
pub use geometry::{Focus, Geometry, Gravity, Rect, Region, Size};
pub use limits::Limits;
pub use orientation::{Orientation, Rotation};
pub use plan::{Plan, plan, result_size};
pub use probe::{ColorKind, Probe, check, probe};
pub use raster::{Decoded, Frame, Layout, Picture, Raster, Sample};
pub use render::{ENGINE, Rendition, apply, decode, render};
pub use steps::adjust::Adjustment;
pub use steps::blur::Sigma;
pub use steps::corners::Corners;
pub use steps::mark::{Mark, MarkName};
pub use steps::pad::Padding;
pub use steps::sharpen::Sharpening;
pub use steps::tone::Tone;
pub use steps::trim::Trim;
pub use transform::{Fit, QUALITY_DEFAULT, Transform, TransformError};
