//! Snapshots that are asked for. Building one takes longer than a request may: a builder hears of it from the bucket.

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use customer::{
    DatasetName, DatasetNameError, Recipe, SnapshotRequest, SnapshotState, Timestamp, audit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::name;
use crate::{
    App,
    auth::User,
    error::ApiError,
    extract::{Object, Path},
    images::parse_or_default,
};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Of the form of the TOML that `darkroom snapshot` takes; without it everything that may be trained on.
    recipe: Option<Object<Map<String, Value>>>,
}

impl Asked {
    fn recipe(self) -> Result<Recipe, ApiError> {
        let Object(parts) = self.recipe.unwrap_or_default();
        // By itself serde takes an array for a part that is an object.
        if let Some((name, _)) =
            parts.iter().find(|(name, part)| part.is_array() && *name != "classes")
        {
            return Err(ApiError::Invalid(format!("recipe.{name} is an object")));
        }
        let recipe = serde_json::from_value::<Recipe>(parts.into()).map_err(|error| {
            ApiError::Invalid(format!("the recipe is not as expected: {error}"))
        })?;
        recipe.checked().map_err(|error| ApiError::Invalid(error.to_string()))
    }
}

#[derive(Debug, Serialize)]
struct RequestView {
    /// Its name within the dataset.
    request: String,
    #[serde(flatten)]
    asked: SnapshotRequest,
}

/// `POST /v1/datasets/{dataset}/snapshots`.
pub(crate) async fn ask(
    State(app): State<App>,
    user: User,
    Path(dataset): Path,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let dataset: DatasetName =
        dataset.parse().map_err(|error: DatasetNameError| ApiError::Invalid(error.to_string()))?;
    let recipe = parse_or_default::<Asked>(&body?)?.recipe()?;
    let asked = SnapshotRequest {
        dataset,
        asked_at: Timestamp::now(),
        asked_by: user.claims.subject.clone(),
        recipe,
        state: SnapshotState::Waiting,
    };
    let asked = asked.ask(&app.buckets.feed()).await?;
    audit::done(&user.claims.subject, "snapshot", asked.dataset.as_str());
    let view = RequestView::new(asked);
    let location = format!("/v1/datasets/{}/requests/{}", view.asked.dataset, view.request);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// `GET /v1/datasets/{dataset}/requests/{request}`.
pub(crate) async fn show(
    State(app): State<App>,
    _: User,
    Path((dataset, request)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let asked_ms = request.parse().map_err(|_| ApiError::RequestNotFound)?;
    let dataset = name(&dataset).map_err(|_| ApiError::RequestNotFound)?;
    let asked = SnapshotRequest::read(&app.buckets.feed(), dataset, asked_ms).await?;
    Ok(Json(RequestView::new(asked.ok_or(ApiError::RequestNotFound)?)).into_response())
}

impl RequestView {
    fn new(asked: SnapshotRequest) -> Self {
        Self { request: asked.asked_at.ms().to_string(), asked }
    }
}
