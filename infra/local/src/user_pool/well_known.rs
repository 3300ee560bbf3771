//! The two documents by which services find the pool's public key.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::Pool;

/// Answers `/{pool_id}/.well-known/jwks.json` and `/{pool_id}/.well-known/openid-configuration`.
pub(super) fn get(pool: &Pool, path: &str) -> Response<Bytes> {
    let of_pool = path.strip_prefix('/').and_then(|path| path.strip_prefix(&pool.settings.pool_id));
    match of_pool {
        Some("/.well-known/jwks.json") => document(&json!(pool.key.jwks())),
        Some("/.well-known/openid-configuration") => document(&discovery(&pool.settings.issuer)),
        _ => {
            let mut response = document(&json!({"message": "no such user pool or document"}));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
            response
        }
    }
}

/// OpenID Connect Discovery 1.0, without the endpoints of a hosted sign-in page, which there is none of.
fn discovery(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    })
}

fn document(content: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(content.to_string()));
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("cache-control", HeaderValue::from_static("public, max-age=3600"));
    response
}
