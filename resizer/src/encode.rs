//! Last stage: pixels into a file.

use crate::raster::Picture;
use crate::{Plan, RenderError, Rendition, Size, codec};

/// Third stage: the rendition, of the original's metadata with its copyright alone, within its byte budget.
/// A still format takes the first frame.
pub fn encode(picture: Picture, plan: &Plan) -> Result<Rendition, RenderError> {
    // Not the plan's, which knows nothing of what was trimmed.
    let Size { width, height } = picture.frames[0].raster.size;
    let bytes = codec::encode(picture, plan)?;
    Ok(Rendition { bytes, format: plan.format, width, height })
}
