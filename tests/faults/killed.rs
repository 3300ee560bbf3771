use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use consumer::Outcome;
use customer::{Event, ImageId, ObjectKey, Record, Timestamp};
use futures::future::join_all;
use http::StatusCode;
use ingest::Swept;

use crate::{
    kill_points::{KillPoint, write_table},
    lineage::Lineage,
    operation::{Happened, Operation},
    picture::Picture,
    trap::Progress,
    verify::verify,
    whole,
};

/// No operation takes more requests.
const REQUESTS_MAX: u32 = 24;
/// Programs that share an operation's kill points: most of the time goes into batches that fill.
const LINEAGES: usize = 4;

/// Requests that every operation takes, in this order.
const MILESTONES: [&str; 7] = [
    "PUT outbox/…",
    "PUT records/…",
    "Produce",
    "DELETE outbox/…",
    "PUT commits/…",
    "PUT staged/…",
    "OffsetCommit",
];

/// For each n: the program is killed before the n-th request that the operation takes, from the
/// client's request to the offset of its event in Kafka. After a restart and a sweep, what was
/// answered with success is stored, recorded, announced and staged; what was not has happened
/// wholly or not at all, and happens when it is asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_program_is_killed_no_change_is_lost_or_half_done() {
    let tables = Operation::ALL.map(async |operation| (operation, kill_points(operation).await));
    let tables = join_all(tables).await;
    write_table(&tables);
    for (operation, points) in &tables {
        for milestone in MILESTONES {
            let killed = points.iter().any(|point| point.request == milestone);
            assert!(killed, "{operation}: no kill before {milestone}");
        }
        assert!(points.iter().any(|point| point.answered.is_some()), "{operation}");
        assert!(points.iter().any(|point| point.found == Happened::Not), "{operation}");
    }
}

async fn kill_points(operation: Operation) -> Vec<KillPoint> {
    let next = AtomicUsize::new(1);
    let points = join_all((0..LINEAGES).map(|_| kill_again_and_again(operation, &next))).await;
    let mut points: Vec<_> = points.into_iter().flatten().collect();
    points.sort_by_key(|point| point.number);
    points
}

/// Takes the next kill point until there is none any more, and then looks at everything once.
async fn kill_again_and_again(operation: Operation, next: &AtomicUsize) -> Vec<KillPoint> {
    let mut lineage = Lineage::begin().await;
    let pictures: Vec<_> = (0..=REQUESTS_MAX).map(Picture::numbered).collect();
    let mut expected = BTreeMap::new();
    if operation != Operation::Upload {
        for picture in &pictures {
            let uploaded = lineage.send(Operation::Upload, picture).await;
            assert_eq!(uploaded, Some(StatusCode::CREATED));
            expected.insert(picture.image, Operation::Upload);
        }
        for picture in &pictures {
            lineage.wait_for_rest(picture.image, 1).await;
        }
    }
    let mut points = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let picture = &pictures[number];
        let point = kill(&mut lineage, operation, picture, number).await;
        expected.insert(picture.image, operation);
        match point {
            Some(point) => points.push(point),
            None => break,
        }
    }
    lineage.end();
    let pictures: Vec<_> =
        pictures.into_iter().filter(|picture| expected.contains_key(&picture.image)).collect();
    let records = in_the_end(&lineage, &pictures).await;
    for picture in &pictures {
        let operation = expected[&picture.image];
        assert_eq!(operation.happened_to(&records[&picture.image]), Happened::Wholly);
    }
    points
}

/// Kills at one point and restarts; `None` where the operation came to its end first.
async fn kill(
    lineage: &mut Lineage,
    operation: Operation,
    picture: &Picture,
    number: usize,
) -> Option<KillPoint> {
    lineage.trap.arm(picture.image, number);
    let answered = lineage.send(operation, picture).await;
    assert!(answered.is_none_or(|status| status.is_success()), "{answered:?}");
    let Progress::KilledBefore(request) = lineage.wait_for_progress().await else {
        lineage.trap.disarm();
        return None;
    };
    lineage.start().await;
    let found = look(lineage, operation, picture).await;
    let mut again = None;
    if answered.is_none() {
        again = lineage.send(operation, picture).await;
        assert!(again.is_some_and(|status| status.is_success()), "{number}: {again:?}");
        assert_eq!(look(lineage, operation, picture).await, Happened::Wholly, "{number}");
    } else {
        assert_eq!(found, Happened::Wholly, "{number}: it was answered with success");
    }
    lineage.wait_for_rest(picture.image, operation.version()).await;
    let (_, shown) = lineage.get(&picture.path()).await;
    let feed = shown["feed"].as_str().unwrap().to_owned();
    assert_eq!(feed, if operation == Operation::Delete { "announced" } else { "staged" });
    Some(KillPoint { number, request, answered, found, again, feed })
}

/// What the API shows of the image and whether its listing agrees.
async fn look(lineage: &Lineage, operation: Operation, picture: &Picture) -> Happened {
    let (status, shown) = lineage.get(&picture.path()).await;
    let happened = operation.happened(status, &shown);
    let (_, listed) = lineage.get("/v1/images?limit=200").await;
    let listed = listed["images"].as_array().unwrap();
    let times = listed.iter().filter(|image| image["id"] == picture.image.to_string()).count();
    let live = shown["state"] == "live";
    assert_eq!(times, usize::from(live), "{operation}: {shown}");
    happened
}

/// With the program gone: nothing is left to sweep, everything is whole, every record's highest
/// version is on Kafka, and the chain took in each of them once.
async fn in_the_end(lineage: &Lineage, pictures: &[Picture]) -> BTreeMap<ImageId, Record> {
    let steps = &lineage.steps;
    assert_eq!(ingest::sweep(steps, Timestamp::now()).await.unwrap(), Swept::default());
    assert_eq!(ingest::sweep_leftovers(steps, Timestamp::now()).await.unwrap().failed, 0);
    let bucket = lineage.bucket().await;
    let records = whole::check(&bucket, pictures).await;
    assert!(bucket.list_all(ObjectKey::OUTBOX).await.unwrap().is_empty());
    assert_eq!(lineage.topic.newest(), records);

    let verified = verify(&steps.buckets, &lineage.chain()).await;
    let entries = verified.commits.iter().flat_map(|commit| &commit.records);
    let mut taken = BTreeMap::<_, Vec<_>>::new();
    for entry in entries.filter(|entry| entry.outcome != Outcome::Superseded) {
        let versions = taken.entry(entry.subject.image).or_default();
        versions.push((entry.subject.version, entry.outcome));
    }
    for record in records.values() {
        let staged_or_withheld =
            if record.may_be_trained_on() { Outcome::Staged } else { Outcome::Withheld };
        let versions = &taken[&record.image];
        assert_eq!(versions.last(), Some(&(record.version, staged_or_withheld)));
        assert!(versions.is_sorted_by(|one, next| one.0 < next.0), "{versions:?}");
        let sample = Event { record: record.clone() }.id().replace('/', "-");
        let is_sample = verified.members.contains_key(&format!("{sample}.jpg"));
        assert_eq!(is_sample, record.may_be_trained_on());
    }
    assert!(verified.commits.iter().all(|commit| commit.rejected.is_empty()));
    records
}
