//! From a credential to a viewer class.
//!
//! | credential | names another customer | another image | verifies | does not verify |
//! | --- | --- | --- | --- | --- |
//! | `?sig=` | 404 | 404 | `signed` | 401 with the reason |
//! | cookie `darkroom` | 404 | 404 | `customer` | as if there were none |
//! | none | | | `anon` | |
//!
//! A signed URL is a claim that somebody made on purpose and is told why it failed. A cookie comes
//! along by itself: that it has run out must not hide public images. What decides between `signed` and `customer` is
//! whether the credential is for one image, or for all of the customer's.

use customer::{Credential, CustomerId, EdgeKey, Scope, Timestamp, Viewer};
use http::{HeaderMap, header};
use resizer_lambda::{Error, path::Target};

/// The cookie that carries a credential.
const COOKIE: &str = "darkroom";

/// A credential as it came, and where it came.
#[derive(Debug)]
pub(super) enum Presented {
    Sig(String),
    Cookie(String),
}

impl Presented {
    /// The first cookie: browsers send the one with the longest path first (RFC 6265, 5.4).
    pub(super) fn cookie(headers: &HeaderMap) -> Option<Self> {
        headers.get_all(header::COOKIE).iter().find_map(|line| {
            // Somebody else's cookie may hold any bytes; they do not take ours away.
            let line = String::from_utf8_lossy(line.as_bytes());
            let mut pairs = line.split(';').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(name, _)| name.trim() == COOKIE)?;
            Some(Self::Cookie(value.trim().to_owned()))
        })
    }
}

/// The class of whoever sent a request for `target`. `keys` are the customer's.
pub(super) fn of(
    presented: Option<&Presented>,
    target: &Target,
    keys: &[EdgeKey],
    now: Timestamp,
) -> Result<Viewer, Error> {
    let Some(Presented::Sig(text) | Presented::Cookie(text)) = presented else {
        return Ok(Viewer::Anon);
    };
    refuse_others(text, &target.customer)?;
    match (Credential::verify(text, keys, now), presented) {
        (Ok(credential), _) => opened(&credential, target),
        (Err(_), Some(Presented::Cookie(_))) => Ok(Viewer::Anon),
        (Err(error), _) => Err(error.into()),
    }
}

fn refuse_others(text: &str, customer: &CustomerId) -> Result<(), Error> {
    match Credential::claimed_customer(text) {
        Some(claimed) if claimed != *customer => Err(Error::NotFound),
        _ => Ok(()),
    }
}

fn opened(credential: &Credential, target: &Target) -> Result<Viewer, Error> {
    if !credential.opens(&target.customer, Some(target.image)) {
        return Err(Error::NotFound);
    }
    Ok(match credential.scope {
        Scope::Customer => Viewer::Customer,
        Scope::Image(_) => Viewer::Signed,
    })
}
