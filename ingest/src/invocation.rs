//! What sets the announce function off: a batch of the queue, or the schedule.

use customer::{RegistryError, Timestamp};
use serde::Deserialize;
use time::Duration;

use crate::{
    Steps,
    queue::{self, Failures},
    sweep, sweep_leftovers,
};

/// How long a notification may be on its way before the sweep does its work.
const NOTIFIED_WITHIN: Duration = Duration::minutes(1);
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

/// Does what the event asks for. The answer means something to SQS alone.
pub async fn handle(event: Event, steps: &Steps) -> Result<Failures, RegistryError> {
    let ago = |duration: Duration| Timestamp::now().plus(-duration);
    let swept = match event {
        Event::Queue(batch) => return Ok(queue::handle(batch, steps).await),
        Event::Schedule { sweep: Scheduled::Due } => sweep(steps, ago(NOTIFIED_WITHIN)).await?,
        Event::Schedule { sweep: Scheduled::Leftovers } => {
            sweep_leftovers(steps, ago(AT_WORK_WITHIN)).await?
        }
    };
    tracing::info!(?swept, "swept");
    Ok(Failures::default())
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
