//! Components with fewer samples, brought to the size of the picture: `jdsample.c` of libjpeg-turbo.

use super::frame::Component;
use super::plane::Plane;

/// How rows of a component become rows of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// They are.
    None,
    /// Each sample is repeated.
    Repeat {
        h: usize,
        v: usize,
    },
    /// Between each two samples there are two more, nearer to the one or the other.
    Wide,
    High,
    WideAndHigh,
}

impl Upsampling {
    /// `jinit_upsampler`'s choice.
    pub(super) fn of(component: &Component, eighths: usize) -> Self {
        let (h, v) = (component.expand_h, component.expand_v);
        let is_fancy = eighths > 1;
        let is_wide = component.width > 2;
        match (h, v) {
            (1, 1) => Self::None,
            (2, 1) if is_fancy && is_wide => Self::Wide,
            (1, 2) if is_fancy => Self::High,
            (2, 2) if is_fancy && is_wide => Self::WideAndHigh,
            _ => Self::Repeat { h, v },
        }
    }

    /// Row `y` of the picture; `room` holds it where it is not in the plane.
    pub(super) fn row<'a>(self, plane: &'a Plane, y: usize, room: &'a mut [u8]) -> &'a [u8] {
        let width = plane.width();
        match self {
            Self::None => return plane.row(y),
            Self::Repeat { h, v } => {
                let samples = plane.row(y / v);
                room.chunks_mut(h).zip(samples).for_each(|(room, sample)| room.fill(*sample));
            }
            Self::Wide => widen(&plane.row(y)[..width], room),
            Self::High => {
                let (near, far, bias) = (plane.row(y / 2), plane.row(beyond(y)), 1 + y % 2);
                let bias = bias as u16;
                let rows = near.iter().zip(far);
                room.iter_mut().zip(rows).for_each(|(room, (near, far))| {
                    *room = ((u16::from(*near) * 3 + u16::from(*far) + bias) >> 2) as u8;
                });
            }
            Self::WideAndHigh => {
                widen_both(&plane.row(y / 2)[..width], &plane.row(beyond(y))[..width], room);
            }
        }
        room
    }
}

/// The row of samples that is second nearest to row `y` of the picture: above it for an even one.
fn beyond(y: usize) -> usize {
    if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { y / 2 + 1 }
}

/// `h2v1_fancy_upsample`: halves are rounded down and up in turn.
fn widen(samples: &[u8], room: &mut [u8]) {
    let mix =
        |near: u8, far: u8, bias: u16| ((u16::from(near) * 3 + u16::from(far) + bias) >> 2) as u8;
    for (x, (pair, near)) in room.chunks_mut(2).zip(samples).enumerate() {
        let left = samples[x.saturating_sub(1)];
        let right = samples.get(x + 1).unwrap_or(near);
        let (left, right) = (mix(*near, left, 1), mix(*near, *right, 2));
        pair.iter_mut().zip([left, right]).for_each(|(room, sample)| *room = sample);
    }
}

/// `h2v2_fancy_upsample`
fn widen_both(near: &[u8], far: &[u8], room: &mut [u8]) {
    let sum = |x: usize| u16::from(near[x]) * 3 + u16::from(far[x]);
    for (x, pair) in room.chunks_mut(2).take(near.len()).enumerate() {
        let left = sum(x.saturating_sub(1));
        let right = sum((x + 1).min(near.len() - 1));
        let (left, right) = ((sum(x) * 3 + left + 8) >> 4, (sum(x) * 3 + right + 7) >> 4);
        pair.iter_mut().zip([left, right]).for_each(|(room, sample)| *room = sample as u8);
    }
}
