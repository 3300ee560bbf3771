//! CloudFront's API for one machine: invalidations, which the edge obeys before they are answered.
//!
//! Callers use `aws-sdk-cloudfront` and see CloudFront's own answers and errors (API version
//! 2020-05-31). There is one distribution. An invalidation is `Completed` from the start; on AWS it
//! takes seconds.

mod error;
mod invalidation;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use time::OffsetDateTime;

use crate::{
    edge::{Edge, Forgotten},
    sigv4::{self, AccessKey},
};
use error::Error;
use invalidation::{Batch, Invalidation};

const SIGNING_NAME: &str = "cloudfront";
const VERSION: &str = "/2020-05-31/distribution/";
/// CloudFront remembers more; here they answer retries and `GetInvalidation`.
const REMEMBERED_MAX: usize = 1_000;

/// The API before the one distribution.
#[derive(Debug)]
pub(crate) struct CloudFront {
    /// Who may call.
    pub callers: Vec<AccessKey>,
    pub distribution: &'static str,
    pub edge: Arc<Edge>,
    pub invalidations: Invalidations,
}

/// The invalidations so far, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Invalidations(Mutex<VecDeque<Invalidation>>);

impl CloudFront {
    /// Answers `CreateInvalidation` and `GetInvalidation`.
    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, body) = request.into_parts();
        self.answer(&parts, &body).await.unwrap_or_else(|error| {
            let source = &error as &dyn std::error::Error;
            tracing::warn!(path = parts.uri.path(), error = source, "call of CloudFront refused");
            error.into_response()
        })
    }

    async fn answer(&self, request: &Parts, body: &[u8]) -> Result<Response<Bytes>, Error> {
        let secret = |scope: &sigv4::Scope| {
            self.callers.iter().find_map(|key| key.secret_for(scope, SIGNING_NAME))
        };
        sigv4::verify(request, &sigv4::sha256_hex(body), secret, OffsetDateTime::now_utc())?;
        let path = request.uri.path();
        let unknown = || Error::NoOperation { method: request.method.clone(), path: path.into() };
        let (distribution, rest) =
            path.strip_prefix(VERSION).and_then(|rest| rest.split_once('/')).ok_or_else(unknown)?;
        if distribution != self.distribution {
            return Err(Error::NoSuchDistribution);
        }
        match (&request.method, rest.trim_end_matches('/').split_once('/')) {
            (&Method::POST, None) if rest.starts_with("invalidation") => {
                self.invalidate(body).await
            }
            (&Method::GET, Some(("invalidation", id))) => {
                let found = self.invalidations.find(|known| known.id == id);
                Ok(found.ok_or(Error::NoSuchInvalidation)?.into_response(StatusCode::OK))
            }
            _ => Err(unknown()),
        }
    }

    /// A repeated caller's reference is a retry, answered with what the first try made.
    async fn invalidate(&self, body: &[u8]) -> Result<Response<Bytes>, Error> {
        let batch = Batch::read(body)?;
        let reference = &batch.caller_reference;
        let known = self.invalidations.find(|known| known.batch.caller_reference == *reference);
        let invalidation = match known {
            Some(known) if known.batch == batch => known,
            Some(_) => return Err(Error::BatchMismatch),
            None => self.carry_out(batch).await?,
        };
        let location = format!("{VERSION}{}/invalidation/{}", self.distribution, invalidation.id);
        let mut response = invalidation.into_response(StatusCode::CREATED);
        let location = HeaderValue::try_from(location);
        response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
        Ok(response)
    }

    async fn carry_out(&self, batch: Batch) -> Result<Invalidation, Error> {
        let read = |item: &String| {
            Forgotten::parse(item).ok_or_else(|| Error::BadPath { item: item.clone() })
        };
        let forgotten: Vec<_> = batch.paths.iter().map(read).collect::<Result<_, _>>()?;
        for forgotten in forgotten {
            self.edge.purge(forgotten).await;
        }
        let invalidation = Invalidation::new(batch);
        self.invalidations.remember(invalidation.clone());
        Ok(invalidation)
    }
}

impl Invalidations {
    fn find(&self, is_it: impl Fn(&Invalidation) -> bool) -> Option<Invalidation> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().rev().find(|invalidation| is_it(invalidation)).cloned()
    }

    fn remember(&self, invalidation: Invalidation) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == REMEMBERED_MAX {
            known.pop_front();
        }
        known.push_back(invalidation);
    }
}
