//! Request → arguments, result → response.
//!
//! | path | use case |
//! | --- | --- |
//! | `/{customer}/{image}?…` | [`get_image`] |
//! | `/{customer}/{image}/original` | [`get_original`] |
//! | `/{customer}/iiif/3/{image}/{region}/{size}/{rotation}/{quality}.{format}` | [`get_image`] |
//! | `/{customer}/iiif/3/{image}/info.json` | [`info`] |
//!
//! One handler takes every path, because [`Target`] is stricter about paths than a router is.

use std::{error::Error as _, sync::Arc};

use axum::{Extension, Router, body::Body, extract::State};
use customer::{Timestamp, audit};
use http::{HeaderMap, HeaderName, Method, Response, Uri, header};
use telemetry::request_span;
use tokio::time::timeout_at;
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    app::App,
    dialect::{iiif::ImageRequest, query},
    error::Error,
    etag::IfNoneMatch,
    explain::explain,
    get_image::get_image,
    get_original::get_original,
    iiif_info::{self, info},
    negotiate::Accepts,
    path::{self, Resource, Target},
    problem::REQUEST_ID,
    query_string::{self, Pairs},
    resolve::{Wanted, resolve, see},
    response,
    time_left::{Deadline, TimeLeft},
    timings::Timings,
    viewer::Asker,
};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// Names the parameters that had no effect.
pub const IGNORED: HeaderName = HeaderName::from_static("x-darkroom-ignored");

/// Delivery, the same in Lambda, on one machine and in tests.
pub fn router(app: App) -> Router {
    Router::new().fallback(deliver).with_state(Arc::new(app))
}

/// A request, read as far as every outcome needs it.
struct Request {
    id: String,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    pairs: Pairs,
    time: TimeLeft,
}

async fn deliver(
    State(app): State<Arc<App>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    deadline: Option<Extension<Deadline>>,
) -> Response<Body> {
    let pairs = query_string::pairs(&uri);
    let id = request_id(&headers);
    let span = request_span(&id, &headers);
    let time = TimeLeft::new(app.request_timeout, deadline.map(|Extension(deadline)| deadline));
    let request = Request { id, method, uri, headers, pairs, time };
    let answered = async {
        let mut spent = Timings::default();
        let answer = timeout_at(time.until().into(), answer(&app, &request, &mut spent));
        let answered = answer.await.unwrap_or(Err(Error::RequestTimeout));
        finish(&request, answered, &spent)
    };
    answered.instrument(span).await
}

/// What a URL asks for, as far as it tells by itself.
enum Asked {
    Rendition,
    Original,
    Iiif(ImageRequest),
    IiifInfo,
    IiifBase,
}

impl Asked {
    fn read(target: &Target, pairs: &Pairs) -> Result<Self, Error> {
        Ok(match &target.resource {
            Resource::Iiif(parts) => Self::Iiif(parts.parse()?),
            Resource::IiifInfo => Self::IiifInfo,
            Resource::IiifBase => Self::IiifBase,
            Resource::Rendition => query::parse(pairs).map(|_| Self::Rendition)?,
            Resource::Original => query::parse(pairs).map(|_| Self::Original)?,
        })
    }
}

async fn answer(
    app: &App,
    request: &Request,
    spent: &mut Timings,
) -> Result<Response<Body>, Error> {
    let Request { method, uri, headers, pairs, .. } = request;
    if ![Method::GET, Method::HEAD].contains(method) {
        return Err(Error::Method);
    }
    let target = Target::parse(uri.path())?;
    telemetry::customer_is(target.customer.as_str());
    // A mistake in the URL itself is told without a look at anything.
    let asked = Asked::read(&target, pairs)?;
    let identified = Asker::identify(app, method, uri, headers, &target.customer, Timestamp::now());
    let asker = &spent.wait("auth", identified).await?;
    match asked {
        Asked::Rendition => rendition(app, asker, &target, request, spent).await,
        Asked::Iiif(image) => iiif(app, asker, &target, image, request, spent).await,
        Asked::IiifInfo => {
            let info = info(app, asker, &target, spent).await?;
            Ok(response::info(&info, asker, &IfNoneMatch::of(headers)))
        }
        Asked::IiifBase => {
            let seen = see(app, asker, &target, spent).await?;
            let location = format!("{}/info.json", iiif_info::id(app, &target));
            Ok(response::see_other(&location, &seen.record, asker))
        }
        Asked::Original => {
            let original = get_original(app, asker, &target, spent).await;
            if let (Asker::User(claims), Err(Error::RoleMissing)) = (asker, &original) {
                audit::refused(claims, method, &path::logged(uri.path()));
            }
            let (record, bytes) = original?;
            Ok(response::original(&record, bytes))
        }
    }
}

async fn rendition(
    app: &App,
    asker: &Asker,
    target: &Target,
    request: &Request,
    spent: &mut Timings,
) -> Result<Response<Body>, Error> {
    let Request { method, headers, pairs, time, .. } = request;
    let wanted = Wanted::Query { pairs, accepts: Accepts::of(headers) };
    let resolved = resolve(app, asker, target, wanted, spent).await?;
    if resolved.query.asked.explained {
        let explanation = explain(app, asker, &resolved, pairs).await?;
        return Ok(response::explanation(&explanation));
    }
    let image = get_image(app, resolved, &IfNoneMatch::of(headers), *time, spent).await?;
    response::image(image, asker, method, headers)
}

async fn iiif(
    app: &App,
    asker: &Asker,
    target: &Target,
    asked: ImageRequest,
    request: &Request,
    spent: &mut Timings,
) -> Result<Response<Body>, Error> {
    let Request { method, headers, time, .. } = request;
    let resolved = resolve(app, asker, target, Wanted::Iiif(asked), spent).await?;
    let canonical = resolved.canonical.clone().unwrap_or_default();
    let image = get_image(app, resolved, &IfNoneMatch::of(headers), *time, spent).await?;
    let mut response = response::image(image, asker, method, headers)?;
    let links = iiif_info::links(app, target, &canonical);
    response::set(response.headers_mut(), header::LINK, &links);
    Ok(response)
}

/// What every outcome says: whether `Accept` mattered, where the time went, what was ignored.
fn finish(
    request: &Request,
    answered: Result<Response<Body>, Error>,
    spent: &Timings,
) -> Response<Body> {
    let request_id = &request.id;
    let path = path::logged(request.uri.path());
    let mut response = answered.unwrap_or_else(|error| {
        let problem = error.problem();
        if problem.status.is_server_error() {
            let source = error.source();
            tracing::error!(path, source, "{error}");
        }
        problem.into_response(request_id)
    });
    let status = response.status().as_u16();
    tracing::info!(target: "access", method = %request.method, path, status, "answered");
    let headers = response.headers_mut();
    response::harmless(headers);
    response::set(headers, REQUEST_ID, request_id);
    response::set(headers, SERVER_TIMING, &spent.to_string());
    response::set(headers, IGNORED, &query::ignored(&request.pairs).join(", "));
    if query::is_negotiated(&request.pairs) {
        response::set(headers, header::VARY, "accept");
    }
    response
}

/// The id that the gateway gave, if it is one that is safe in a log; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let safe = |id: &&str| {
        (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    given.filter(safe).map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
