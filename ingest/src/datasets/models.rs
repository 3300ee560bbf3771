//! What was trained on a dataset, and how good it is: a snapshot's worth, as far as a number tells it.

use std::{cmp::Reverse, collections::BTreeMap};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use customer::{ObjectKey, ResourceName, Timestamp, TrainedModel};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::{CONCURRENT, name, published};
use crate::{App, auth::User, error::ApiError, extract::Path};

#[derive(Debug, Serialize)]
struct Models {
    models: Vec<ModelView>,
}

#[derive(Debug, Serialize)]
struct ModelView {
    name: ResourceName,
    /// Number of the snapshot that it was trained on.
    snapshot: u32,
    trained_at: Timestamp,
    /// By split, the share of its images that the model is right about.
    accuracy: BTreeMap<String, f64>,
}

/// `GET /v1/datasets/{dataset}/models`: the last one first.
pub(crate) async fn list(
    State(app): State<App>,
    _: User,
    Path(dataset): Path,
) -> Result<Response, ApiError> {
    let (feed, dataset) = (app.buckets.feed(), name(&dataset)?);
    if published(&feed, &dataset).await?.is_empty() {
        return Err(ApiError::SnapshotNotFound);
    }
    let named = feed.folders(ObjectKey::MODELS).await?.into_iter();
    let named = named.filter_map(|folder| folder.parse::<ResourceName>().ok());
    let read = stream::iter(named).map(|model| TrainedModel::get(&feed, model));
    let read: Vec<_> = read.buffered(CONCURRENT).try_collect().await?;
    let of_dataset = |model: &TrainedModel| model.snapshot.dataset == dataset;
    let mut models: Vec<_> =
        read.into_iter().flatten().filter(of_dataset).map(ModelView::from).collect();
    models.sort_by_key(|model| Reverse(model.trained_at));
    Ok(Json(Models { models }).into_response())
}

impl From<TrainedModel> for ModelView {
    fn from(model: TrainedModel) -> Self {
        Self {
            name: model.model,
            snapshot: model.snapshot.number,
            trained_at: model.trained_at,
            accuracy: model.accuracy,
        }
    }
}
