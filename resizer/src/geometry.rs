//! Sizes and places, in whole numbers: how large the image is scaled, what is cut, where it lies.
//!
//! Rounds half up, as sharp does, and never to zero. Only the resize itself knows fractions of pixels.

use crate::steps::pad::Padding;
use crate::{Fit, Transform};

mod gravity;
mod region;

pub use gravity::{Focus, Gravity};
pub use region::Region;

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// Width times height.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn min(self, other: Size) -> Size {
        Size { width: self.width.min(other.width), height: self.height.min(other.height) }
    }

    fn is_within(self, other: Size) -> bool {
        self.min(other) == self
    }
}

/// A part of an image, in whole pixels from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Columns left of it.
    pub x: u32,
    /// Rows above it.
    pub y: u32,
    /// Columns of it.
    pub width: u32,
    /// Rows of it.
    pub height: u32,
}

impl Rect {
    /// All of an image of that size.
    pub(crate) fn whole(size: Size) -> Self {
        Self { x: 0, y: 0, width: size.width, height: size.height }
    }

    /// Its size without its place.
    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

/// How an upright image becomes the result: scaled, cut, laid on a canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Size to which the whole image is scaled.
    pub scaled: Size,
    /// The part of the scaled image that is kept.
    pub crop: Rect,
    /// Size of the result; larger than `crop` only for [`Fit::Contain`] and padding.
    pub canvas: Size,
    /// Where the crop's top left corner lies on the canvas, from the left and from the top.
    pub offset: (u32, u32),
}

impl Geometry {
    /// The geometry of `transform` for an image that is `source` large once it lies as asked.
    pub fn new(source: Size, transform: &Transform) -> Self {
        Self::fitted(source, transform).padded(transform.padding)
    }

    fn fitted(source: Size, transform: &Transform) -> Self {
        match (transform.width, transform.height) {
            (None, None) => Self::whole(source),
            (Some(width), None) => {
                let width = if transform.enlarge { width } else { width.min(source.width) };
                Self::whole(Size { width, height: scale(source.height, width, source.width) })
            }
            (None, Some(height)) => {
                let height = if transform.enlarge { height } else { height.min(source.height) };
                Self::whole(Size { width: scale(source.width, height, source.height), height })
            }
            (Some(width), Some(height)) => Self::boxed(source, Size { width, height }, transform),
        }
    }

    fn boxed(source: Size, frame: Size, transform: &Transform) -> Self {
        let held = |size: Size| {
            if transform.enlarge || size.is_within(source) { size } else { source }
        };
        match transform.fit {
            Fit::Inside => Self::whole(held(inside(source, frame))),
            Fit::Outside => Self::whole(held(outside(source, frame))),
            Fit::Fill if transform.enlarge => Self::whole(frame),
            Fit::Fill => Self::whole(frame.min(source)),
            Fit::Cover => {
                let fits = transform.enlarge || frame.is_within(source);
                let frame = if fits { frame } else { inside(frame, source) };
                Self::cut(source, frame, transform)
            }
            Fit::Contain => {
                let scaled = held(inside(source, frame));
                let offset = transform.gravity.embed(scaled, frame);
                Self { canvas: frame, offset, ..Self::whole(scaled) }
            }
        }
    }

    /// All of the image, on a canvas of its own size.
    fn whole(scaled: Size) -> Self {
        Self { scaled, crop: Rect::whole(scaled), canvas: scaled, offset: (0, 0) }
    }

    fn cut(source: Size, frame: Size, transform: &Transform) -> Self {
        let scaled = zoomed(outside(source, frame), source, transform);
        let (x, y) = transform.gravity.crop(scaled, frame);
        let crop = Rect { x, y, width: frame.width, height: frame.height };
        Self { scaled, crop, canvas: frame, offset: (0, 0) }
    }

    fn padded(self, Padding { top, right, bottom, left }: Padding) -> Self {
        let canvas = Size {
            width: self.canvas.width.saturating_add(left).saturating_add(right),
            height: self.canvas.height.saturating_add(top).saturating_add(bottom),
        };
        let (x, y) = self.offset;
        Self { canvas, offset: (x.saturating_add(left), y.saturating_add(top)), ..self }
    }
}

/// `scaled` as much larger as the focal point is drawn nearer, no larger than `source` unless it may enlarge.
fn zoomed(scaled: Size, source: Size, transform: &Transform) -> Size {
    let Gravity::Focal(focus) = transform.gravity else { return scaled };
    let zoomed = Size {
        width: scale(scaled.width, focus.zoom(), Focus::ONE),
        height: scale(scaled.height, focus.zoom(), Focus::ONE),
    };
    if transform.enlarge || zoomed.is_within(source) {
        return zoomed;
    }
    Size { width: source.width.max(scaled.width), height: source.height.max(scaled.height) }
}

/// The largest size with the aspect of `source` within `frame`.
fn inside(source: Size, frame: Size) -> Size {
    if wider(source, frame) { by_width(source, frame) } else { by_height(source, frame) }.min(frame)
}

/// The smallest size with the aspect of `source` around `frame`.
fn outside(source: Size, frame: Size) -> Size {
    if wider(source, frame) { by_height(source, frame) } else { by_width(source, frame) }
}

/// Whether `a` is wider for its height than `b`.
fn wider(a: Size, b: Size) -> bool {
    u64::from(a.width) * u64::from(b.height) >= u64::from(b.width) * u64::from(a.height)
}

fn by_width(source: Size, frame: Size) -> Size {
    Size { width: frame.width, height: scale(source.height, frame.width, source.width) }
}

fn by_height(source: Size, frame: Size) -> Size {
    Size { width: scale(source.width, frame.height, source.height), height: frame.height }
}

/// `length` x `to` / `from`, rounded half up, at least 1. What exceeds 32 bits stays at their end,
/// where [`Limits`](crate::Limits) refuse it.
fn scale(length: u32, to: u32, from: u32) -> u32 {
    let from = u64::from(from.max(1));
    let scaled = (u64::from(length) * u64::from(to) + from / 2) / from;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
