//! The one credential of the edge: `kid.customer.exp[.scope].mac`.
//!
//! The API mints it after it has verified a Cognito token; the edge verifies it without asking
//! anybody, as cookie `darkroom` or as `?sig=`. The MAC is HMAC-SHA-256 over everything before the
//! last dot, in unpadded base64url. Two keys may be live at a time, so that they can be rotated.

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::{CustomerId, ImageId, Timestamp};

/// Longer texts are refused unread: the longest true one has about 140 characters.
const CREDENTIAL_BYTES_MAX: usize = 256;

/// Seconds since 1970 with this many digits last for 30,000 years.
const EXPIRY_DIGITS_MAX: usize = 12;
/// 32 bytes in unpadded base64url.
const MAC_CHARACTERS: usize = 43;

/// A signing key of one customer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeKey {
    /// `[a-z0-9]+`, unique among the customer's keys.
    pub kid: String,
    /// 32 random bytes in base64url.
    pub secret: String,
    /// Until then it verifies and does not sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<Timestamp>,
}

/// What a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All images of the customer.
    Customer,
    /// Every URL of one image, its IIIF prefix among them.
    Image(ImageId),
}

/// The class of a viewer, as far as caches and the origin care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// Nobody in particular: sees public images.
    Anon,
    /// Has a URL of one image that the customer has signed: sees that image.
    Signed,
    /// One of the customer's own: sees all of the customer's images.
    Customer,
}

/// A verified credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub customer: CustomerId,
    pub scope: Scope,
    pub expires_at: Timestamp,
}

/// Why a text opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    #[error("the credential is not of the form kid.customer.exp[.scope].mac")]
    Malformed,
    #[error("the credential was signed with a key that is not, or no longer, in use")]
    UnknownKey,
    #[error("the credential's signature does not match; ask for a new one")]
    BadSignature,
    #[error("the credential has expired; ask for a new one")]
    Expired,
}

impl EdgeKey {
    /// A new key from the system's random source.
    ///
    /// # Panics
    /// Where the system has no random source.
    pub fn random() -> Self {
        let mut bytes = [0; 36];
        aws_lc_rs::rand::fill(&mut bytes).expect("the system has a random source");
        let kid = data_encoding::HEXLOWER.encode(&bytes[32..]);
        Self { kid, secret: BASE64URL_NOPAD.encode(&bytes[..32]), signs_from: None }
    }

    /// HMAC-SHA-256 of `signed` in unpadded base64url.
    fn mac(&self, signed: &str) -> Result<String, CredentialError> {
        let secret = BASE64URL_NOPAD
            .decode(self.secret.as_bytes())
            .map_err(|_| CredentialError::UnknownKey)?;
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        Ok(BASE64URL_NOPAD.encode(mac.as_ref()))
    }
}

impl Credential {
    /// The text that proves this credential under `key`.
    pub fn sign(&self, key: &EdgeKey) -> Result<String, CredentialError> {
        let mut text = format!("{}.{}.{}", key.kid, self.customer, self.expires_at.seconds());
        if let Scope::Image(image) = self.scope {
            text.push('.');
            text.push_str(&image.to_string());
        }
        let mac = key.mac(&text)?;
        Ok(format!("{text}.{mac}"))
    }

    /// Reads and verifies `text` with the customer's live keys. Comparison takes constant time.
    pub fn verify(text: &str, keys: &[EdgeKey], now: Timestamp) -> Result<Self, CredentialError> {
        if text.len() > CREDENTIAL_BYTES_MAX {
            return Err(CredentialError::Malformed);
        }
        let (signed, mac) = text.rsplit_once('.').ok_or(CredentialError::Malformed)?;
        let (kid, credential) = Self::parse(signed).ok_or(CredentialError::Malformed)?;
        if !is_mac(mac) {
            return Err(CredentialError::Malformed);
        }
        let key = keys.iter().find(|key| key.kid == kid).ok_or(CredentialError::UnknownKey)?;
        // The texts, not the bytes that they stand for: so one credential has one spelling.
        constant_time::verify_slices_are_equal(key.mac(signed)?.as_bytes(), mac.as_bytes())
            .map_err(|_| CredentialError::BadSignature)?;
        if credential.expires_at <= now {
            return Err(CredentialError::Expired);
        }
        Ok(credential)
    }

    /// The customer that an unverified credential names: whose keys to verify it with.
    pub fn claimed_customer(text: &str) -> Option<CustomerId> {
        text.split('.').nth(1)?.parse().ok()
    }

    pub fn opens(&self, customer: &CustomerId, image: Option<ImageId>) -> bool {
        self.customer == *customer
            && match self.scope {
                Scope::Customer => true,
                Scope::Image(own) => image == Some(own),
            }
    }

    fn parse(signed: &str) -> Option<(&str, Self)> {
        let mut parts = signed.split('.');
        let kid = parts.next().filter(|kid| is_kid(kid))?;
        let customer = parts.next()?.parse().ok()?;
        let seconds: i64 = parts.next().filter(|digits| is_expiry(digits))?.parse().ok()?;
        let scope = match parts.next() {
            None => Scope::Customer,
            Some(image) => Scope::Image(image.parse().ok()?),
        };
        let expires_at = Timestamp::from_ms(seconds.checked_mul(1000)?);
        parts.next().is_none().then_some((kid, Self { customer, scope, expires_at }))
    }
}

fn is_kid(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_expiry(text: &str) -> bool {
    (1..=EXPIRY_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_mac(text: &str) -> bool {
    let sound = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.len() == MAC_CHARACTERS && text.bytes().all(sound)
}

/// A secret must not reach a log by way of `{:?}`.
impl std::fmt::Debug for EdgeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EdgeKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Viewer {
    /// Each class.
    pub const ALL: [Self; 3] = [Self::Anon, Self::Signed, Self::Customer];

    /// The word in headers and cache keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::Signed => "signed",
            Self::Customer => "customer",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1000)
    }

    fn credential(scope: Scope) -> Credential {
        Credential { customer: "acme".parse().unwrap(), scope, expires_at: at(1_000) }
    }

    #[test]
    fn what_is_signed_verifies_until_it_expires() {
        let (key, other) = (EdgeKey::random(), EdgeKey::random());
        for scope in [Scope::Customer, Scope::Image(ImageId::of(b"abc").0)] {
            let text = credential(scope).sign(&key).unwrap();
            let keys = [other.clone(), key.clone()];
            assert_eq!(Credential::verify(&text, &keys, at(999)), Ok(credential(scope)));
            assert_eq!(Credential::verify(&text, &keys, at(1_000)), Err(CredentialError::Expired));
            assert_eq!(
                Credential::verify(&text, std::slice::from_ref(&other), at(0)),
                Err(CredentialError::UnknownKey)
            );
        }
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let key = EdgeKey::random();
        let text = credential(Scope::Customer).sign(&key).unwrap();
        for at_byte in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at_byte] = if bytes[at_byte] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(
                Credential::verify(&changed, std::slice::from_ref(&key), at(0)).is_err(),
                "{changed}"
            );
        }
        for cut in 0..text.len() {
            assert!(Credential::verify(&text[..cut], std::slice::from_ref(&key), at(0)).is_err());
        }
        assert!(Credential::verify(&format!("{text}="), &[key], at(0)).is_err());
    }

    #[test]
    fn a_credential_for_one_image_opens_no_other() {
        let (one, other) = (ImageId::of(b"abc").0, ImageId::of(b"abd").0);
        let (acme, beta) = ("acme".parse().unwrap(), "beta".parse().unwrap());
        let narrow = credential(Scope::Image(one));
        assert!(narrow.opens(&acme, Some(one)));
        assert!(!narrow.opens(&acme, Some(other)));
        assert!(!narrow.opens(&acme, None));
        assert!(!narrow.opens(&beta, Some(one)));
        assert!(credential(Scope::Customer).opens(&acme, Some(other)));
    }
}
