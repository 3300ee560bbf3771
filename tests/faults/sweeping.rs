use std::time::Duration;

use axum::body::Body;
use customer::{
    Bucket, Condition, Erasure, ImageId, Multipart, ObjectKey, Outcome, RegistryError, State,
    Ticket, Timestamp, UploadId,
};
use futures::future::join_all;
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

/// A sweep that follows another may find what that one has set off.
const SWEEPS_MAX: usize = 3;

/// Pictures from this number on are never uploaded.
const STRAYS: u32 = 100_000;

/// What a sweep finds to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A change waits in the outbox.
    Change,
    /// An upload waits in `incoming/`.
    Upload,
    /// What waits there is no image.
    Refusal,
    /// An upload in parts was begun a day ago, and never brought to an end.
    Parts,
    /// A deleted image is to be erased at once.
    Erasure,
    /// Beside an image lies what does not belong to it, and parts of one that never came to be.
    Leftovers,
}

/// One piece of work.
struct Prepared {
    picture: Picture,
    upload: Option<UploadId>,
}

/// Whatever happens to a sweep, the next ones do what it left, and then there is nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_disturbed_sweep_leaves_the_next_one_does() {
    let works =
        [Work::Change, Work::Upload, Work::Refusal, Work::Parts, Work::Erasure, Work::Leftovers];
    join_all(works.map(disturb_each_request)).await;
}

async fn disturb_each_request(work: Work) {
    let ground = Ground::prepare(0).await;
    let mut prepared = vec![work.prepare(&ground, 0).await];
    let service = ground.start_service();
    assert_ne!(work.sweep(&service).await.unwrap(), Swept::default(), "{work:?}");
    let faults = (1..=service.wire.count()).flat_map(faults);
    for ((fault, meets), number) in faults.zip(1..) {
        prepared.push(work.prepare(&ground, number).await);
        work.disturb(&ground, fault, meets).await;
    }
    work.check(&ground, &prepared).await;
}

/// What the SDK overcomes by itself has to last, or nobody would notice.
fn faults(request: usize) -> [(Fault, Meets); 7] {
    let (only, from) = (Meets::Only(request), Meets::From(request));
    [
        (Fault::AnswerLost, only),
        (Fault::Late, only),
        (Fault::Answered(409), only),
        (Fault::Answered(412), only),
        (Fault::Lost, from),
        (Fault::AnswerLost, from),
        (Fault::Late, from),
    ]
}

impl Work {
    async fn prepare(self, ground: &Ground, number: u32) -> Prepared {
        let (service, picture) = (ground.start_service(), Picture::numbered(number));
        let operations: &[Operation] = match self {
            Self::Change | Self::Leftovers => &[Operation::Upload],
            Self::Upload | Self::Refusal | Self::Parts => &[],
            Self::Erasure => &[Operation::Upload, Operation::Delete],
        };
        for operation in operations {
            let answer = service.send(*operation, &picture).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
        let upload = match self {
            Self::Upload => Some(upload(ground, &service, picture.bytes.clone()).await),
            Self::Refusal => Some(upload(ground, &service, b"no image".to_vec()).await),
            _ => None,
        };
        if self == Self::Parts {
            begin(&service.bucket().await).await;
        }
        if self == Self::Leftovers {
            leave(&service.bucket().await, &picture, &stray(number)).await;
        }
        Prepared { picture, upload }
    }

    async fn sweep(self, service: &Service<'_>) -> Result<Swept, RegistryError> {
        match self {
            Self::Leftovers => ingest::sweep_leftovers(&service.steps, Timestamp::now()).await,
            // A day later.
            Self::Parts => {
                let later = Timestamp::now().plus(time::Duration::hours(25));
                ingest::sweep(&service.steps, later).await
            }
            _ => ingest::sweep(&service.steps, Timestamp::now()).await,
        }
    }

    async fn disturb(self, ground: &Ground, fault: Fault, meets: Meets) {
        let service = ground.start_service();
        service.wire.disturb(fault, meets);
        // An error is as good as a report of failures: somebody sweeps again.
        drop(self.sweep(&service).await);
        service.wire.heal();
        service.wire.deliver().await;
        for _ in 0..SWEEPS_MAX {
            let swept = self.sweep(&service).await.unwrap();
            assert_eq!(swept.failed, 0, "{self:?}, {fault:?} {meets:?}");
            if swept == Swept::default() {
                return;
            }
        }
        panic!("{self:?}, {fault:?} {meets:?}: there is always something left to sweep");
    }

    async fn check(self, ground: &Ground, prepared: &[Prepared]) {
        let service = ground.start_service();
        assert_eq!(service.sweep().await.failed, 0);
        // An erasure leaves nothing to it.
        if self != Self::Erasure {
            assert_eq!(service.sweep_leftovers().await.failed, 0);
        }
        let bucket = service.bucket().await;
        for prefix in [ObjectKey::INCOMING, ObjectKey::TOMBSTONES] {
            assert_eq!(bucket.list_all(prefix).await.unwrap(), [], "{self:?}");
        }
        assert_eq!(bucket.unfinished(ObjectKey::INCOMING).await.unwrap(), [], "{self:?}");
        // An entry of an erased image, whose announcement was told of as failed, waits for an hour.
        let waiting = bucket.list_all(ObjectKey::OUTBOX).await.unwrap();
        assert!(waiting.is_empty() || self == Self::Erasure, "{self:?}: {waiting:?}");
        let strays: Vec<_> = (0..).map(stray).take(prepared.len()).collect();
        let pictures = prepared.iter().map(|prepared| &prepared.picture);
        let records = whole::check(&bucket, pictures.chain(&strays)).await;
        let announced = ground.topic.newest();
        for Prepared { picture, upload } in prepared {
            let (record, told) = (records.get(&picture.image), announced.get(&picture.image));
            match self {
                Self::Change | Self::Upload | Self::Leftovers => {
                    assert_eq!(record.unwrap().version, 1);
                    assert_eq!(told, record);
                }
                Self::Refusal | Self::Parts => assert_eq!((record, told), (None, None)),
                Self::Erasure => {
                    assert_eq!(record, None);
                    let told = told.map(|told| (told.version, told.state));
                    assert_eq!(told, Some((2, State::Deleted)), "Kafka is told before");
                    assert_eq!(erased_up_to(&service, picture.image).await, 2);
                }
            }
            if let Some(upload) = upload {
                check_ticket(&bucket, *upload, record.map(|record| record.image)).await;
            }
        }
    }
}

/// A ticket, and the bytes under its name.
async fn upload(ground: &Ground, service: &Service<'_>, bytes: Vec<u8>) -> UploadId {
    let asked = json!({"type": "image/bmp", "bytes": bytes.len()});
    let request = Request::post("/v1/uploads")
        .header("authorization", format!("Bearer {}", ground.token))
        .header("content-type", "application/json")
        .body(Body::from(asked.to_string()));
    let ticket = service.ask(request.unwrap()).await;
    assert_eq!(ticket.status, StatusCode::CREATED, "{ticket:?}");
    let id = ticket.json["id"].as_str().unwrap().parse().unwrap();
    put(&service.bucket().await, ObjectKey::Incoming(id), bytes).await;
    id
}

/// Begins an upload in parts.
async fn begin(bucket: &Bucket) {
    let (key, valid) = (ObjectKey::Incoming(UploadId::random()), Duration::from_mins(1));
    let step = Multipart::Create { media_type: "image/bmp" };
    let url = bucket.presign_multipart(&key, step, valid).await.unwrap();
    let begun = reqwest::Client::new().post(url).header("content-type", "image/bmp").send().await;
    assert_eq!(begun.unwrap().status(), StatusCode::OK);
    assert!(!bucket.unfinished(ObjectKey::INCOMING).await.unwrap().is_empty());
}

/// A picture that is never uploaded.
fn stray(number: u32) -> Picture {
    Picture::numbered(STRAYS + number)
}

async fn leave(bucket: &Bucket, picture: &Picture, stray: &Picture) {
    for (Picture { image, bytes }, uploaded_ms) in [(picture, 1), (stray, 2)] {
        let original = ObjectKey::OriginalAgain { image: *image, uploaded_ms };
        put(bucket, original, bytes.clone()).await;
        put(bucket, ObjectKey::Newest { uploaded_ms, image: *image }, Vec::new()).await;
    }
    let transform = "w=4".to_owned();
    let rendition =
        ObjectKey::Rendition { image: stray.image, engine: 1, transform, extension: "jpg" };
    put(bucket, rendition, Vec::new()).await;
}

async fn put(bucket: &Bucket, key: ObjectKey, bytes: Vec<u8>) {
    bucket.put(&key, bytes, Some("image/bmp"), Condition::Always).await.unwrap();
}

/// Accepted as `image`, or refused and kept with the reason.
async fn check_ticket(bucket: &Bucket, upload: UploadId, image: Option<ImageId>) {
    let ticket = bucket.get(&ObjectKey::Ticket(upload)).await.unwrap().unwrap();
    let outcome = serde_json::from_slice::<Ticket>(&ticket.bytes).unwrap().outcome;
    if let Some(image) = image {
        assert_eq!(outcome, Outcome::Accepted { image });
        return;
    }
    assert!(matches!(outcome, Outcome::Refused { code, .. } if code == "not_an_image"));
    for kept in [ObjectKey::Quarantine(upload), ObjectKey::QuarantineReason(upload)] {
        assert!(bucket.head(&kept).await.unwrap().is_some(), "{kept}");
    }
}

async fn erased_up_to(service: &Service<'_>, image: ImageId) -> u64 {
    let (feed, customer) = (service.steps.buckets.feed(), "acme".parse().unwrap());
    Erasure::up_to(&feed, &customer, image).await.unwrap()
}
