//! S3 on one machine: the store of `darkroom up`, over files in the data folder.
//!
//! Guarantees: what was answered with success is on disk and survives `kill -9` and power loss; a reader sees an object
//! as it was before a write or after, never between; of many writers with the same condition exactly one wins; keys are
//! opaque, never paths; an unsigned request gets nothing, and a session only what its policies allow. Not here:
//! versions, tags, encryption, lifecycle, ACLs and bucket policies, which answer `NotImplemented`.
//!
//! A request goes: `Server::call` → s3s (signature, routing) → `access` → `operations` → the operation's file →
//! `store` → `bucket`.

mod access;
mod body;
mod bucket;
mod buckets;
mod checksum;
mod client;
mod complete;
mod condition;
mod copy;
mod created;
mod delete;
mod get;
mod list;
mod listing;
mod multipart;
mod multipart_listing;
mod object;
mod operations;
mod put;
mod receive;
mod requests;
mod signed;
mod store;
mod temp;
mod upload;
mod versions;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::HttpBody;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Error, StdError};
use tokio::sync::mpsc::UnboundedSender;
use tower::ServiceExt;

use crate::sts::{Identities, Principal, Roles, Sessions, Sts, in_sts_form, is_query};
use access::{Access, Auth};
use operations::Operations;
use store::Store;

pub(crate) use client::answered_by;
pub use created::{ObjectCreated, Reason};
pub use requests::Requests;

/// What the server is made of.
pub struct Config {
    /// Its folder, which no other process may use at the same time.
    pub folder: PathBuf,
    /// What GetBucketLocation says; requests may be signed for any region.
    pub region: String,
    /// Who has permanent credentials.
    pub principals: Vec<Principal>,
    /// Seals session tokens; kept for as long as sessions shall outlive a restart.
    pub sealing_key: [u8; 32],
    /// Which roles may be assumed.
    pub roles: Roles,
    /// Hears of every object that was stored.
    pub created: UnboundedSender<ObjectCreated>,
}

/// S3 and STS, for requests signed for either service.
#[derive(Debug, Clone)]
pub struct Server {
    service: S3Service,
    requests: Arc<Requests>,
}

impl Server {
    /// Opens the folder, sweeps what an earlier process did not finish, and reads the index.
    pub fn open(config: Config) -> io::Result<Self> {
        let sessions = Sessions::new(&config.sealing_key).map_err(io::Error::other)?;
        let identities = Arc::new(Identities::new(config.principals, sessions, config.roles));
        let requests = Arc::new(Requests::default());
        let store = Arc::new(Store::open(config.folder, config.region, config.created)?);
        let mut builder = S3ServiceBuilder::new(Operations(store));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits()))));
        builder.set_auth(Auth(Arc::clone(&identities)));
        builder.set_access(Access {
            identities: Arc::clone(&identities),
            requests: Arc::clone(&requests),
        });
        builder.set_route(Sts { identities, requests: Arc::clone(&requests) });
        Ok(Self { service: builder.build(), requests })
    }

    /// Answers one request; path-style, over HTTP/1.1 or 2.
    pub async fn call<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        if is_form_upload(&request) {
            // s3s would read a whole unsigned form into memory before it asks who sent it.
            return refuse(StatusCode::NOT_IMPLEMENTED);
        }
        let for_sts = is_query(request.method(), request.uri(), request.headers());
        match self.service.clone().oneshot(request).await {
            Ok(response) if for_sts && !response.status().is_success() => {
                in_sts_form(response).await
            }
            Ok(response) => response,
            Err(error) => {
                let error: StdError = error.into();
                tracing::error!(error, "the request could not be answered");
                refuse(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// How often each operation was asked for.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }
}

/// An answer of 500. The log has why, whoever asked has not.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> S3Error {
    let cause: &(dyn std::error::Error + 'static) = &error;
    tracing::error!(cause, "S3 cannot do what was asked for");
    S3Error::internal_error(error)
}

fn limits() -> S3Config {
    let mut limits = S3Config::default();
    // The largest XML that S3 takes: 10,000 parts or 1,000 keys.
    limits.xml_max_body_size = 4 << 20;
    limits
}

fn is_form_upload<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| {
        value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data")
    })
}

fn refuse(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("folder", &self.folder)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
