//! How a session begins and ends: AssumeRole, tokens, time.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::DateTime;
use local::sts::{Session, Sessions, Tags};
use tokio::sync::mpsc::unbounded_channel;

use crate::backend::{Backend, OPERATOR, SEALING_KEY, client, open, refusal, serve};
use crate::customer::{Customer, ROLE, assume, assumed, customer, roles, sts};
use crate::presigned::{issued, send};

#[tokio::test]
async fn a_session_ends_with_its_time_and_not_with_the_process() {
    let Customer { embedded, bucket, .. } = customer().await;
    let sessions = Sessions::new(&SEALING_KEY).unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let issue = |expires_in: i64| {
        let session = Session {
            role_arn: ROLE.to_owned(),
            name: "test".to_owned(),
            policy: None,
            tags: Tags::from([("bucket".to_owned(), bucket.clone())]),
            expires: i64::try_from(now.as_secs()).unwrap() + expires_in,
        };
        let issued = sessions.issue(&session).unwrap();
        Credentials::new(
            issued.access_key_id,
            issued.secret_access_key,
            Some(issued.session_token),
            None,
            "test",
        )
    };
    let restarted = open(embedded.folder.path(), roles(), unbounded_channel().0);
    for endpoint in [&embedded.backend.endpoint, &serve(restarted).await] {
        let running = client(endpoint, issue(60));
        running.get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
        let ended = client(endpoint, issue(-1));
        let refused = refusal(ended.get_object().bucket(&bucket).key("mine/a").send().await);
        assert_eq!(refused, (400, "ExpiredToken".to_owned()));
        let get = ended
            .get_object()
            .bucket(&bucket)
            .key("mine/a")
            .presigned(issued(Duration::ZERO))
            .await
            .unwrap();
        assert_eq!(send(&get, b"").await.0, 400);
    }
    // One that was good a moment ago, and is remembered.
    let ending = client(&embedded.backend.endpoint, issue(8));
    let get = async || ending.get_object().bucket(&bucket).key("mine/a").send().await;
    get().await.unwrap();
    let end = SystemTime::UNIX_EPOCH + now + Duration::from_secs(9);
    tokio::time::sleep(end.duration_since(SystemTime::now()).unwrap_or_default()).await;
    assert_eq!(refusal(get().await), (400, "ExpiredToken".to_owned()));
}

#[tokio::test]
async fn a_session_needs_its_own_unchanged_token() {
    let Customer { embedded, bucket, .. } = customer().await;
    let endpoint = &embedded.backend.endpoint;
    let (one, two) =
        (assumed(assume(endpoint, &bucket)).await, assumed(assume(endpoint, &bucket)).await);
    let token = one.session_token().unwrap();
    let changed = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
    for token in [None, Some(changed), two.session_token().map(str::to_owned), Some(String::new())]
    {
        let credentials =
            Credentials::new(one.access_key_id(), one.secret_access_key(), token, None, "test");
        let got =
            client(endpoint, credentials).get_object().bucket(&bucket).key("mine/a").send().await;
        assert_eq!(refusal(got), (400, "InvalidToken".to_owned()));
    }
    client(endpoint, one).get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
}

#[tokio::test]
async fn what_assume_role_answers_and_refuses() {
    let Customer { embedded, bucket, .. } = customer().await;
    let Backend { endpoint, .. } = &embedded.backend;
    let answer = assume(endpoint, &bucket).duration_seconds(900).send().await.unwrap();
    assert_eq!(
        answer.assumed_role_user.unwrap().arn,
        "arn:aws:sts::000000000000:assumed-role/customer/test"
    );
    let seconds =
        answer.credentials.unwrap().expiration.secs() - DateTime::from(SystemTime::now()).secs();
    assert!((890..=900).contains(&seconds), "{seconds} s");

    let refusals = [
        (assume(endpoint, &bucket).external_id("wrong"), "AccessDenied"),
        (
            assume(endpoint, &bucket).role_arn("arn:aws:iam::000000000000:role/unknown"),
            "AccessDenied",
        ),
        (assume(endpoint, &bucket).duration_seconds(899), "ValidationError"),
        (assume(endpoint, &bucket).duration_seconds(3601), "ValidationError"),
        (assume(endpoint, &bucket).role_session_name("white space"), "ValidationError"),
        (assume(endpoint, &bucket).policy("{}"), "MalformedPolicyDocument"),
        (assume(endpoint, &bucket).policy("x".repeat(2049)), "PackedPolicyTooLarge"),
    ];
    for (assume, code) in refusals {
        let error = assume.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{error:?}");
    }
    let session = assumed(assume(endpoint, &bucket)).await;
    let chained = sts(endpoint, session.clone())
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("test")
        .send()
        .await;
    assert_eq!(chained.unwrap_err().code(), Some("AccessDenied"));
    let identity = sts(endpoint, session).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws:sts::000000000000:assumed-role/customer/test"));
    let wrong = sts(endpoint, Credentials::new(OPERATOR, "wrong", None, None, "test"))
        .get_caller_identity()
        .send()
        .await;
    assert_eq!(wrong.unwrap_err().code(), Some("SignatureDoesNotMatch"));
    assert_eq!(embedded.server.requests().of("GetCallerIdentity"), 1);
}
