//! STS sessions: what a customer's session may do, asked of S3 itself.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_sdk_sts::types::Tag;
use local::sts::{Policy, Role, Roles, Session, Sessions, Tags};

use crate::backend::{Backend, Embedded, OPERATOR, OPERATOR_SECRET, SEALING_KEY, client, open, refusal, serve, status};
use crate::presigned::{issued, send};

const ROLE: &str = "arn:aws:iam::000000000000:role/customer";

/// The role of every customer: all of the bucket that its tag names.
fn roles() -> Roles {
    Arc::new(|arn, tags| {
        let bucket = tags.get("bucket").filter(|_| arn == ROLE)?;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*",
                "Resource":["arn:aws:s3:::{bucket}","arn:aws:s3:::{bucket}/*"]}}}}"#
        );
        Some(Role { policy: Policy::parse(&policy).ok()?, external_id: Some("external".to_owned()) })
    })
}

/// A session policy: objects under `mine/`, and their listing.
fn under_mine(bucket: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::{bucket}/mine/*"}},
            {{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::{bucket}",
              "Condition":{{"StringLike":{{"s3:prefix":"mine/*"}}}}}}]}}"#
    )
}

fn sts(endpoint: &str, credentials: Credentials) -> aws_sdk_sts::Client {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .build();
    aws_sdk_sts::Client::from_conf(config)
}

fn operator() -> Credentials {
    Credentials::new(OPERATOR, OPERATOR_SECRET, None, None, "test")
}

type AssumeRole = aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;

fn assume(endpoint: &str, bucket: &str) -> AssumeRole {
    let tag = Tag::builder().key("bucket").value(bucket).build().unwrap();
    sts(endpoint, operator()).assume_role().role_arn(ROLE).role_session_name("test").external_id("external").tags(tag)
}

async fn assumed(assume: AssumeRole) -> Credentials {
    let issued = assume.send().await.unwrap().credentials.unwrap();
    Credentials::new(issued.access_key_id, issued.secret_access_key, Some(issued.session_token), None, "test")
}

struct Customer {
    embedded: Embedded,
    bucket: String,
    other: String,
    /// Bound to `mine/` of the customer's bucket.
    session: Client,
}

async fn customer() -> Customer {
    let embedded = Embedded::with_roles(roles()).await;
    let (bucket, other) = (embedded.backend.bucket("customer").await, embedded.backend.bucket("other").await);
    for (bucket, key) in [(&bucket, "mine/a"), (&bucket, "yours/a"), (&other, "mine/a")] {
        embedded.backend.put(bucket, key, b"hello").await;
    }
    let assume = assume(&embedded.backend.endpoint, &bucket).policy(under_mine(&bucket));
    let session = client(&embedded.backend.endpoint, assumed(assume).await);
    Customer { embedded, bucket, other, session }
}

const DENIED: (u16, &str) = (403, "AccessDenied");

macro_rules! denied {
    ($request:expr) => {
        let (status, code) = refusal($request.send().await);
        assert_eq!((status, code.as_str()), DENIED, "{}", stringify!($request));
    };
}

#[tokio::test]
async fn a_session_reaches_its_prefix_and_nothing_else() {
    let Customer { embedded, bucket, other, session } = customer().await;
    session.get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
    session.head_object().bucket(&bucket).key("mine/a").send().await.unwrap();
    session.put_object().bucket(&bucket).key("mine/b").send().await.unwrap();
    session.delete_object().bucket(&bucket).key("mine/b").send().await.unwrap();
    for (bucket, key) in [(&bucket, "yours/a"), (&other, "mine/a"), (&bucket, "mine"), (&bucket, "none")] {
        denied!(session.get_object().bucket(bucket).key(key));
        assert_eq!(status(session.head_object().bucket(bucket).key(key).send().await), 403);
        denied!(session.put_object().bucket(bucket).key(key));
        denied!(session.delete_object().bucket(bucket).key(key));
        denied!(session.create_multipart_upload().bucket(bucket).key(key));
        denied!(session.delete_objects().bucket(bucket).delete(keys(&["mine/a", key])));
    }
    denied!(session.list_buckets());
    denied!(session.create_bucket().bucket("new-bucket"));
    denied!(session.delete_bucket().bucket(&bucket));
    assert_eq!(embedded.backend.get(&other, "mine/a").await, b"hello");
    assert_eq!(embedded.backend.get(&bucket, "mine/a").await, b"hello");
}

fn keys(keys: &[&str]) -> Delete {
    let object = |key: &&str| ObjectIdentifier::builder().key(*key).build().unwrap();
    Delete::builder().set_objects(Some(keys.iter().map(object).collect())).build().unwrap()
}

#[tokio::test]
async fn a_session_lists_its_prefix_and_nothing_else() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let listed = session.list_objects_v2().bucket(&bucket).prefix("mine/").send().await.unwrap();
    assert_eq!(listed.key_count, Some(1));
    denied!(session.list_objects_v2().bucket(&bucket));
    denied!(session.list_objects_v2().bucket(&bucket).prefix(""));
    denied!(session.list_objects_v2().bucket(&bucket).prefix("yours/"));
    denied!(session.list_objects_v2().bucket(&other).prefix("mine/"));
    denied!(session.list_objects().bucket(&bucket).prefix("yours/"));
    denied!(session.list_multipart_uploads().bucket(&bucket));
    assert_eq!(status(session.head_bucket().bucket(&other).send().await), 403);
}

#[tokio::test]
async fn a_copy_reads_its_source_with_the_sessions_rights() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let copy = |from: String| session.copy_object().bucket(&bucket).key("mine/copy").copy_source(from);
    denied!(copy(format!("{bucket}/yours/a")));
    denied!(copy(format!("{other}/mine/a")));
    denied!(copy(format!("/{other}/mine/a")));
    denied!(copy(format!("{other}%2Fmine%2Fa")));
    denied!(session.copy_object().bucket(&bucket).key("yours/b").copy_source(format!("{bucket}/mine/a")));
    copy(format!("{bucket}/mine/a")).send().await.unwrap();
    let upload = session.create_multipart_upload().bucket(&bucket).key("mine/parts").send().await.unwrap().upload_id;
    let part = session.upload_part_copy().bucket(&bucket).key("mine/parts").set_upload_id(upload).part_number(1);
    denied!(part.copy_source(format!("{other}/mine/a")));
}

#[tokio::test]
async fn a_presigned_url_has_the_sessions_rights() {
    let Customer { embedded: _embedded, bucket, other, session } = customer().await;
    let get = async |bucket: &str, key: &str| {
        let get = session.get_object().bucket(bucket).key(key).presigned(issued(Duration::ZERO)).await.unwrap();
        send(&get, b"").await
    };
    assert_eq!(get(&bucket, "mine/a").await, (200, "hello".to_owned()));
    assert_eq!(get(&bucket, "yours/a").await.0, 403);
    assert_eq!(get(&other, "mine/a").await.0, 403);
    let put = session.put_object().bucket(&other).key("mine/b").presigned(issued(Duration::ZERO)).await.unwrap();
    assert_eq!(send(&put, b"x").await.0, 403);
}

#[tokio::test]
async fn a_session_policy_gives_nothing_that_the_role_does_not() {
    let Customer { embedded, bucket, other, .. } = customer().await;
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let endpoint = &embedded.backend.endpoint;
    let session = client(endpoint, assumed(assume(endpoint, &bucket).policy(everything)).await);
    session.get_object().bucket(&bucket).key("yours/a").send().await.unwrap();
    denied!(session.get_object().bucket(&other).key("mine/a"));
    denied!(session.list_buckets());
}

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
        Credentials::new(issued.access_key_id, issued.secret_access_key, Some(issued.session_token), None, "test")
    };
    let restarted = open(embedded.folder.path(), roles(), tokio::sync::mpsc::unbounded_channel().0);
    for endpoint in [&embedded.backend.endpoint, &serve(restarted).await] {
        let running = client(endpoint, issue(60));
        running.get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
        let ended = client(endpoint, issue(-1));
        let refused = refusal(ended.get_object().bucket(&bucket).key("mine/a").send().await);
        assert_eq!(refused, (400, "ExpiredToken".to_owned()));
        let get = ended.get_object().bucket(&bucket).key("mine/a").presigned(issued(Duration::ZERO)).await.unwrap();
        assert_eq!(send(&get, b"").await.0, 400);
    }
}

#[tokio::test]
async fn a_session_needs_its_own_unchanged_token() {
    let Customer { embedded, bucket, .. } = customer().await;
    let endpoint = &embedded.backend.endpoint;
    let (one, two) = (assumed(assume(endpoint, &bucket)).await, assumed(assume(endpoint, &bucket)).await);
    let token = one.session_token().unwrap();
    let changed = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
    for token in [None, Some(changed), two.session_token().map(str::to_owned), Some(String::new())] {
        let credentials = Credentials::new(one.access_key_id(), one.secret_access_key(), token, None, "test");
        let got = client(endpoint, credentials).get_object().bucket(&bucket).key("mine/a").send().await;
        assert_eq!(refusal(got), (400, "InvalidToken".to_owned()));
    }
    client(endpoint, one).get_object().bucket(&bucket).key("mine/a").send().await.unwrap();
}

#[tokio::test]
async fn what_assume_role_answers_and_refuses() {
    let Customer { embedded, bucket, .. } = customer().await;
    let Backend { endpoint, .. } = &embedded.backend;
    let answer = assume(endpoint, &bucket).duration_seconds(900).send().await.unwrap();
    assert_eq!(answer.assumed_role_user.unwrap().arn, "arn:aws:sts::000000000000:assumed-role/customer/test");
    let seconds = answer.credentials.unwrap().expiration.secs() - aws_sdk_s3::primitives::DateTime::from(SystemTime::now()).secs();
    assert!((890..=900).contains(&seconds), "{seconds} s");

    let refusals = [
        (assume(endpoint, &bucket).external_id("wrong"), "AccessDenied"),
        (assume(endpoint, &bucket).role_arn("arn:aws:iam::000000000000:role/unknown"), "AccessDenied"),
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
    let chained = sts(endpoint, session.clone()).assume_role().role_arn(ROLE).role_session_name("test").send().await;
    assert_eq!(chained.unwrap_err().code(), Some("AccessDenied"));
    let identity = sts(endpoint, session).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.arn(), Some("arn:aws:sts::000000000000:assumed-role/customer/test"));
    let wrong = sts(endpoint, Credentials::new(OPERATOR, "wrong", None, None, "test")).get_caller_identity().send().await;
    assert_eq!(wrong.unwrap_err().code(), Some("SignatureDoesNotMatch"));
    assert_eq!(embedded.server.requests().of("GetCallerIdentity"), 1);
}
