use std::fmt::Debug;

use aws_credential_types::Credentials;
use aws_sdk_s3::{
    Client as S3, config::http::HttpResponse, error::SdkError, primitives::ByteStream,
};
use aws_sdk_sts::{
    error::ProvideErrorMetadata,
    operation::assume_role::builders::AssumeRoleFluentBuilder as AssumeRole, types::Tag,
};
use customer::{Customer, session_policy};

use crate::{
    machine::{CUSTOMER_ROLE, Machine, bucket_of},
    town::{PHOTOS, Town},
};

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_our_own_code_never_asks_for_is_refused_as_well() {
    let Town { machine, beta, .. } = Town::start().await;
    let (acme, theirs) = (machine.registered("acme").await, bucket_of("beta"));
    let policy = session_policy(&acme.bucket, &acme.sources);
    let s3 = session(&machine, assume(&machine, &acme, &policy).await).await;
    let record = format!("records/{}.json", beta.image);
    let before = machine.objects(&theirs).await;

    let copy = s3.copy_object().bucket(&acme.bucket).key("quarantine/stolen");
    let copy = copy.copy_source(format!("{theirs}/{record}"));
    assert_eq!(status(copy.send().await), 403, "out of the other bucket");
    for name in [format!("records/../../{theirs}/{record}"), format!("../{theirs}/{record}")] {
        let answered = status(s3.get_object().bucket(&acme.bucket).key(&name).send().await);
        assert!(matches!(answered, 400 | 403 | 404), "{name}: {answered}");
    }
    let multipart = s3.create_multipart_upload().bucket(&theirs).key(&record);
    assert_eq!(status(multipart.send().await), 403);
    assert_eq!(status(s3.list_objects().bucket(&theirs).send().await), 403);
    assert_eq!(status(s3.head_bucket().bucket(&theirs).send().await), 403);
    assert_eq!(status(s3.get_bucket_location().bucket(&theirs).send().await), 403);
    assert_eq!(status(s3.list_buckets().send().await), 403);
    assert_eq!(status(s3.create_bucket().bucket(bucket_of("more")).send().await), 403);
    for bucket in [&theirs, &acme.bucket] {
        assert_eq!(status(s3.delete_bucket().bucket(bucket).send().await), 403, "{bucket}");
    }
    assert_eq!(machine.objects(&theirs).await, before);
    assert!(machine.objects(&acme.bucket).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_written_by_no_call_and_reached_with_the_external_id_alone() {
    let Town { machine, .. } = Town::start().await;
    let gamma = machine.registered("gamma").await;
    let policy = session_policy(&gamma.bucket, &gamma.sources);
    for external_id in [None, Some("x".repeat(64))] {
        let assumed = assume(&machine, &gamma, &policy).await.set_external_id(external_id);
        assert_eq!(assumed.send().await.unwrap_err().code(), Some("AccessDenied"));
    }
    let s3 = session(&machine, assume(&machine, &gamma, &policy).await).await;
    let before = machine.objects(PHOTOS).await;
    let put = s3.put_object().bucket(PHOTOS).key("photos/cat.jpg");
    assert_eq!(status(put.body(ByteStream::from_static(b"dog")).send().await), 403);
    let copy = s3.copy_object().bucket(PHOTOS).key("photos/dog.jpg");
    assert_eq!(status(copy.copy_source(format!("{PHOTOS}/photos/cat.jpg")).send().await), 403);
    let multipart = s3.create_multipart_upload().bucket(PHOTOS).key("photos/dog.jpg");
    assert_eq!(status(multipart.send().await), 403);
    assert_eq!(machine.objects(PHOTOS).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn role_and_session_policy_each_make_up_for_the_others_mistake() {
    let Town { machine, beta, .. } = Town::start().await;
    let (acme, theirs) = (machine.registered("acme").await, bucket_of("beta"));
    let record = format!("records/{}.json", beta.image);
    for (policy, bucket) in [
        (EVERYTHING.to_owned(), &theirs),
        (session_policy(&theirs, &[]), &theirs),
        (session_policy(&theirs, &[]), &acme.bucket),
    ] {
        let s3 = session(&machine, assume(&machine, &acme, &policy).await).await;
        let got = s3.get_object().bucket(bucket).key(&record).send().await;
        assert_eq!(status(got), 403, "{policy} in {bucket}");
    }
}

/// A session of the customer by the services' own key, as `customer::Buckets` asks for one.
async fn assume(machine: &Machine, customer: &Customer, policy: &str) -> AssumeRole {
    let config = aws_sdk_sts::config::Builder::from(&machine.darkroom.sdk().await)
        .credentials_provider(machine.services_key());
    let tag = Tag::builder().key("customer").value(customer.id.as_str()).build().unwrap();
    let role = customer.role.as_ref();
    aws_sdk_sts::Client::from_conf(config.build())
        .assume_role()
        .role_arn(role.map_or(CUSTOMER_ROLE, |role| &role.arn))
        .role_session_name("test")
        .set_external_id(role.map(|role| role.external_id.clone()))
        .tags(tag)
        .policy(policy)
}

/// S3 with the rights of the session.
async fn session(machine: &Machine, assume: AssumeRole) -> S3 {
    let issued = assume.send().await.unwrap().credentials.unwrap();
    let (id, secret) = (issued.access_key_id, issued.secret_access_key);
    let key = Credentials::new(id, secret, Some(issued.session_token), None, "session");
    let config = aws_sdk_s3::config::Builder::from(&machine.darkroom.sdk().await)
        .credentials_provider(key)
        .force_path_style(true);
    S3::from_conf(config.build())
}

/// The status of a refusal.
pub(crate) fn status<T: Debug, E: Debug>(result: Result<T, SdkError<E, HttpResponse>>) -> u16 {
    let error = result.unwrap_err();
    let response = error.raw_response();
    response.unwrap_or_else(|| panic!("no answer: {error:?}")).status().as_u16()
}
