//! `/openapi.json`: what the API and delivery take and answer, for programs.
//!
//! Tests hold the document to the routes and to the codes of errors, `make contract` to what a
//! running machine answers.

use axum::{http::header, response::IntoResponse};

/// OpenAPI 3.1, written by hand.
const DOCUMENT: &str = include_str!("../openapi.json");

/// `GET /openapi.json`.
pub(crate) async fn show() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, DOCUMENT)
}

#[cfg(test)]
mod tests;
