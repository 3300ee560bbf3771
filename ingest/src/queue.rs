//! SQS batches of the bucket's notifications, with partial failures: what failed comes again alone.

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, error::Elapsed, timeout_at};

use crate::{ObjectCreated, Steps, notify::NotifyError};

/// Messages of a batch that are handled at a time.
const HANDLED_AT_ONCE: usize = 10;

/// The part of Lambda's SQS event that matters here.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Message>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    /// EventBridge's "Object Created" as JSON.
    body: String,
}

/// Lambda's answer where `ReportBatchItemFailures` is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// Why a message has to come again.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error(transparent)]
    Notify(#[from] NotifyError),
    #[error("the invocation's time was over")]
    Late(#[from] Elapsed),
}

/// Handles a batch until then, and names the messages that have to come again.
pub(crate) async fn handle(batch: Batch, until: Instant, steps: &Steps) -> Failures {
    let handled = stream::iter(batch.records)
        .map(|message| async move {
            let handled = timeout_at(until, handle_message(&message, steps)).await;
            (message.message_id, handled.map_err(Obstacle::from).and_then(|done| Ok(done?)))
        })
        .buffer_unordered(HANDLED_AT_ONCE);
    let failed = handled.filter_map(|(id, result): (_, Result<(), Obstacle>)| async move {
        let error = result.err()?;
        tracing::warn!(message = id, error = &error as &dyn std::error::Error, "comes again");
        Some(Failure { item_identifier: id })
    });
    Failures { batch_item_failures: failed.collect().await }
}

async fn handle_message(message: &Message, steps: &Steps) -> Result<(), NotifyError> {
    match serde_json::from_str::<ObjectCreated>(&message.body) {
        Ok(created) => created.handle(steps).await,
        Err(error) => {
            // It would be as unreadable the next time.
            tracing::error!(message = message.message_id, %error, "no notification of a bucket");
            Ok(())
        }
    }
}
