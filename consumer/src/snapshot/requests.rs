//! Builds what was asked for through the API.

use std::time::Duration;

use customer::{
    DatasetName, ObjectKey, SnapshotRequest, SnapshotRequestError, SnapshotState, StoreError,
};
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::{Snapshot, SnapshotError, Snapshots};

/// How long a build waits for images that the feed has not come to.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why what was asked for could not be looked at. It stays wanted.
#[derive(Debug, thiserror::Error)]
pub enum RequestsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Request(#[from] SnapshotRequestError),
    #[error("a snapshot is not built yet")]
    Snapshot(#[source] SnapshotError),
}

/// Builds every snapshot that is wanted, one after another, and says how many requests have come to their end. Where one
/// could not be looked at, the others are all the same. May be killed, and may run twice at a time: what is wanted stays so
/// until it is there.
pub fn build_requested(snapshots: &Snapshots) -> BoxFuture<'_, Result<usize, RequestsError>> {
    Box::pin(async move {
        let feed = snapshots.buckets.feed();
        let (mut ended, mut failed) = (0, None);
        for found in feed.list_all(ObjectKey::WANTED).await? {
            let Some(ObjectKey::Wanted { dataset, asked_ms }) = ObjectKey::parse(&found.key) else {
                continue;
            };
            match take_up(snapshots, dataset, asked_ms).await {
                Ok(has_ended) => ended += usize::from(has_ended),
                Err(error) => {
                    let cause = &error as &dyn std::error::Error;
                    tracing::warn!(key = found.key, error = cause, "a request stays wanted");
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(ended), Err)
    })
}

/// Whether the request is there, and has come to its end.
async fn take_up(
    snapshots: &Snapshots,
    dataset: DatasetName,
    asked_ms: i64,
) -> Result<bool, RequestsError> {
    let feed = snapshots.buckets.feed();
    let Some(request) = SnapshotRequest::read(&feed, dataset.clone(), asked_ms).await? else {
        feed.delete(&ObjectKey::Wanted { dataset, asked_ms }).await?;
        return Ok(false);
    };
    let state = match build(snapshots, dataset, &request).await {
        Ok(state) => state,
        Err(error) if error.may_pass() => return Err(RequestsError::Snapshot(error)),
        Err(error) => {
            let cause = &error as &dyn std::error::Error;
            tracing::error!(
                asked_ms,
                error = cause,
                "a snapshot that was asked for cannot be built"
            );
            SnapshotState::Failed { reason: error.to_string() }
        }
    };
    request.tell(&feed, state).await?;
    Ok(true)
}

async fn build(
    snapshots: &Snapshots,
    dataset: DatasetName,
    request: &SnapshotRequest,
) -> Result<SnapshotState, SnapshotError> {
    if request.has_ended() {
        return Ok(request.state.clone());
    }
    let feed = snapshots.buckets.feed();
    let plan = snapshots.plan(dataset, request.recipe.clone(), PATIENCE).await?;
    let images = plan.images();
    let (progress, mut seen) = watch::channel(0);
    seen.mark_changed();
    let telling = async {
        while seen.changed().await.is_ok() {
            let built = *seen.borrow_and_update();
            let told = request.tell(&feed, SnapshotState::Building { images, built }).await;
            // Whoever looks sees the next one.
            if let Err(error) = told {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "nobody sees the progress"
                );
            }
        }
    };
    let built = move |more| progress.send_modify(|built| *built += more);
    let (snapshot, ()) = tokio::join!(snapshots.build(plan, built), telling);
    let Snapshot { number, images, .. } = snapshot?;
    Ok(SnapshotState::Published { snapshot: number, images })
}
