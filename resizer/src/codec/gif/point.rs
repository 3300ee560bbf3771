//! Colours as points: the further apart, the more different they look.

/// What JPEG takes for brightness and colour (ITU-R BT.601), brightness stretched, which the eye resolves better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point(pub(super) [f32; 3]);

const BRIGHTNESS: f32 = 1.75;

impl Point {
    pub(super) const NONE: Self = Self([0.0; 3]);

    /// Of red, green and blue from 0 to 255.
    pub(super) fn of([r, g, b]: [f32; 3]) -> Self {
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        Self([y * BRIGHTNESS, (b - y) * 0.564, (r - y) * 0.713])
    }

    pub(super) fn brightness(self) -> f32 {
        self.0[0]
    }

    /// The square of how far it is.
    pub(super) fn distance(self, other: Self) -> f32 {
        let [x, y, z] = self.minus(other).0;
        x * x + y * y + z * z
    }

    /// Moved by `share` of `other`.
    pub(super) fn plus(self, other: Self, share: f32) -> Self {
        let ([x, y, z], [dx, dy, dz]) = (self.0, other.0);
        Self([x + dx * share, y + dy * share, z + dz * share])
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(other, -1.0)
    }
}
