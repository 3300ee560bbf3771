//! How the origin knows that a request came through the edge, and whom the edge took it for.
//!
//! The edge adds the header [`Proof::HEADER`]: `{viewer}.{exp}.{mac}`, the MAC being HMAC-SHA-256
//! over viewer, expiry and the path and query that it asks the origin for. A header that somebody
//! copies proves nothing about another image, and nothing at all a minute later.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;

use crate::{Timestamp, Viewer};

/// A proof is made for one request and has to live only as long as the way to the origin.
const PROOF_SECONDS: i64 = 60;

/// The secret that edge and origin share.
#[derive(Clone)]
pub struct Proof(hmac::Key);

impl Proof {
    /// The header of the proof.
    pub const HEADER: &'static str = "x-darkroom-edge";

    /// `secret`: any text that is hard to guess; the same at the edge and at the origin.
    pub fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// The header's value for a request of `viewer` for `path_and_query`.
    pub fn sign(&self, viewer: Viewer, path_and_query: &str, now: Timestamp) -> String {
        let expires = now.seconds() + PROOF_SECONDS;
        let mac = hmac::sign(&self.0, message(viewer, expires, path_and_query).as_bytes());
        format!("{}.{expires}.{}", viewer.as_str(), BASE64URL_NOPAD.encode(mac.as_ref()))
    }

    /// Whom the edge took the viewer for, or `None` where `header` proves nothing.
    pub fn verify(&self, header: &str, path_and_query: &str, now: Timestamp) -> Option<Viewer> {
        let (viewer, rest) = header.split_once('.')?;
        let (expires, mac) = rest.split_once('.')?;
        let viewer = Viewer::ALL.into_iter().find(|known| known.as_str() == viewer)?;
        let expires: i64 = expires.parse().ok()?;
        let mac = BASE64URL_NOPAD.decode(mac.as_bytes()).ok()?;
        hmac::verify(&self.0, message(viewer, expires, path_and_query).as_bytes(), &mac).ok()?;
        (expires > now.seconds()).then_some(viewer)
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof")
    }
}

fn message(viewer: Viewer, expires: i64, path_and_query: &str) -> String {
    format!("{}\n{expires}\n{path_and_query}", viewer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_path_and_its_minute_only() {
        let (proof, now) = (Proof::new("secret"), Timestamp::from_ms(1_000_000));
        let header = proof.sign(Viewer::Customer, "/acme/x?w=4", now);
        assert_eq!(proof.verify(&header, "/acme/x?w=4", now), Some(Viewer::Customer));
        assert_eq!(proof.verify(&header, "/acme/x?w=5", now), None);
        assert_eq!(proof.verify(&header, "/acme/x?w=4", Timestamp::from_ms(1_061_000)), None);
        assert_eq!(Proof::new("other").verify(&header, "/acme/x?w=4", now), None);
        let raised = header.replacen("customer", "anon", 1);
        assert_eq!(proof.verify(&raised, "/acme/x?w=4", now), None);
    }
}
