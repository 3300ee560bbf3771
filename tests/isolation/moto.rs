use aws_sdk_s3::Client as S3;
use customer::{
    Bucket, Condition, Customer, ObjectKey, Original, RoleReference, StoreError, UploadId,
};
use tests::moto::Moto;

use crate::{
    account::{Account, FEED_BUCKET, IMAGE, SERVICE_BUCKET, UNGUARDED},
    trespass::{Neighbour, is_refused, works_at_home},
};

/// What moto knows of IAM: roles, trust and their policies, and neither session policies nor tags. It
/// judges a copy by where it goes, and no signature in a URL.
#[tokio::test]
async fn with_a_role_for_each_customer_moto_refuses_the_same() {
    let Some(moto) = Moto::start_with(&[UNGUARDED]).await else { return };
    let account = Account::make(&moto.endpoint).await;
    let (acme, beta) = (account.customer("acme").await, account.customer("beta").await);
    account.guard().await;
    let operator = account.s3(&account.operator).await;
    let services = account.services().await;

    let session = services.of(&acme).await;
    works_at_home(&session).await;
    let neighbour = Neighbour::new("beta", IMAGE);
    for bucket in [&beta.bucket, SERVICE_BUCKET, FEED_BUCKET] {
        let before = text_of(&operator, bucket).await;
        is_refused(&session.elsewhere(bucket), &neighbour).await;
        assert_eq!(text_of(&operator, bucket).await, before, "{bucket}");
    }
    only_reads_its_source(&session, &operator).await;
    let strange = RoleReference { external_id: "guessed".to_owned(), ..beta.role.clone().unwrap() };
    let strange = services.of(&Customer { role: Some(strange), ..beta.clone() }).await;
    strange.list(ObjectKey::RECORDS, None, 1).await.unwrap_err();
    works_at_home(&services.of(&beta).await).await;
}

async fn only_reads_its_source(session: &Bucket, operator: &S3) {
    let etag = |key: &str| operator.head_object().bucket(session.name()).key(key).send();
    let original = async |key: &str| {
        let etag = etag(key).await.unwrap().e_tag.unwrap();
        session.original(&Original { key: key.to_owned(), etag }).await
    };
    assert_eq!(original("photos/cat").await.unwrap().bytes, "photos/cat");
    let probe = ObjectKey::Probe(UploadId::random());
    for refused in [
        session.put(&probe, "", None, Condition::Always).await.map(drop),
        session.get(&probe).await.map(drop),
        original("private/salaries").await.map(drop),
        session.delete_named("photos/cat").await,
        session.delete_named("private/salaries").await,
    ] {
        assert!(matches!(refused, Err(StoreError::AccessDenied { .. })), "{refused:?}");
    }
}

/// Names and contents of a bucket.
async fn text_of(s3: &S3, bucket: &str) -> Vec<(String, Vec<u8>)> {
    let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
    let mut objects = Vec::new();
    for key in listed.contents.unwrap_or_default().into_iter().filter_map(|object| object.key) {
        let object = s3.get_object().bucket(bucket).key(&key).send().await.unwrap();
        objects.push((key, object.body.collect().await.unwrap().to_vec()));
    }
    objects
}
