//! Refusals, sorted by who can mend them: whoever sent the original, whoever asked, or we.

use crate::{Format, Region, TransformError};

/// What a codec or library said; kept as the source of a refusal.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// The original cannot be taken; another file would be.
#[derive(Debug, thiserror::Error)]
pub enum OriginalError {
    /// Nothing was sent.
    #[error("the file is empty; send a JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP image")]
    Empty,
    /// The first bytes belong to no format known here.
    #[error(
        "the file is not an image of a known format; send JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP"
    )]
    NotAnImage,
    /// HEIC, as iPhones store photographs.
    #[error(
        "HEIC is not taken; send JPEG (an iPhone converts by itself when the page accepts image/jpeg)"
    )]
    Heic,
    /// A drawing, not pixels.
    #[error("SVG is not taken, only pixel images are; send it drawn as PNG")]
    Svg,
    /// A document, not an image.
    #[error("PDF is not taken; send its pages as PNG or JPEG")]
    Pdf,
    /// More bytes than [`Limits::source_bytes_max`](crate::Limits::source_bytes_max).
    #[error("the file has {bytes} bytes; at most {source_bytes_max} (source_bytes_max) are taken")]
    TooManyBytes {
        /// Bytes sent.
        bytes: u64,
        /// The bound.
        source_bytes_max: u64,
    },
    /// More pixels than [`Limits::source_pixels_max`](crate::Limits::source_pixels_max).
    #[error(
        "the image is {width} x {height}, {pixels} pixels; at most {source_pixels_max} (source_pixels_max) are taken"
    )]
    TooManyPixels {
        /// Width as stored.
        width: u32,
        /// Height as stored.
        height: u32,
        /// Their product.
        pixels: u64,
        /// The bound.
        source_pixels_max: u64,
    },
    /// More frames than [`Limits::source_frames_max`](crate::Limits::source_frames_max).
    #[error(
        "the animation has {frames} frames; at most {source_frames_max} (source_frames_max) are taken"
    )]
    TooManyFrames {
        /// Frames counted.
        frames: u32,
        /// The bound.
        source_frames_max: u32,
    },
    /// More pixels in all frames together than [`Limits::source_frames_pixels_max`](crate::Limits::source_frames_pixels_max).
    #[error(
        "the animation has {frames} frames and {pixels} pixels in all; \
         at most {source_frames_pixels_max} (source_frames_pixels_max) are taken"
    )]
    TooManyFramesPixels {
        /// Frames counted.
        frames: u32,
        /// Frames times canvas.
        pixels: u64,
        /// The bound.
        source_frames_pixels_max: u64,
    },
    /// The file ends before the image does.
    #[error("the {format} file ends too early; send it again, whole")]
    Truncated {
        /// The format that its first bytes announce.
        format: Format,
    },
    /// The format allows it, this program does not read it.
    #[error(
        "the {format} file uses {feature}, which is not read; send it saved in the ordinary way"
    )]
    UnsupportedFeature {
        /// The file's format.
        format: Format,
        /// What it uses, in the format's words.
        feature: &'static str,
    },
    /// The file breaks its format's rules.
    #[error("the {format} file is damaged")]
    Malformed {
        /// The format that its first bytes announce.
        format: Format,
        /// What the decoder found.
        #[source]
        source: Source,
    },
}

impl OriginalError {
    pub(crate) fn malformed(format: Format, source: impl Into<Source>) -> Self {
        OriginalError::Malformed { format, source: source.into() }
    }
}

/// No rendition came out.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Fault of the original.
    #[error(transparent)]
    Original(#[from] OriginalError),
    /// Fault of whoever asked: the transform contradicts itself.
    #[error(transparent)]
    Transform(#[from] TransformError),
    /// Fault of whoever asked: longer than [`Limits::result_edge_max_px`](crate::Limits::result_edge_max_px).
    #[error(
        "the result would be {width} x {height}; an edge has at most {result_edge_max_px} px (result_edge_max_px)"
    )]
    ResultEdgeTooLong {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
        /// The bound.
        result_edge_max_px: u32,
    },
    /// Fault of whoever asked: larger than [`Limits::result_pixels_max`](crate::Limits::result_pixels_max).
    #[error(
        "the result would be {width} x {height}, {pixels} pixels; \
         at most {result_pixels_max} (result_pixels_max) are made"
    )]
    ResultTooManyPixels {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
        /// Their product.
        pixels: u64,
        /// The bound.
        result_pixels_max: u64,
    },
    /// Fault of whoever asked: too large to be encoded several times, as a byte budget may need.
    #[error(
        "the result would be {width} x {height}, {pixels} pixels; with a byte budget at most {budget_pixels_max} \
         (an eighth of result_pixels_max) are made: ask for a smaller result, or for a quality"
    )]
    BudgetTooManyPixels {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
        /// Their product, times the frames.
        pixels: u64,
        /// The bound.
        budget_pixels_max: u64,
    },
    /// Fault of whoever asked: nothing of the image is in the region.
    #[error(
        "the region {region} lies outside the image, which is {width} x {height}; ask for a part of that"
    )]
    RegionOutside {
        /// As asked.
        region: Region,
        /// Of the upright image, trimmed.
        width: u32,
        /// Of the upright image, trimmed.
        height: u32,
    },
    /// Fault of whoever asked: the watermark is an image that cannot be laid over this one.
    #[error("the watermark cannot be used: {source}")]
    Mark {
        /// Why it cannot be rendered.
        source: Box<RenderError>,
    },
    /// Our fault: the transform has a watermark and nobody handed its file over.
    #[error("the watermark's file is not at hand")]
    MarkMissing,
    /// Our fault: the plan and the decoded pixels disagree.
    #[error("the image could not be resized")]
    Resize(#[source] Source),
    /// Our fault: an encoder refused pixels that it should take.
    #[error("the {format} encoder failed")]
    Encode {
        /// The format asked for.
        format: Format,
        /// What the encoder said.
        #[source]
        source: Source,
    },
}

impl RenderError {
    pub(crate) fn encode(format: Format, source: impl Into<Source>) -> Self {
        RenderError::Encode { format, source: source.into() }
    }
}
