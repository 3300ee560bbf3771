use axum::body::Body;
use customer::{
    Bucket, Condition, Erasure, ImageId, ObjectKey, Outcome, State, Ticket, Timestamp, UploadId,
};
use http::{Request, StatusCode};
use ingest::Swept;
use serde_json::json;

use crate::{
    operation::Operation,
    picture::Picture,
    service::{Ground, Service},
    whole,
    wire::{Fault, Meets},
};

/// The SDK tells 500 from 503 as little as a broken connection from an answer of 503.
const FAULTS: [Fault; 6] = [
    Fault::Lost,
    Fault::AnswerLost,
    Fault::Late,
    Fault::Answered(409),
    Fault::Answered(412),
    Fault::Answered(503),
];
/// After a sweep without faults, another one may find what that one has set off.
const SWEEPS_MAX: usize = 3;

/// What a sweep finds to do.
struct Work {
    /// Waits in the outbox.
    changed: Picture,
    /// Waits in `incoming/`.
    uploaded: (UploadId, Picture),
    /// Waits there too, and is no image.
    refused: UploadId,
    /// Deleted, and to be erased at once.
    deleted: Picture,
}

/// Whatever happens to a sweep, the next ones do what it left, and then there is nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_disturbed_sweep_leaves_the_next_one_does() {
    let ground = Ground::prepare(0).await;
    let mut works = vec![Work::prepare(&ground, 0).await];
    let service = ground.start_service();
    service.sweep().await;
    for request in 1..=service.wire.count() {
        for fault in FAULTS {
            for meets in [Meets::Only(request), Meets::From(request)] {
                works.push(Work::prepare(&ground, works.len()).await);
                disturbed_sweep(&ground, fault, meets).await;
            }
        }
    }
    let service = ground.start_service();
    assert_eq!(service.sweep_leftovers().await.failed, 0);
    check(&ground, &service.bucket().await, &works).await;
}

async fn disturbed_sweep(ground: &Ground, fault: Fault, meets: Meets) {
    let service = ground.start_service();
    service.wire.disturb(fault, meets);
    // An error is as good as a report of failures: somebody sweeps again.
    drop(ingest::sweep(&service.steps, Timestamp::now()).await);
    service.wire.heal();
    service.wire.deliver().await;
    for _ in 0..SWEEPS_MAX {
        let swept = service.sweep().await;
        assert_eq!(swept.failed, 0, "{fault:?} {meets:?}");
        if swept == Swept::default() {
            return;
        }
    }
    panic!("{fault:?} {meets:?}: there is always something left to sweep");
}

impl Work {
    async fn prepare(ground: &Ground, number: usize) -> Self {
        let service = ground.start_service();
        let [changed, uploaded, deleted] = [0, 1, 2].map(|n| Picture::numbered(3 * number + n));
        let file = uploaded.bytes.clone();
        for (operation, picture) in [
            (Operation::Upload, &changed),
            (Operation::Upload, &deleted),
            (Operation::Delete, &deleted),
        ] {
            let answer = service.send(operation, picture).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
        let uploaded = (upload(ground, &service, file).await, uploaded);
        let refused = upload(ground, &service, b"no image".to_vec()).await;
        Self { changed, uploaded, refused, deleted }
    }

    fn pictures(&self) -> [&Picture; 3] {
        [&self.changed, &self.uploaded.1, &self.deleted]
    }
}

/// A ticket, and the bytes under its name.
async fn upload(ground: &Ground, service: &Service<'_>, bytes: Vec<u8>) -> UploadId {
    let asked = json!({"type": "image/bmp", "bytes": bytes.len(), "labels": ["before"]});
    let request = Request::post("/v1/uploads")
        .header("authorization", format!("Bearer {}", ground.token))
        .header("content-type", "application/json")
        .body(Body::from(asked.to_string()));
    let ticket = service.ask(request.unwrap()).await;
    assert_eq!(ticket.status, StatusCode::CREATED, "{ticket:?}");
    let id = ticket.json["id"].as_str().unwrap().parse().unwrap();
    let (bucket, key) = (service.bucket().await, ObjectKey::Incoming(id));
    bucket.put(&key, bytes, Some("image/bmp"), Condition::Always).await.unwrap();
    id
}

async fn check(ground: &Ground, bucket: &Bucket, works: &[Work]) {
    for prefix in [ObjectKey::INCOMING, ObjectKey::OUTBOX, ObjectKey::TOMBSTONES] {
        let left = bucket.list_all(prefix).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
    let announced = ground.topic.newest();
    let records = whole::check(bucket, works.iter().flat_map(Work::pictures)).await;
    for Work { changed, uploaded: (upload, uploaded), refused, deleted } in works {
        for picture in [changed, uploaded] {
            assert_eq!(announced.get(&picture.image), records.get(&picture.image));
            assert_eq!(records[&picture.image].version, 1);
        }
        let image = uploaded.image;
        assert_eq!(outcome(bucket, *upload).await, Outcome::Accepted { image });
        let refusal = outcome(bucket, *refused).await;
        assert!(matches!(refusal, Outcome::Refused { code, .. } if code == "not_an_image"));
        for kept in [ObjectKey::Quarantine(*refused), ObjectKey::QuarantineReason(*refused)] {
            assert!(bucket.head(&kept).await.unwrap().is_some(), "{kept}");
        }
        assert!(!records.contains_key(&deleted.image), "it is erased");
        let told = &announced[&deleted.image];
        assert_eq!((told.version, told.state), (2, State::Deleted), "Kafka was told before");
        assert_eq!(erased_up_to(ground, deleted.image).await, 2);
    }
}

async fn outcome(bucket: &Bucket, upload: UploadId) -> Outcome {
    let ticket = bucket.get(&ObjectKey::Ticket(upload)).await.unwrap().unwrap();
    serde_json::from_slice::<Ticket>(&ticket.bytes).unwrap().outcome
}

async fn erased_up_to(ground: &Ground, image: ImageId) -> u64 {
    let feed = ground.start_service().steps.buckets.feed();
    Erasure::up_to(&feed, &"acme".parse().unwrap(), image).await.unwrap()
}
