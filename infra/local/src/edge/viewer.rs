//! From a credential to a viewer class.
//!
//! | credential | names another customer | another image | verifies | does not verify |
//! | --- | --- | --- | --- | --- |
//! | `?sig=` | 404 | 404 | `customer` | 401 with the reason |
//! | cookie `darkroom` | 404 | 404 | `customer` | as if there were none |
//! | none | | | `anon` | |
//!
//! A signed URL is a claim that somebody made on purpose and is told why it failed. A cookie comes
//! along by itself: that it has run out must not hide public images.

use customer::{Credential, CustomerId, EdgeKey, Timestamp, Viewer};
use http::{HeaderMap, header, request::Parts};
use resizer_lambda::{Error, path::Target, query_string};

/// The cookie, and the parameter, that carry a credential.
const COOKIE: &str = "darkroom";
pub(super) const PARAMETER: &str = "sig";

/// The class of whoever sent a request for `target`. `keys` are the customer's.
pub(super) fn of(
    viewed: &Parts,
    target: &Target,
    keys: &[EdgeKey],
    now: Timestamp,
) -> Result<Viewer, Error> {
    let pairs = query_string::pairs(&viewed.uri);
    if let Some((_, text)) = pairs.iter().find(|(name, _)| name == PARAMETER) {
        refuse_others(text, &target.customer)?;
        return opened(&Credential::verify(text, keys, now)?, target);
    }
    let Some(text) = cookie(&viewed.headers) else {
        return Ok(Viewer::Anon);
    };
    refuse_others(text, &target.customer)?;
    match Credential::verify(text, keys, now) {
        Ok(credential) => opened(&credential, target),
        Err(_) => Ok(Viewer::Anon),
    }
}

fn refuse_others(text: &str, customer: &CustomerId) -> Result<(), Error> {
    match Credential::claimed_customer(text) {
        Some(claimed) if claimed != *customer => Err(Error::NotFound),
        _ => Ok(()),
    }
}

fn opened(credential: &Credential, target: &Target) -> Result<Viewer, Error> {
    let opens = credential.opens(&target.customer, Some(target.image));
    opens.then_some(Viewer::Customer).ok_or(Error::NotFound)
}

/// The first: browsers send the cookie with the longest path first (RFC 6265, 5.4).
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| name.trim() == COOKIE).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use customer::{CredentialError, ImageId, Scope};
    use http::Request;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_ms(1_000_000)
    }

    struct Keys {
        current: EdgeKey,
        previous: EdgeKey,
        foreign: EdgeKey,
    }

    impl Keys {
        fn random() -> Self {
            let [current, previous, foreign] = [(); 3].map(|()| EdgeKey::random());
            Self { current, previous, foreign }
        }

        fn class(&self, query: &str, cookie: Option<&str>) -> Result<Viewer, Error> {
            let path = format!("/acme/{}", image(1));
            let mut request = Request::get(format!("{path}{query}"));
            if let Some(cookie) = cookie {
                request = request.header("cookie", format!("a=b; darkroom={cookie}; c=d"));
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            let keys = [self.current.clone(), self.previous.clone()];
            of(&parts, &Target::parse(&path).unwrap(), &keys, now())
        }
    }

    fn image(n: u8) -> ImageId {
        ImageId::of(&[n]).0
    }

    fn signed(customer: &str, scope: Scope, seconds: i64, key: &EdgeKey) -> String {
        let expires_at = Timestamp::from_ms(now().ms() + seconds * 1000);
        let customer = customer.parse().unwrap();
        Credential { customer, scope, expires_at }.sign(key).unwrap()
    }

    /// What a case comes to, as a word: a class, a status, or why a signed URL is refused.
    fn word(class: Result<Viewer, Error>) -> String {
        match class {
            Ok(viewer) => viewer.as_str().to_owned(),
            Err(Error::Credential(reason)) => format!("{reason:?}"),
            Err(error) => error.problem().status.as_str().to_owned(),
        }
    }

    #[test]
    fn the_table() {
        let keys = Keys::random();
        let (own, other) = (Scope::Image(image(1)), Scope::Image(image(2)));
        let all = Scope::Customer;
        let good = signed("acme", all, 60, &keys.current);
        for (credential, as_parameter, as_cookie) in [
            (good.clone(), "customer", "customer"),
            (signed("acme", own, 60, &keys.current), "customer", "customer"),
            (signed("acme", all, 60, &keys.previous), "customer", "customer"),
            (signed("beta", all, 60, &keys.current), "404", "404"),
            (signed("acme", other, 60, &keys.current), "404", "404"),
            (signed("acme", all, 60, &keys.foreign), "UnknownKey", "anon"),
            (signed("acme", all, 0, &keys.current), "Expired", "anon"),
            (good.replace(".1060.", ".1061."), "BadSignature", "anon"),
            (good[..good.len() - 2].to_owned(), "Malformed", "anon"),
            (format!("{good}=="), "Malformed", "anon"),
            (String::new(), "Malformed", "anon"),
        ] {
            let query = format!("?w=1&sig={}", credential.replace('=', "%3D"));
            assert_eq!(word(keys.class(&query, None)), as_parameter, "?sig={credential}");
            assert_eq!(word(keys.class("", Some(&credential))), as_cookie, "cookie {credential}");
        }
        assert_eq!(word(keys.class("?w=1", None)), "anon");
        let refused = keys.class("?sig=x", Some(&good)).unwrap_err();
        assert!(matches!(refused, Error::Credential(CredentialError::Malformed)), "{refused:?}");
    }
}
