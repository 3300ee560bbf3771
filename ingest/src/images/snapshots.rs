//! `GET /v1/images/{image}/snapshots`: which datasets hold the caller's image, so that consent can be looked after.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use customer::{DatasetName, Members, ObjectKey};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::{App, auth::Caller, datasets::is_replaced, error::ApiError, extract::Path};

/// Snapshots looked into at a time.
const CONCURRENT: usize = 16;

#[derive(Debug, Serialize)]
struct Holding {
    snapshots: Vec<Held>,
}

#[derive(Debug, Serialize)]
struct Held {
    dataset: DatasetName,
    snapshot: u32,
}

/// Of an image that is deleted, too, until it is erased.
pub(crate) async fn snapshots(
    State(app): State<App>,
    caller: Caller,
    Path(image): Path,
) -> Result<Response, ApiError> {
    let image = super::read(&caller, &image).await?.record.image;
    let feed = app.buckets.feed();
    let files = feed.list_all(&ObjectKey::members_of(&caller.customer.id)).await?;
    let looked = stream::iter(files).map(async |file| {
        if !Members::hold(&feed, &file.key, file.bytes, image).await? {
            return Ok(None);
        }
        let Some(ObjectKey::Members { dataset, number, .. }) = ObjectKey::parse(&file.key) else {
            return Ok(None);
        };
        // The file is put first: a build that died left it, and no snapshot.
        let published =
            ObjectKey::Snapshot { dataset: dataset.clone(), number, file: "snapshot.json" };
        let published = feed.get(&published).await?;
        let snapshot = published.and_then(|file| serde_json::from_slice(&file.bytes).ok());
        let is_there = snapshot.is_some_and(|snapshot| !is_replaced(&snapshot));
        Ok::<_, ApiError>(is_there.then_some(Held { dataset, snapshot: number }))
    });
    let held: Vec<_> = looked.buffered(CONCURRENT).try_collect().await?;
    Ok(Json(Holding { snapshots: held.into_iter().flatten().collect() }).into_response())
}
