//! Credentials of the edge, its proofs, and ID tokens, with and without a right signature.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::LazyLock;
use std::thread;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use customer::{Credential, EdgeKey, HttpClient, Issuer, Jwks, Proof, Timestamp};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "client";
const TARGET: &str = "/acme/xj4bnp4pahh6uqkbidpf3lrceoyagynd?w=4";

static PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key can be made"));
static POOL: LazyLock<Issuer> = LazyLock::new(pool);
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime starts"));

fn now() -> Timestamp {
    Timestamp::from_ms(1_795_246_140_000)
}

/// The first byte says what the rest is.
pub fn tokens(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    let Ok(text) = str::from_utf8(rest) else { return };
    match kind {
        b'c' => credential(text),
        b'C' => {
            assert!(Credential::verify(text, &[edge_key()], now()).is_err(), "{text} is forged");
        }
        b'p' => {
            assert!(Proof::new("secret").verify(text, TARGET, now()).is_none(), "{text} is forged");
        }
        b't' => assert!(verified(text).is_none(), "{text} is forged"),
        b'T' => signed(text),
        _ => {}
    }
}

/// Everything before the last dot, which gets the right MAC: what verifies is spelled as it would be signed.
fn credential(text: &str) {
    let key = edge_key();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), text.as_bytes());
    let text = format!("{text}.{}", BASE64URL_NOPAD.encode(mac.as_ref()));
    drop(Credential::claimed_customer(&text));
    if let Ok(credential) = Credential::verify(&text, std::slice::from_ref(&key), now()) {
        assert!(credential.expires_at > now(), "{text} has expired");
        let signed = credential.sign(&key).expect("the key is a key");
        assert_eq!(Credential::verify(&signed, &[key], now()), Ok(credential));
    }
}

fn edge_key() -> EdgeKey {
    EdgeKey { kid: "k1".to_owned(), secret: BASE64URL_NOPAD.encode(&[7; 32]), signs_from: None }
}

/// A payload under the pool's own signature.
fn signed(payload: &str) {
    let header = json!({"alg": "RS256", "kid": "one", "typ": "JWT"}).to_string();
    let text = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let token = format!("{}.{}", text(&header), text(payload));
    let mut signature = vec![0; PAIR.public_modulus_len()];
    PAIR.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
        .expect("the key signs");
    let token = format!("{token}.{}", BASE64URL_NOPAD.encode(&signature));
    if let Some(expires_at) = verified(&token) {
        assert!(expires_at > now(), "{payload} has expired");
    }
}

/// When a token that proves something stops to do so.
fn verified(token: &str) -> Option<Timestamp> {
    RUNTIME.block_on(POOL.verify(token, now())).ok().map(|claims| claims.expires_at)
}

/// A user pool that publishes one key.
fn pool() -> Issuer {
    let public = PublicKeyComponents::<Vec<u8>>::from(PAIR.public_key());
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let key = json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one", "n": text(&public.n), "e": text(&public.e)});
    let keys = json!({"keys": [key]}).to_string();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the port has a number");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a question arrives");
            let _ = stream.read(&mut [0; 4096]);
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{keys}",
                keys.len()
            );
            stream.write_all(answer.as_bytes()).expect("the answer is taken");
        }
    });
    Issuer {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        jwks: Jwks::new(format!("http://{address}/jwks.json"), &HttpClient::new()),
    }
}
