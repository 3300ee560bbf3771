use customer::{ClaimsError, JwksError, Role, Timestamp};
use serde_json::json;

use crate::pool::{Key, NOW, Pool, claims, claims_with, unsigned};

/// The variant of an error, by name.
fn name(error: &ClaimsError) -> &'static str {
    match error {
        ClaimsError::TooLong => "too long",
        ClaimsError::Unsigned => "unsigned",
        ClaimsError::Key(JwksError::UnknownKey(_)) => "unknown key",
        ClaimsError::Key(_) => "pool unreachable",
        ClaimsError::Foreign(_) => "foreign",
        ClaimsError::NotAnIdToken => "not an id token",
        ClaimsError::Expired => "expired",
        ClaimsError::NotYet => "not yet",
        ClaimsError::BadCustomer(_) => "bad customer",
    }
}

#[tokio::test]
async fn each_token_that_proves_nothing_is_refused_for_its_own_reason() {
    let (key, stranger) = (Key::new("one"), Key::new("one"));
    let pool = Pool::start(&[&key]).await;
    let issuer = pool.issuer();
    let header = json!({"alg": "RS256", "kid": "one", "typ": "JWT"});
    let with = |changes| key.token(&claims_with(&changes));
    let good = key.token(&claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let of_another = key.token(&claims_with(&json!({"sub": "somebody else"})));
    let (another, _) = of_another.rsplit_once('.').unwrap();
    let access = json!({"token_use": "access", "aud": null, "client_id": "client"});
    let table = [
        ("nothing", String::new(), "unsigned"),
        ("no token at all", "a.b.c".to_owned(), "unsigned"),
        (
            "alg none",
            format!("{}.", unsigned(&json!({"alg": "none", "kid": "one"}), &claims())),
            "unsigned",
        ),
        (
            "alg none, signed",
            key.token_under(&json!({"alg": "none", "kid": "one"}), &claims()),
            "unsigned",
        ),
        ("HS256 with the public key", key.token_by_hmac(&claims()), "unsigned"),
        (
            "RS512 in the header",
            key.token_under(&json!({"alg": "RS512", "kid": "one"}), &claims()),
            "unsigned",
        ),
        ("no kid", key.token_under(&json!({"alg": "RS256"}), &claims()), "unsigned"),
        ("a kid that the pool does not publish", Key::new("two").token(&claims()), "unknown key"),
        ("signed by a stranger under our kid", stranger.token(&claims()), "foreign"),
        ("signature of another token", format!("{another}.{signature}"), "foreign"),
        ("signature cut off", format!("{signed}."), "foreign"),
        ("signature shortened", good[..good.len() - 8].to_owned(), "foreign"),
        (
            "another pool",
            with(
                json!({"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other"}),
            ),
            "foreign",
        ),
        (
            "the issuer and more",
            with(json!({"iss": format!("{}/", crate::pool::ISSUER)})),
            "foreign",
        ),
        ("no issuer", with(json!({"iss": null})), "foreign"),
        ("another client", with(json!({"aud": "another"})), "foreign"),
        ("no audience", with(json!({"aud": null})), "foreign"),
        ("no expiry", with(json!({"exp": null})), "foreign"),
        ("expiry as text", with(json!({"exp": "never"})), "foreign"),
        ("no subject", with(json!({"sub": null})), "foreign"),
        ("an access token", with(access), "foreign"),
        (
            "an access token with an audience",
            with(json!({"token_use": "access"})),
            "not an id token",
        ),
        ("a refresh token", with(json!({"token_use": "refresh"})), "not an id token"),
        ("expired this second", with(json!({"exp": NOW})), "expired"),
        ("expired long ago", with(json!({"exp": 1})), "expired"),
        ("issued in a minute", with(json!({"iat": NOW + 60})), "not yet"),
        ("not before in a minute", with(json!({"nbf": NOW + 60})), "not yet"),
        (
            "a customer with a slash",
            with(json!({"custom:customer": "acme/../beta"})),
            "bad customer",
        ),
        ("a customer in upper case", with(json!({"custom:customer": "Acme"})), "bad customer"),
        (
            "a reserved word as customer",
            with(json!({"custom:customer": "healthz"})),
            "bad customer",
        ),
        ("an empty customer", with(json!({"custom:customer": ""})), "bad customer"),
        (
            "a customer of 40 letters",
            with(json!({"custom:customer": "a".repeat(40)})),
            "bad customer",
        ),
        ("oversized", with(json!({"email": "e".repeat(9_000)})), "too long"),
        ("a header of another form", key.token_under(&json!(["RS256"]), &claims()), "unsigned"),
        ("a payload of another form", key.token_under(&header, &json!([])), "foreign"),
    ];
    for (what, token, expected) in table {
        let verified = issuer.verify(&token, Timestamp::from_ms(NOW * 1000)).await;
        let refused = verified.as_ref().map_err(name).err();
        assert_eq!(refused, Some(expected), "{what}: {verified:?}");
        if let Err(error) = verified {
            assert!(token.is_empty() || !error.to_string().contains(&token), "{what}: told");
        }
    }
}

#[tokio::test]
async fn a_good_token_tells_who_is_asking() {
    let key = Key::new("one");
    let issuer = Pool::start(&[&key]).await.issuer();
    let now = Timestamp::from_ms(NOW * 1000);
    let known = issuer.verify(&key.token(&claims()), now).await.unwrap();
    assert_eq!(
        (known.subject.as_str(), known.email.as_deref()),
        ("7f0c2c1e", Some("ada@acme.example"))
    );
    assert_eq!(known.customer.map(|customer| customer.to_string()), Some("acme".to_owned()));
    assert_eq!((known.roles, known.expires_at.seconds()), (vec![Role::Uploader], NOW + 3_540));

    let groups =
        json!({"cognito:groups": ["admins", "data-scientist", "Admin"], "custom:customer": null});
    let scientist = issuer.verify(&key.token(&claims_with(&groups)), now).await.unwrap();
    assert_eq!((scientist.customer, scientist.roles), (None, vec![Role::DataScientist]));

    let early = claims_with(&json!({"iat": NOW + 20}));
    issuer.verify(&key.token(&early), now).await.expect("clocks may lie 30 seconds apart");
}
