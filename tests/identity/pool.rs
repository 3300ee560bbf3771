use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use customer::{HttpClient, Issuer, Jwks};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Test";
pub(crate) const CLIENT: &str = "client";
/// What every good token says about its time; tests ask `Issuer::verify` at this second.
pub(crate) const NOW: i64 = 1_795_246_140;

/// A key of the pool.
pub(crate) struct Key {
    pub(crate) kid: &'static str,
    pair: KeyPair,
}

/// A JWKS address.
#[derive(Clone)]
pub(crate) struct Pool {
    keys: Arc<Mutex<Vec<Value>>>,
    down: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
    address: String,
}

impl Key {
    pub(crate) fn new(kid: &'static str) -> Self {
        Self { kid, pair: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    /// The public half, as JWKS lists it.
    pub(crate) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(public);
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": text(&n), "e": text(&e)})
    }

    /// A token signed by this key, under its own name.
    pub(crate) fn token(&self, payload: &Value) -> String {
        self.token_under(&json!({"alg": "RS256", "kid": self.kid, "typ": "JWT"}), payload)
    }

    /// A token signed by this key, whatever the header says.
    pub(crate) fn token_under(&self, header: &Value, payload: &Value) -> String {
        let signed = unsigned(header, payload);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    /// The classic confusion: HS256 with the public key as the secret.
    pub(crate) fn token_by_hmac(&self, payload: &Value) -> String {
        let header = json!({"alg": "HS256", "kid": self.kid, "typ": "JWT"});
        let signed = unsigned(&header, payload);
        let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
            aws_lc_rs::encoding::AsDer::as_der(self.pair.public_key()).unwrap();
        let secret = hmac::Key::new(hmac::HMAC_SHA256, public.as_ref());
        let mac = hmac::sign(&secret, signed.as_bytes());
        format!("{signed}.{}", BASE64URL_NOPAD.encode(mac.as_ref()))
    }
}

/// Header and payload as they are signed.
pub(crate) fn unsigned(header: &Value, payload: &Value) -> String {
    let text = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", text(header), text(payload))
}

/// What a good ID token of an uploader of `acme` says.
pub(crate) fn claims() -> Value {
    json!({
        "sub": "7f0c2c1e", "iss": ISSUER, "aud": CLIENT, "token_use": "id", "email": "ada@acme.example",
        "iat": NOW - 60, "exp": NOW + 3_540, "custom:customer": "acme", "cognito:groups": ["uploader"],
    })
}

/// The same with other values; `null` takes the claim out.
pub(crate) fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

impl Pool {
    pub(crate) async fn start(keys: &[&Key]) -> Self {
        let listener = tests::services::listen().await;
        let pool = Self {
            keys: Arc::new(Mutex::new(keys.iter().map(|key| key.jwk()).collect())),
            down: Arc::default(),
            asked: Arc::default(),
            address: tests::services::address(&listener),
        };
        let router = Router::new().route("/jwks.json", get(answer)).with_state(pool.clone());
        tests::services::serve(listener, router);
        pool
    }

    pub(crate) fn jwks_url(&self) -> String {
        format!("{}/jwks.json", self.address)
    }

    pub(crate) fn issuer(&self) -> Issuer {
        let (issuer, audience) = (ISSUER.to_owned(), CLIENT.to_owned());
        Issuer { issuer, audience, jwks: Jwks::new(self.jwks_url(), &HttpClient::new()) }
    }

    pub(crate) fn publish(&self, keys: &[&Key]) {
        *self.keys.lock().unwrap() = keys.iter().map(|key| key.jwk()).collect();
    }

    pub(crate) fn goes_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// How often the keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(pool): State<Pool>) -> impl IntoResponse {
    pool.asked.fetch_add(1, Ordering::SeqCst);
    if pool.down.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, String::new());
    }
    let keys = pool.keys.lock().unwrap().clone();
    (StatusCode::OK, json!({"keys": keys}).to_string())
}
