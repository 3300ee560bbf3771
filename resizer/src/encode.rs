//! Last stage: pixels into a file.

use crate::stages::Ready;
use crate::{Plan, RenderError, Rendition, Size, codec};

/// Third stage: the rendition, of the original's metadata with its copyright alone, within its byte budget.
/// A still format takes the first frame.
pub fn encode(ready: Ready, plan: &Plan) -> Result<Rendition, RenderError> {
    // Not the plan's, which knows nothing of what was trimmed.
    let Size { width, height } = ready.size();
    let bytes = codec::encode(ready, plan)?;
    Ok(Rendition { bytes, format: plan.format, width, height })
}
