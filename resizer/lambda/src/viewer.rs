//! Who is asking.
//!
//! Either the edge has looked at the viewer's credential and proves it, or the request carries an
//! ID token. Nothing else counts: without the edge's proof even a public image is not shown, so
//! that nobody can go around the cache.

use customer::{Claims, CustomerId, Proof, Record, Role, Timestamp, Viewer, Visibility, audit};
use http::{HeaderMap, Method, Uri, header};

use crate::{app::App, error::Error, path, query_string::canonical_target};

/// A viewer who, except for `Anon`, belongs to the customer that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Anon,
    /// By a URL of this image, whose signature the edge has verified.
    Signed,
    /// By a session's cookie, which the edge has verified.
    Customer,
    /// By an ID token.
    User(Claims),
}

impl Asker {
    /// Reads the credentials of a request for an image of `customer`.
    pub(crate) async fn identify(
        app: &App,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        customer: &CustomerId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        if let Some(proof) = text(headers, Proof::HEADER) {
            return match app.proof.verify(proof, &canonical_target(uri), now) {
                Some(Viewer::Customer) => Ok(Self::Customer),
                Some(Viewer::Signed) => Ok(Self::Signed),
                Some(Viewer::Anon) => Ok(Self::Anon),
                None => Err(Error::Unauthorized),
            };
        }
        let bearer = text(headers, header::AUTHORIZATION.as_str()).and_then(bearer_token);
        let claims = app.issuer.verify(bearer.ok_or(Error::Unauthorized)?, now).await?;
        if claims.customer.as_ref() != Some(customer) || !claims.may(Role::Viewer) {
            audit::refused(&claims, method, &path::logged(uri.path()));
            return Err(Error::NotFound);
        }
        Ok(Self::User(claims))
    }

    /// Whether it is a user of the customer, and not somebody who was shown a URL.
    pub(crate) fn has_signed_in(&self) -> bool {
        matches!(self, Self::Customer | Self::User(_))
    }

    /// Whether renditions of the image may be shown.
    pub(crate) fn may_see(&self, record: &Record) -> bool {
        record.is_live() && (*self != Self::Anon || record.visibility == Visibility::Public)
    }

    /// Whether the bytes as uploaded, metadata and all, may be handed out.
    pub(crate) fn may_download(&self) -> bool {
        matches!(self, Self::User(claims) if claims.may(Role::Uploader))
    }

    /// The answer for what may not be seen. The same whether it exists or not.
    pub(crate) fn refusal(&self) -> Error {
        match self {
            Self::Anon => Error::Unauthorized,
            Self::Signed | Self::Customer | Self::User(_) => Error::NotFound,
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The scheme's name knows no case (RFC 9110, 11.1).
fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
