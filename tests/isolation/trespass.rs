use std::time::Duration;

use customer::{
    Bucket, Chain, Condition, CustomerId, ImageId, ObjectKey, Original, StoreError, UploadId,
};

/// Prefixes of the other buckets and of the customers' own, beside ours.
const OTHER_PREFIXES: [&str; 7] =
    ["", "customers/", "segments/", "staged/", "erasure/", "photos/", "private/"];
/// No object's.
const ETAG: &str = "\"00000000000000000000000000000000\"";
const MINUTE: Duration = Duration::from_mins(1);

/// Somebody else and an image of theirs.
#[derive(Clone, Debug)]
pub(crate) struct Neighbour {
    pub(crate) customer: CustomerId,
    pub(crate) image: ImageId,
}

impl Neighbour {
    pub(crate) fn new(customer: &str, image: &str) -> Self {
        Self { customer: customer.parse().unwrap(), image: image.parse().unwrap() }
    }

    /// Names of each kind that a customer's bucket has.
    fn in_customers(&self) -> Vec<ObjectKey> {
        let (image, upload) = (self.image, UploadId::random());
        let transform = "w=1".to_owned();
        vec![
            ObjectKey::Incoming(upload),
            ObjectKey::Ticket(upload),
            ObjectKey::Original(image),
            ObjectKey::Record(image),
            ObjectKey::Newest { uploaded_ms: 1, image },
            ObjectKey::Outbox { image, version: 1 },
            ObjectKey::Tombstone { erase_after_ms: 1, image },
            ObjectKey::Rendition { image, engine: 1, transform, extension: "jpg" },
            ObjectKey::QuarantineReason(upload),
        ]
    }

    /// Names of each kind that the service's and the feed's bucket have.
    pub(crate) fn in_services(&self) -> Vec<ObjectKey> {
        let Self { customer, image } = self.clone();
        let chain = Chain { epoch: "1".to_owned(), topic: "images".to_owned(), partition: 0 };
        vec![
            ObjectKey::Customer(customer.clone()),
            ObjectKey::Staged { customer: customer.clone(), image },
            ObjectKey::Erasure { customer, image },
            ObjectKey::Commit { chain, seq: 1 },
            ObjectKey::Probe(UploadId::random()),
        ]
    }
}

/// Tries all that a [`Bucket`] can do in a bucket of somebody else's. S3 has to refuse each.
pub(crate) async fn is_refused(there: &Bucket, neighbour: &Neighbour) {
    let mut granted = Vec::new();
    for key in [neighbour.in_customers(), neighbour.in_services()].concat() {
        granted.extend(calls(there, &key).await);
    }
    for prefix in OTHER_PREFIXES.iter().chain(ObjectKey::CUSTOMER_PREFIXES) {
        let listed = there.list(prefix, None, 1).await;
        granted.extend(unless_refused(&format!("list {prefix}"), listed.map(drop)));
    }
    assert!(granted.is_empty(), "in {}: {granted:#?}", there.name());
}

/// The same for single names.
pub(crate) async fn is_refused_at(there: &Bucket, keys: &[ObjectKey]) {
    for key in keys {
        let granted = calls(there, key).await;
        assert!(granted.is_empty(), "in {}: {granted:#?}", there.name());
    }
}

/// What was not refused of all that can be done with one name.
async fn calls(there: &Bucket, key: &ObjectKey) -> Vec<String> {
    let own = ObjectKey::Quarantine(UploadId::random());
    let put = async |condition| there.put(key, "trespass", Some("text/plain"), condition).await;
    let calls = [
        ("get", there.get(key).await.map(drop)),
        ("read", read(there, &key.to_string()).await),
        ("head", there.head(key).await.map(drop)),
        ("put", put(Condition::Always).await.map(drop)),
        ("create", put(Condition::Absent).await.map(drop)),
        ("replace", put(Condition::Matches(ETAG)).await.map(drop)),
        ("delete", there.delete(key).await),
        ("delete if", there.delete_if(key, ETAG).await),
        ("copy from", there.copy(key, ETAG, &own, "image/png").await.map(drop)),
        ("copy to", there.copy(&own, ETAG, key, "image/png").await.map(drop)),
    ];
    calls
        .into_iter()
        .filter_map(|(call, result)| unless_refused(&format!("{call} {key}"), result))
        .collect()
}

/// Reads an original by a name of the customer's own.
pub(crate) async fn read(bucket: &Bucket, name: &str) -> Result<(), StoreError> {
    let original = Original { key: name.to_owned(), etag: ETAG.to_owned() };
    bucket.original(&original).await.map(drop)
}

fn unless_refused(call: &str, result: Result<(), StoreError>) -> Option<String> {
    match result {
        Err(StoreError::AccessDenied { .. }) => None,
        other => Some(format!("{call}: {other:?}")),
    }
}

/// What is answered to whoever uses an address that the session has signed.
pub(crate) async fn presigned(there: &Bucket, key: &ObjectKey) -> u16 {
    let url = there.presign_put(key, 5, "image/png", MINUTE).await.unwrap();
    let put = reqwest::Client::new().put(url).header("content-type", "image/png").body("hello");
    put.send().await.unwrap().status().as_u16()
}

/// The same calls where they belong: all of them work, or a refusal elsewhere would say nothing.
pub(crate) async fn works_at_home(own: &Bucket) {
    let [one, other] = [UploadId::random(), UploadId::random()].map(ObjectKey::Quarantine);
    let etag = own.put(&one, "hello", Some("text/plain"), Condition::Always).await.unwrap();
    assert_eq!(own.get(&one).await.unwrap().unwrap().bytes, "hello");
    assert_eq!(own.head(&one).await.unwrap().unwrap().bytes, 5);
    own.copy(&one, &etag, &other, "text/plain").await.unwrap();
    let listed = own.list_all(ObjectKey::QUARANTINE).await.unwrap();
    let names: Vec<_> = listed.into_iter().map(|found| found.key).collect();
    assert!(names.contains(&one.to_string()) && names.contains(&other.to_string()), "{names:?}");
    own.delete(&one).await.unwrap();
    own.delete_named(&other.to_string()).await.unwrap();
    assert!(own.get(&one).await.unwrap().is_none(), "missing, and not forbidden");
}
