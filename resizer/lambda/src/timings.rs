//! Where a request's time went, for `Server-Timing` (W3C).

use std::{
    fmt,
    time::{Duration, Instant},
};

/// Steps with their durations, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timings(Vec<(&'static str, Duration)>);

impl Timings {
    /// Awaits `future` and notes how long it took.
    pub(crate) async fn wait<F: Future>(&mut self, step: &'static str, future: F) -> F::Output {
        let begun = Instant::now();
        let output = future.await;
        self.0.push((step, begun.elapsed()));
        output
    }

    /// Runs `work` and notes how long it took.
    pub(crate) fn run<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let output = work();
        self.0.push((step, begun.elapsed()));
        output
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }
}

/// The header's value: milliseconds to the tenth.
impl fmt::Display for Timings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (step, spent)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{step};dur={:.1}", spent.as_secs_f64() * 1000.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_print_in_order_as_milliseconds() {
        let spent = Timings(vec![
            ("record", Duration::from_micros(3_240)),
            ("decode", Duration::from_millis(120)),
        ]);
        assert_eq!(spent.to_string(), "record;dur=3.2, decode;dur=120.0");
    }
}
