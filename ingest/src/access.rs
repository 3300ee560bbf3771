//! Who may call what: the one table. A route that is not in it is refused to everybody.

use axum::http::Method;
use customer::Role;

/// What a caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// No token: signing in, and asking whether the service lives and what it offers.
    Nothing,
    /// A user in this role, or in one that includes it.
    Role(Role),
}

/// Method, path as routed, and what the caller needs.
pub const ACCESS: [(Method, &str, Needs); 24] = [
    (Method::GET, "/healthz", Needs::Nothing),
    (Method::GET, "/openapi.json", Needs::Nothing),
    (Method::POST, "/v1/session", Needs::Nothing),
    (Method::DELETE, "/v1/session", Needs::Nothing),
    (Method::POST, "/v1/session/challenge", Needs::Nothing),
    (Method::POST, "/v1/session/refresh", Needs::Nothing),
    (Method::GET, "/v1/images", Needs::Role(Role::Viewer)),
    (Method::POST, "/v1/images", Needs::Role(Role::Uploader)),
    (Method::POST, "/v1/images:batchDelete", Needs::Role(Role::Uploader)),
    (Method::GET, "/v1/images/{image}", Needs::Role(Role::Viewer)),
    (Method::PATCH, "/v1/images/{image}", Needs::Role(Role::Uploader)),
    (Method::DELETE, "/v1/images/{image}", Needs::Role(Role::Uploader)),
    (Method::POST, "/v1/images/{image}/signed-urls", Needs::Role(Role::Viewer)),
    (Method::POST, "/v1/images/{image}/predictions", Needs::Role(Role::Viewer)),
    (Method::GET, "/v1/images/{image}/snapshots", Needs::Role(Role::Viewer)),
    (Method::GET, "/v1/datasets", Needs::Role(Role::DataScientist)),
    (Method::GET, "/v1/datasets/{dataset}/snapshots", Needs::Role(Role::DataScientist)),
    (Method::POST, "/v1/datasets/{dataset}/snapshots", Needs::Role(Role::DataScientist)),
    (Method::GET, "/v1/datasets/{dataset}/snapshots/{snapshot}", Needs::Role(Role::DataScientist)),
    (Method::GET, "/v1/datasets/{dataset}/models", Needs::Role(Role::DataScientist)),
    (Method::GET, "/v1/datasets/{dataset}/requests/{request}", Needs::Role(Role::DataScientist)),
    (Method::POST, "/v1/uploads", Needs::Role(Role::Uploader)),
    (Method::POST, "/v1/uploads/sign", Needs::Role(Role::Uploader)),
    (Method::GET, "/v1/uploads/{upload}", Needs::Role(Role::Viewer)),
];

/// What the route needs; `None` for one that is not in the table.
pub(crate) fn needs(method: &Method, path: &str) -> Option<Needs> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let row = ACCESS.iter().find(|(own, route, _)| own == method && *route == path);
    row.map(|(_, _, needs)| *needs)
}
