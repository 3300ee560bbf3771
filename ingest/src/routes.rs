//! The route table of the API.

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use serde_json::json;

use crate::{
    App, datasets, error::ApiError, images, openapi, predictions, problem, session, uploads,
};

/// A request body of JSON. Images have their own, larger bound.
pub(crate) const JSON_BYTES_MAX: usize = 64 * 1024;

/// The API, the same in Lambda, on one machine and in tests.
pub fn router(app: App) -> Router {
    let images = Router::new()
        .route("/v1/images", post(images::upload).get(images::list))
        .layer(DefaultBodyLimit::max(images::BODY_BYTES_MAX));
    Router::new()
        .route("/healthz", get(healthz))
        .route("/openapi.json", get(openapi::show))
        .route("/v1/session", post(session::sign_in).delete(session::sign_out))
        .route("/v1/session/challenge", post(session::challenge))
        .route("/v1/session/refresh", post(session::refresh))
        .route("/v1/uploads", post(uploads::create))
        .route("/v1/uploads/sign", post(uploads::sign))
        .route("/v1/uploads/{upload}", get(uploads::show))
        .route("/v1/images:batchDelete", post(images::delete_many))
        .route("/v1/images/{image}", get(images::show).patch(images::patch).delete(images::delete))
        .route("/v1/images/{image}/signed-urls", post(images::sign_url))
        .route("/v1/images/{image}/predictions", post(predictions::predict))
        .route("/v1/images/{image}/snapshots", get(images::snapshots))
        .route("/v1/datasets", get(datasets::list))
        .route(
            "/v1/datasets/{dataset}/snapshots",
            post(datasets::ask).get(datasets::list_snapshots),
        )
        .route("/v1/datasets/{dataset}/snapshots/{snapshot}", get(datasets::show_snapshot))
        .route("/v1/datasets/{dataset}/models", get(datasets::list_models))
        .route("/v1/datasets/{dataset}/requests/{request}", get(datasets::show_request))
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .merge(images)
        .fallback(async || ApiError::NoRoute)
        .method_not_allowed_fallback(async || ApiError::NoMethod)
        .with_state(app)
        .layer(middleware::from_fn(problem::finish))
}

async fn healthz() -> Json<serde_json::Value> {
    Json(json!({"status": "ok"}))
}
