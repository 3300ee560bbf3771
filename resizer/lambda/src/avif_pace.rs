//! How fast AVIF is encoded here, by what was encoded before.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Before any was encoded, in nanoseconds a pixel: a slow core.
const SLOW_CORE: u64 = 400;
/// Smaller pictures cost what beginning costs, and say nothing of larger ones.
const COUNTED_PIXELS_MIN: u64 = 1 << 16;
/// A pause of the machine slows one picture down a thousand times, and means nothing for the next.
const FACTOR_MAX: u64 = 2;
/// Whoever refuses everything sees nothing any more: after this time one is tried again.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

static PACE: Mutex<Pace> = Mutex::new(Pace { seen: None });

/// How long an AVIF of so many pixels may take.
pub(crate) fn avif_takes(pixels: u64) -> Duration {
    let pace = PACE.lock().unwrap_or_else(PoisonError::into_inner);
    Duration::from_nanos(pace.at(Instant::now()).saturating_mul(pixels))
}

/// An AVIF of so many pixels took so long.
pub(crate) fn avif_took(pixels: u64, spent: Duration) {
    PACE.lock().unwrap_or_else(PoisonError::into_inner).saw(pixels, spent, Instant::now());
}

/// Nanoseconds a pixel, and when that was seen.
#[derive(Debug)]
struct Pace {
    seen: Option<(u64, Instant)>,
}

impl Pace {
    fn at(&self, now: Instant) -> u64 {
        let seen = self.seen.filter(|(_, at)| now.duration_since(*at) < REMEMBERED_FOR);
        seen.map_or(SLOW_CORE, |(pace, _)| pace)
    }

    /// What is slower counts at once, what is faster by and by.
    fn saw(&mut self, pixels: u64, spent: Duration, now: Instant) {
        if pixels < COUNTED_PIXELS_MIN {
            return;
        }
        let before = self.at(now);
        let took = u64::try_from(spent.as_nanos()).unwrap_or(u64::MAX) / pixels;
        let took = took.min(before * FACTOR_MAX);
        self.seen = Some((took.max((before * 7 + took) / 8), now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGAPIXEL: u64 = 1_000_000;
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_pace_is_what_was_seen() {
        let (mut pace, now) = (Pace { seen: None }, Instant::now());
        assert_eq!(pace.at(now), 400);
        pace.saw(MEGAPIXEL, SECOND / 2, now);
        assert_eq!(pace.at(now), 500);
        for _ in 0..100 {
            pace.saw(MEGAPIXEL, SECOND / 10, now);
        }
        assert!((100..120).contains(&pace.at(now)), "{pace:?}");
    }

    #[test]
    fn a_pause_or_a_tiny_picture_does_not_end_avif() {
        let (mut pace, now) = (Pace { seen: None }, Instant::now());
        pace.saw(256, SECOND, now);
        assert_eq!(pace.at(now), 400);
        pace.saw(100_000, 3_600 * SECOND, now);
        assert_eq!(pace.at(now), 800);
    }

    #[test]
    fn what_was_seen_long_ago_is_forgotten() {
        let (mut pace, now) = (Pace { seen: None }, Instant::now());
        pace.saw(MEGAPIXEL, SECOND, now);
        assert_eq!(pace.at(now + 59 * SECOND), 800);
        assert_eq!(pace.at(now + 60 * SECOND), 400);
    }
}
