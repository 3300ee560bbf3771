//! The pool's RSA key: made at the first start, kept in `signing-key.pem` for its owner only.

use std::fs;
use std::path::Path;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use data_encoding::BASE64;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::disk;
use super::error::OpenError;

/// One RSA-2048 key pair. Its `kid` is the RFC 7638 thumbprint of the public key, so it names the key and
/// nothing else.
pub(super) struct SigningKey {
    pub(super) private: EncodingKey,
    pub(super) public: DecodingKey,
    pub(super) kid: String,
    jwk: Jwk,
}

impl SigningKey {
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("signing-key.pem");
        if disk::read(&path)?.is_none() {
            disk::replace(&path, &generate()?)?;
        }
        let pem = fs::read(&path)?;
        Self::parse(&pem).map_err(|source| OpenError::Key { path, source })
    }

    fn parse(pem: &[u8]) -> Result<Self, jsonwebtoken::errors::Error> {
        let private = EncodingKey::from_rsa_pem(pem)?;
        let mut jwk = Jwk::from_encoding_key(&private, Algorithm::RS256)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { public: DecodingKey::from_jwk(&jwk)?, private, kid, jwk })
    }

    /// The public key as a JSON Web Key set.
    pub(super) fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.jwk.clone()] }
    }
}

/// A new key as PKCS#8 in PEM (RFC 7468).
fn generate() -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
    let der = KeyPair::generate(KeySize::Rsa2048)?.as_der()?;
    let base64 = BASE64.encode(der.as_ref());
    let mut pem = b"-----BEGIN PRIVATE KEY-----\n".to_vec();
    for line in base64.as_bytes().chunks(64) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(b"-----END PRIVATE KEY-----\n");
    Ok(pem)
}
