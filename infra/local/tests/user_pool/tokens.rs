use std::collections::BTreeSet;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use super::*;

async fn document(server: &Server, path: &str) -> Value {
    let response = reqwest::get(format!("{}{path}", server.url)).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

async fn jwks(server: &Server) -> JwkSet {
    let jwks = document(server, "/local_darkroom/.well-known/jwks.json").await;
    serde_json::from_value(jwks).unwrap()
}

/// As a service does it: key by `kid`, RS256, issuer, audience, expiry.
fn verify(
    jwks: &JwkSet,
    token: &str,
    audience: Option<&str>,
) -> Result<Value, jsonwebtoken::errors::Error> {
    let header = jsonwebtoken::decode_header(token)?;
    let key = DecodingKey::from_jwk(jwks.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[ISSUER]);
    validation.validate_aud = audience.is_some();
    validation.set_audience(audience.as_slice());
    // Without this a token that has no audience at all passes.
    validation.set_required_spec_claims(if audience.is_some() {
        &["exp", "aud"]
    } else {
        &["exp"]
    });
    jsonwebtoken::decode::<Value>(token, &key, &validation).map(|token| token.claims)
}

fn names(claims: &Value) -> BTreeSet<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_id_token_has_the_claims_of_cognitos() {
    let server = Server::start().await;
    let token = server.tokens().await.id_token.unwrap();
    let claims = verify(&jwks(&server).await, &token, Some(CLIENT)).unwrap();
    let expected = [
        "aud",
        "auth_time",
        "cognito:groups",
        "cognito:username",
        "custom:customer",
        "email",
        "email_verified",
        "event_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "origin_jti",
        "sub",
        "token_use",
    ];
    assert_eq!(names(&claims), BTreeSet::from(expected));
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["token_use"], "id");
    assert_eq!(claims["cognito:username"], ADA);
    assert_eq!(claims["email"], ADA);
    assert_eq!(claims["email_verified"], true);
    assert_eq!(claims["custom:customer"], "acme");
    assert_eq!(claims["cognito:groups"], serde_json::json!(["uploader"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert_eq!(claims["auth_time"], claims["iat"]);
    assert_eq!(claims["sub"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn the_access_token_has_the_claims_of_cognitos() {
    let server = Server::start().await;
    let tokens = server.tokens().await;
    let jwks = jwks(&server).await;
    let access = tokens.access_token.unwrap();
    let claims = verify(&jwks, &access, None).unwrap();
    let expected = [
        "auth_time",
        "client_id",
        "cognito:groups",
        "event_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "origin_jti",
        "scope",
        "sub",
        "token_use",
        "username",
    ];
    assert_eq!(names(&claims), BTreeSet::from(expected));
    assert_eq!(claims["token_use"], "access");
    assert_eq!(claims["scope"], "aws.cognito.signin.user.admin");
    assert_eq!(claims["client_id"], CLIENT);
    assert!(verify(&jwks, &access, Some(CLIENT)).is_err(), "an access token has no audience");
}

#[tokio::test]
async fn refreshed_tokens_are_of_the_same_sign_in() {
    let server = Server::start().await;
    let jwks = jwks(&server).await;
    let first = server.tokens().await;
    let second =
        server.refresh(&first.refresh_token.unwrap()).await.unwrap().authentication_result.unwrap();
    let first = verify(&jwks, &first.id_token.unwrap(), None).unwrap();
    let second = verify(&jwks, &second.id_token.unwrap(), None).unwrap();
    assert_eq!(
        (&first["origin_jti"], &first["auth_time"]),
        (&second["origin_jti"], &second["auth_time"])
    );
    assert_ne!(first["jti"], second["jti"]);
}

#[tokio::test]
async fn a_changed_token_is_refused_by_verifiers_and_by_the_pool() {
    let server = Server::start().await;
    let jwks = jwks(&server).await;
    let access = server.tokens().await.access_token.unwrap();
    let [header, claims, signature] = access.split('.').collect::<Vec<_>>()[..] else {
        panic!("{access}")
    };
    let decoded = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let other_user = String::from_utf8(decoded).unwrap().replace(ADA, "eve@example.com");
    let other_claims = data_encoding::BASE64URL_NOPAD.encode(other_user.as_bytes());
    let forged = format!("{header}.{other_claims}.{signature}");
    assert!(verify(&jwks, &access, None).is_ok());
    assert!(verify(&jwks, &forged, None).is_err());
    let unsigned_header = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    for forged in [forged, format!("{unsigned_header}.{claims}."), "x".to_owned()] {
        let told = refusal(server.anyone().get_user().access_token(forged).send().await);
        assert_eq!(told, not_authorized("Invalid Access Token"));
    }
}

#[tokio::test]
async fn get_user_takes_a_living_access_token_only() {
    let server = Server::start().await;
    let tokens = server.tokens().await;
    let user =
        server.anyone().get_user().access_token(tokens.access_token.unwrap()).send().await.unwrap();
    assert_eq!(user.username(), ADA);
    assert!(user.user_attributes().contains(&attribute("custom:customer", "acme")));
    let told =
        refusal(server.anyone().get_user().access_token(tokens.id_token.unwrap()).send().await);
    assert_eq!(told, not_authorized("Invalid Access Token"));

    let brief = Server::start_with(|settings| settings.token_life = time::Duration::ZERO).await;
    let access = brief.tokens().await.access_token.unwrap();
    let told = refusal(brief.anyone().get_user().access_token(access).send().await);
    assert_eq!(told, not_authorized("Access Token has expired"));
}

#[tokio::test]
async fn discovery_leads_to_the_key() {
    let server = Server::start().await;
    let discovery = document(&server, "/local_darkroom/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], ISSUER);
    assert_eq!(discovery["jwks_uri"], format!("{ISSUER}/.well-known/jwks.json"));
    let jwks = document(&server, "/local_darkroom/.well-known/jwks.json").await;
    let key = &jwks["keys"][0];
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&"RSA".into(), &"RS256".into(), &"sig".into())
    );
    assert!(key.get("d").is_none(), "the private key stays at home");
    let other =
        reqwest::get(format!("{}/other_pool/.well-known/jwks.json", server.url)).await.unwrap();
    assert_eq!(other.status(), 404);
}
