//! The way from AWS's SDK to the embedded server without a socket: the same requests and answers, signatures and all,
//! handed over in memory. What runs elsewhere comes through the port.

use std::io;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::HttpError,
};
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, combinators::UnsyncBoxBody};

use super::Server;

/// `sdk` with all of its requests answered by `server`.
pub(crate) fn answered_by(sdk: &SdkConfig, server: &Server) -> SdkConfig {
    let connector = SharedHttpConnector::new(InMemory(server.clone()));
    sdk.to_builder().http_client(http_client_fn(move |_, _| connector.clone())).build()
}

#[derive(Debug)]
struct InMemory(Server);

impl HttpConnector for InMemory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(answer(self.0.clone(), request))
    }
}

async fn answer(server: Server, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = as_received(request.try_into_http1x().map_err(malformed)?);
    let request = request.map(|body| UnsyncBoxBody::new(body.map_err(io::Error::other)));
    let response = server.call(request).await.map(SdkBody::from_body_1_x);
    HttpResponse::try_from(response).map_err(malformed)
}

fn malformed(error: HttpError) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

/// A request as a server reads it: the authority in a header and not in the URI (RFC 9112, 3.2).
fn as_received(mut request: Request<SdkBody>) -> Request<SdkBody> {
    let authority = request.uri().authority().map(ToString::to_string);
    let host = authority.and_then(|authority| HeaderValue::try_from(authority).ok());
    if let Some(host) = host {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    let origin_form = request.uri().path_and_query().cloned().map(Uri::from);
    *request.uri_mut() = origin_form.unwrap_or_default();
    request
}
