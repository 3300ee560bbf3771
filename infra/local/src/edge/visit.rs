//! The rules of the edge: what becomes of a request before the cache is asked.
//!
//! `infra/edge/viewer_request.js` obeys the same rules at CloudFront, and `infra/edge/cases.json`
//! holds both to them.

use customer::{Customer, Timestamp};
use http::{HeaderMap, Method, header};
use resizer_lambda::{
    Error,
    dialect::query::{self, QueryError},
    negotiate::Accepts,
    path::{Resource, Target},
    query_string,
};

use super::{
    key::Key,
    parameters::Parameters,
    viewer::{self, Presented},
};

/// Whether a request goes to the origin as it is, past credentials and cache: it changes something,
/// or says itself who sends it.
pub(super) fn is_handed_through(method: &Method, headers: &HeaderMap) -> bool {
    ![Method::GET, Method::HEAD].contains(method) || is_bearer(headers)
}

/// The scheme's name knows no case (RFC 9110, 11.1).
fn is_bearer(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = value.and_then(|value| value.split_once(' '));
    scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
}

/// A request for an image, read and not yet admitted.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) target: Target,
    parameters: Parameters,
    presented: Option<Presented>,
    accepts: Accepts,
}

impl Visit {
    /// Reads path, query and headers, as they came.
    pub(super) fn read(path: &str, query: &str, headers: &HeaderMap) -> Result<Self, Error> {
        let mut target = Target::parse(path)?;
        let mut parameters = Parameters::read(query)?;
        if let Some(credential) = target.credential.take() {
            parameters.add_sig(credential)?;
        }
        if target.resource.is_iiif() {
            // A query says nothing of what the path says.
            parameters.known.clear();
        }
        let sig = parameters.sig.take().map(Presented::Sig);
        let presented = sig.or_else(|| Presented::cookie(headers));
        let negotiated = query::is_negotiated(&parameters.known);
        let accepts = if negotiated { Accepts::of(headers) } else { Accepts::Other };
        Ok(Self { target, parameters, presented, accepts })
    }

    /// What the visitor may ask for. `customer` is the one that the path names, if it is active: to a
    /// viewer, one who is suspended and one who never was look the same.
    pub(super) fn admit(self, customer: Option<&Customer>, now: Timestamp) -> Result<Key, Error> {
        let Self { mut target, mut parameters, presented, accepts } = self;
        let customer = customer.ok_or(Error::Unauthorized)?;
        if let Some(name) = parameters.unknown.take().filter(|_| customer.url_rules.strict) {
            return Err(QueryError::Unknown { name }.into());
        }
        let viewer = viewer::of(presented.as_ref(), &target, &customer.edge_keys, now)?;
        parameters.fix_preset(&customer.presets);
        let query = query_string::canonical(parameters.known);
        if let (Some(Presented::Sig(credential)), Resource::IiifBase | Resource::IiifInfo) =
            (presented, &target.resource)
        {
            // They say where viewers go on, who can carry it in no other place.
            target.credential = Some(credential);
        }
        Ok(Key { viewer, path_and_query: format!("{target}{query}"), accepts })
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
