//! `/v1/datasets`: what data scientists see of the feed. A snapshot crosses customers, so no customer's role is enough.

mod models;
mod requests;

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use customer::{Bucket, DatasetName, Found, ObjectKey, StoreError, Timestamp};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use models::list as list_models;
pub(crate) use requests::{ask, show as show_request};

use crate::{
    App,
    auth::User,
    error::ApiError,
    extract::{Path, Query},
};

/// How long an address of a file may be asked.
const PRESIGNED_FOR: Duration = Duration::from_mins(15);
const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;
/// Objects on their way at a time.
const CONCURRENT: usize = 16;
const SNAPSHOT: &str = "snapshot.json";
const STATISTICS: &str = "stats.json";

#[derive(Debug, Serialize)]
struct Datasets {
    datasets: Vec<Dataset>,
}

#[derive(Debug, Serialize)]
struct Dataset {
    name: DatasetName,
    /// Number of its last snapshot; `null` until there is one.
    latest: Option<u32>,
}

/// `GET /v1/datasets`.
pub(crate) async fn list(State(app): State<App>, _: User) -> Result<Response, ApiError> {
    let feed = app.buckets.feed();
    let names = feed.folders(ObjectKey::DATASETS).await?;
    let names = names.into_iter().filter_map(|name| name.parse::<DatasetName>().ok());
    let datasets = stream::iter(names).map(async |name| {
        let latest = latest(&feed, &name).await?;
        Ok::<_, ApiError>(Dataset { name, latest })
    });
    let datasets = datasets.buffered(CONCURRENT).try_collect().await?;
    Ok(Json(Datasets { datasets }).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListParameters {
    /// Number of the last snapshot of the page before.
    cursor: Option<u32>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Page {
    snapshots: Vec<Value>,
    /// `null` on the last page.
    next_cursor: Option<u32>,
}

/// `GET /v1/datasets/{dataset}/snapshots`: newest first.
pub(crate) async fn list_snapshots(
    State(app): State<App>,
    _: User,
    Path(dataset): Path,
    Query(parameters): Query<ListParameters>,
) -> Result<Response, ApiError> {
    let limit = parameters.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(ApiError::Invalid(format!("limit is 1 to {LIMIT_MAX}")));
    }
    let (feed, dataset) = (app.buckets.feed(), name(&dataset)?);
    let published = published(&feed, &dataset).await?;
    if published.is_empty() && feed.folders(&ObjectKey::dataset(&dataset)).await?.is_empty() {
        return Err(ApiError::SnapshotNotFound);
    }
    let before = parameters.cursor.unwrap_or(u32::MAX);
    let mut earlier = published.into_iter().rev().skip_while(|(number, _)| *number >= before);
    let shown: Vec<_> = earlier.by_ref().take(limit).collect();
    let more = earlier.next().is_some();
    let next_cursor = shown.last().filter(|_| more).map(|(number, _)| *number);
    let read = shown.into_iter().map(|(number, found)| summary(&feed, &dataset, number, found));
    let read: Vec<_> = stream::iter(read).buffered(CONCURRENT).try_collect().await?;
    let snapshots = read.into_iter().flatten().collect();
    Ok(Json(Page { snapshots, next_cursor }).into_response())
}

/// What a list shows of a snapshot, unless another has taken its place.
async fn summary(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    found: Found,
) -> Result<Option<Value>, ApiError> {
    let snapshot = match file(feed, dataset, number, SNAPSHOT).await {
        Err(ApiError::SnapshotReplaced { .. }) => return Ok(None),
        read => read?,
    };
    Ok(Some(serde_json::json!({
        "snapshot": number,
        "published_at": found.modified_at,
        "classes": snapshot["classes"],
        "images": images(&snapshot),
        "left_out": snapshot["left_out"],
        "replaces": snapshot["replaces"],
    })))
}

/// Of each split.
fn images(snapshot: &Value) -> BTreeMap<&str, &Value> {
    let splits = snapshot["splits"].as_object().into_iter().flatten();
    splits.map(|(split, published)| (split.as_str(), &published["images"])).collect()
}

/// A file of a snapshot, and where to get it.
#[derive(Debug, Serialize)]
struct File {
    name: String,
    bytes: u64,
    url: String,
}

/// `GET /v1/datasets/{dataset}/snapshots/{snapshot}`: all of `snapshot.json`, with an address for each shard and file.
pub(crate) async fn show_snapshot(
    State(app): State<App>,
    _: User,
    Path((dataset, number)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let (feed, dataset) = (app.buckets.feed(), name(&dataset)?);
    let number = match number.as_str() {
        "latest" => latest(&feed, &dataset).await?,
        number => number.parse().ok(),
    };
    let number = number.ok_or(ApiError::SnapshotNotFound)?;
    let mut snapshot = file(&feed, &dataset, number, SNAPSHOT).await?;
    let prefix = ObjectKey::snapshot_of(&dataset, number);
    let found = feed.list_all(&prefix).await?;
    let mut files = Vec::with_capacity(found.len());
    for found in &found {
        let url = feed.presign_get(&found.key, PRESIGNED_FOR).await?;
        let name = found.key.strip_prefix(&prefix).unwrap_or(&found.key).to_owned();
        files.push(File { name, bytes: found.bytes, url });
    }
    for split in
        snapshot["splits"].as_object_mut().into_iter().flat_map(|splits| splits.values_mut())
    {
        for shard in split["shards"].as_array_mut().into_iter().flatten() {
            let key = shard["key"].as_str().unwrap_or_default();
            shard["url"] = feed.presign_get(key, PRESIGNED_FOR).await?.into();
        }
    }
    let published_at = found.iter().find(|found| found.key.ends_with(SNAPSHOT));
    snapshot["snapshot"] = number.into();
    snapshot["published_at"] = serde_json::json!(published_at.map(|found| found.modified_at));
    snapshot["expires_at"] = serde_json::json!(Timestamp::now().plus(time::Duration::minutes(15)));
    snapshot["statistics"] = file(&feed, &dataset, number, STATISTICS).await?;
    snapshot["files"] = serde_json::json!(files);
    Ok(Json(snapshot).into_response())
}

/// Snapshots of a dataset that are complete, by number.
async fn published(
    feed: &Bucket,
    dataset: &DatasetName,
) -> Result<BTreeMap<u32, Found>, StoreError> {
    let prefix = ObjectKey::snapshots_of(dataset);
    let found = feed.list_all(&prefix).await?.into_iter();
    let numbered = found.filter_map(|found| {
        let (number, file) = found.key.strip_prefix(&prefix)?.split_once('/')?;
        (file == SNAPSHOT).then_some((number.parse().ok()?, found))
    });
    Ok(numbered.collect())
}

/// The number in `LATEST`, or the highest one where it cannot be read: it is put after the snapshot.
async fn latest(feed: &Bucket, dataset: &DatasetName) -> Result<Option<u32>, ApiError> {
    let object = feed.get(&ObjectKey::Latest(dataset.clone())).await?;
    let latest = object.and_then(|object| serde_json::from_slice::<Value>(&object.bytes).ok());
    if let Some(number) = latest.and_then(|latest| latest["snapshot"].as_u64()?.try_into().ok()) {
        return Ok(Some(number));
    }
    for number in published(feed, dataset).await?.into_keys().rev() {
        match file(feed, dataset, number, SNAPSHOT).await {
            Err(ApiError::SnapshotReplaced { .. }) => {}
            read => return read.map(|_| Some(number)),
        }
    }
    Ok(None)
}

async fn file(
    feed: &Bucket,
    dataset: &DatasetName,
    number: u32,
    file: &'static str,
) -> Result<Value, ApiError> {
    let key = ObjectKey::Snapshot { dataset: dataset.clone(), number, file };
    let object = feed.get(&key).await?.ok_or(ApiError::SnapshotNotFound)?;
    let file: Value = serde_json::from_slice(&object.bytes).map_err(ApiError::Unreadable)?;
    if is_replaced(&file) {
        let by = file["replaced_by"].as_u64();
        return Err(ApiError::SnapshotReplaced { by });
    }
    Ok(file)
}

/// Whether a `snapshot.json` says that images of the snapshot were erased, and that it is no more.
pub(crate) fn is_replaced(snapshot: &Value) -> bool {
    snapshot.get("erased_at").is_some()
}

/// What is no name is the name of nothing.
fn name(dataset: &str) -> Result<DatasetName, ApiError> {
    dataset.parse().map_err(|_| ApiError::SnapshotNotFound)
}
