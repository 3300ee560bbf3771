//! What sets the announce function off: a batch of the queue, or the schedule.

use std::time::SystemTime;

use customer::{RegistryError, Timestamp};
use futures::future::BoxFuture;
use serde::Deserialize;
use time::Duration;
use tokio::time::{Instant, timeout_at};

use crate::{
    Steps,
    queue::{self, Failures},
    sweep, sweep_leftovers,
};

/// How long a notification may be on its way before the sweep does its work.
const NOTIFIED_WITHIN: Duration = Duration::minutes(1);
/// What is left of an invocation for waiting until Kafka has what was sent, and for the answer.
const MARGIN: std::time::Duration = std::time::Duration::from_secs(7);
/// How long an upload or a render may need what nothing leads to yet.
const AT_WORK_WITHIN: Duration = Duration::hours(1);

/// A batch of SQS, or what the schedule sends: `{"sweep":"due"}` or `{"sweep":"leftovers"}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    Schedule { sweep: Scheduled },
    Queue(queue::Batch),
}

/// Which sweep it is time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheduled {
    /// Often: every few minutes.
    Due,
    /// Seldom: once a day.
    Leftovers,
}

/// Does what the event asks for, as far as there is time until `deadline`. What was not done comes again: from the queue
/// by itself, of a sweep with the next. The answer means something to SQS alone.
pub fn handle(
    event: Event,
    deadline: SystemTime,
    steps: &Steps,
) -> BoxFuture<'_, Result<Failures, RegistryError>> {
    Box::pin(async move {
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        let until = Instant::now() + left.saturating_sub(MARGIN);
        let ago = |duration: Duration| Timestamp::now().plus(-duration);
        let sweep = async |asked: Scheduled| match asked {
            Scheduled::Due => sweep(steps, ago(NOTIFIED_WITHIN)).await,
            Scheduled::Leftovers => sweep_leftovers(steps, ago(AT_WORK_WITHIN)).await,
        };
        let asked = match event {
            Event::Queue(batch) => return Ok(queue::handle(batch, until, steps).await),
            Event::Schedule { sweep } => sweep,
        };
        if let Ok(swept) = timeout_at(until, sweep(asked)).await {
            tracing::info!(swept = ?swept?, "swept");
        } else {
            tracing::warn!(?asked, "the sweep did not come to its end; the next goes on");
        }
        Ok(Failures::default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_and_the_queue_are_told_apart() {
        let read = |json: &str| serde_json::from_str::<Event>(json);
        assert!(matches!(
            read(r#"{"sweep":"leftovers"}"#).unwrap(),
            Event::Schedule { sweep: Scheduled::Leftovers }
        ));
        let batch = r#"{"Records":[{"messageId":"1","body":"{}","eventSource":"aws:sqs"}]}"#;
        assert!(matches!(read(batch).unwrap(), Event::Queue(_)));
        assert!(read(r#"{"sweep":"everything"}"#).is_err());
    }
}
