//! The size of a request.

use resizer::{Limits, Size, Transform, result_size};

use super::{DECIMALS, IiifError};
use crate::dialect::numbers::{fixed, whole};

/// A percentage of 100, with its decimals.
const HUNDRED: u64 = 1_000_000;

/// How large the region is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizing {
    way: Way,
    enlarge: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Max,
    Width(u32),
    Height(u32),
    /// In ten-thousandths of a percent.
    Percent(u32),
    Exact(Size),
    Within(Size),
}

impl Sizing {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (enlarge, text) = text.strip_prefix('^').map_or((false, text), |text| (true, text));
        let edge = |text| whole(text, 1..=u32::MAX);
        let size = |width, height| Some(Size { width: edge(width)?, height: edge(height)? });
        let way = match (text.strip_prefix("pct:"), text.split_once(',')) {
            _ if text == "max" => Way::Max,
            (Some(percent), _) => Way::Percent(fixed(percent, DECIMALS, 1..=u32::MAX)?),
            (None, Some((width, ""))) => Way::Width(edge(width)?),
            (None, Some(("", height))) => Way::Height(edge(height)?),
            (None, Some((width, height))) => match width.strip_prefix('!') {
                Some(width) => Way::Within(size(width, height)?),
                None => Way::Exact(size(width, height)?),
            },
            (None, None) => return None,
        };
        Some(Self { way, enlarge })
    }

    /// The size in pixels of a region of `area`. One that is named may be beyond what `limits` allow, which refuse it
    /// when it is rendered; one that is not is within them.
    pub(super) fn of(self, area: Size, limits: &Limits) -> Result<Size, IiifError> {
        let Size { width, height } = area;
        let boxed =
            |width, height| Transform { width, height, enlarge: true, ..Transform::default() };
        let size = match self.way {
            Way::Max => most(area, limits),
            Way::Width(edge) => result_size(area, &boxed(Some(edge), None)),
            Way::Height(edge) => result_size(area, &boxed(None, Some(edge))),
            Way::Percent(part) => {
                Size { width: percent(width, part), height: percent(height, part) }
            }
            Way::Exact(size) => size,
            Way::Within(frame) => result_size(area, &boxed(Some(frame.width), Some(frame.height))),
        };
        if !self.enlarge && (size.width > width || size.height > height) {
            return Err(IiifError::Enlarged { width, height });
        }
        Ok(match self.way {
            Way::Within(_) => most(size, limits),
            _ => size,
        })
    }
}

/// The largest size of this aspect, no larger than it is and within what may be rendered.
pub(super) fn most(area: Size, limits: &Limits) -> Size {
    let edge = Some(limits.result_edge_max_px);
    let held = result_size(area, &Transform { width: edge, height: edge, ..Transform::default() });
    if held.pixels() <= limits.result_pixels_max {
        return held;
    }
    // width * height <= pixels, and width / height as before.
    let product = u128::from(limits.result_pixels_max) * u128::from(held.width);
    let width = u32::try_from((product / u128::from(held.height.max(1))).isqrt());
    let width = width.unwrap_or(held.width).max(1);
    let height = u64::from(width) * u64::from(held.height) / u64::from(held.width.max(1));
    Size { width, height: u32::try_from(height).unwrap_or(held.height).max(1) }
}

/// So many ten-thousandths of a percent of a length, rounded half up and at least 1.
fn percent(length: u32, part: u32) -> u32 {
    let scaled = (u64::from(length) * u64::from(part) + HUNDRED / 2) / HUNDRED;
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}
