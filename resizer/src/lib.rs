#![doc = include_str!("../README.md")]

mod codec;
mod color;
mod encode;
mod error;
mod exif;
mod flatten;
mod format;
mod geometry;
mod jpeg;
mod limits;
mod orient;
mod orientation;
mod pad;
mod plan;
mod probe;
mod raster;
mod render;
mod resize;
mod transform;

pub use color::{Color, NotAColor};
pub use encode::encode;
pub use error::{OriginalError, RenderError};
pub use format::{Format, UnknownFormat};
pub use geometry::{Geometry, Gravity, Rect, Size};
pub use limits::Limits;
pub use orientation::{Orientation, Rotation};
pub use plan::{Plan, plan};
pub use probe::{ColorKind, Probe, check, probe};
pub use raster::{Decoded, Frame, Layout, Picture, Raster, Sample};
pub use render::{ENGINE, Rendition, apply, decode, render};
pub use transform::{Fit, QUALITY_DEFAULT, Transform, TransformError};
