use std::{path::Path, process::Stdio, time::Duration};

use consumer::{BatchLimits, Config, Consumer, RunError, Staging};
use customer::{Consent, ObjectKey, Patch, Record, TOPIC, Timestamp};
use kafka::KafkaConfig;
use tokio::{process::Command, sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    kafka::{Kafka, PARTITIONS},
    store::{Store, chain, fixture, incoming},
    verify::{Verified, verify},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A consumer in a task.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), RunError>>,
}

impl Running {
    fn start(store: &Store, kafka: &Kafka, group: &str) -> Self {
        let consumer =
            Consumer::new(config(kafka, group), store.buckets.clone(), store.registry.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(consumer.run(Box::pin(async { drop(stopped.await) })));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }

    /// The nearest to a crash that a task can come: dropped wherever it is.
    async fn abort(self) {
        self.task.abort();
        assert!(timeout(PATIENCE, self.task).await.unwrap().unwrap_err().is_cancelled());
    }
}

/// Batches of three.
pub(crate) fn config(kafka: &Kafka, group: &str) -> Config {
    Config {
        kafka: KafkaConfig::open(kafka.brokers()),
        group: group.to_owned(),
        epoch: "test".to_owned(),
        batch: BatchLimits { records_max: 3, age_max_ms: 200, ..BatchLimits::default() },
        staging: Staging::default(),
    }
}

/// Reads all partitions until `count` records are committed.
async fn committed(store: &Store, count: usize) -> Vec<Verified> {
    let all = async {
        loop {
            let mut partitions = Vec::new();
            for partition in 0..PARTITIONS {
                partitions.push(verify(&store.buckets, &chain(partition)).await);
            }
            let taken: usize = partitions.iter().map(|chain| chain.outcomes().len()).sum();
            assert!(taken <= count, "{taken} records are committed, only {count} were sent");
            if taken == count {
                return partitions;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, all).await.expect("the records are not committed in time")
}

fn count(partitions: &[Verified], outcome: &str) -> usize {
    let outcomes = partitions.iter().flat_map(Verified::outcomes);
    outcomes.filter(|(_, found)| found == outcome).count()
}

async fn photographs(store: &Store) -> Vec<Record> {
    let mut records = Vec::new();
    for (customer, name, consent) in [
        ("acme", "astronaut.jpg", Consent::Training),
        ("acme", "../metadata/camera.jpg", Consent::Training),
        ("acme", "coffee.jpg", Consent::None),
        ("beta", "astronaut.jpg", Consent::Training),
        ("beta", "rocket.jpg", Consent::Training),
        ("beta", "chelsea.png", Consent::None),
    ] {
        records.push(store.upload(customer, &fixture(name), consent).await);
    }
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn from_kafka_to_segments_once_through_restarts() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    let records = photographs(&store).await;

    let first = Running::start(&store, &kafka, "first");
    for record in &records {
        kafka.announce(record).await;
    }
    kafka.send_poison(0).await;
    let partitions = committed(&store, 7).await;
    assert_eq!([count(&partitions, "staged"), count(&partitions, "withheld")], [4, 2]);
    assert_eq!(count(&partitions, "not_an_event"), 1);
    first.abort().await;

    // Sent while nobody listens: everything again, and one new label.
    for record in &records {
        kafka.announce(record).await;
    }
    let labels = Patch { labels: Some(vec!["space".to_owned()]), ..Patch::default() };
    let labelled = records[0].patched(&labels, Timestamp::from_ms(1_795_246_150_000)).unwrap();
    kafka.announce(&labelled).await;

    // A group of its own has no offsets: where to begin is in the chain alone.
    let second = Running::start(&store, &kafka, "second");
    let partitions = committed(&store, 14).await;
    assert_eq!([count(&partitions, "staged"), count(&partitions, "superseded")], [5, 6]);
    assert!(partitions.iter().all(|chain| chain.commits.iter().all(|c| c.gap_before.is_none())));

    // Two groups, and so two writers that each get every record; then one of them alone.
    let third = Running::start(&store, &kafka, "third");
    for _ in 0..10 {
        kafka.send_poison(0).await;
        kafka.send_poison(1).await;
    }
    committed(&store, 34).await;
    second.stop().await;
    kafka.send_poison(0).await;
    kafka.send_poison(1).await;
    let partitions = committed(&store, 36).await;
    third.stop().await;

    let segments: Vec<_> = partitions.into_iter().flat_map(|chain| chain.segments).collect();
    read_with_webdataset(&store, &segments, &records, &labelled).await;
}

/// The script looks at pixels; here only at which samples it found.
async fn read_with_webdataset(
    store: &Store,
    segments: &[Vec<u8>],
    records: &[Record],
    labelled: &Record,
) {
    let folder = store.folder.path().join("read");
    std::fs::create_dir(&folder).unwrap();
    let mut arguments = vec!["--originals".into(), folder.clone().into_os_string()];
    for (index, tar) in segments.iter().enumerate() {
        let path = folder.join(format!("{index}.tar"));
        std::fs::write(&path, tar).unwrap();
        arguments.push(path.into_os_string());
    }
    for record in records {
        let bucket = store.bucket(record.customer.as_str()).await;
        let key = ObjectKey::Original(record.image);
        let original = bucket.get(&key).await.unwrap().unwrap().bytes;
        std::fs::write(folder.join(&record.sha256), original).unwrap();
    }
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_segment.py");
    let output = Command::new(interpreter())
        .arg(python)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let consented = records.iter().filter(|record| record.consent == Consent::Training);
    let mut expected: Vec<_> = consented
        .chain([labelled])
        .map(|record| format!("{}-{}-{}", record.customer, record.image, record.version))
        .collect();
    expected.sort();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut found: Vec<_> =
        stdout.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, expected);
}

/// The repository's own environment, else what the machine has.
fn interpreter() -> std::path::PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin/python");
    if own.is_file() { own } else { "python3".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_under_an_old_epoch_is_refused() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    let old: Vec<_> = (0..3).map(crate::store::poison).collect();
    store.stage().stage(&mut store.chain(0).await, &old).await.unwrap();
    let consumer = Running::start(&store, &kafka, "any");
    let refused = timeout(PATIENCE, consumer.task).await.unwrap().unwrap().unwrap_err();
    let text = refused.to_string();
    assert!(matches!(refused, RunError::TopicMadeAnew { partition: 0, last: 2, .. }), "{text}");
    assert!(text.contains("FEED_EPOCH") && !text.contains(TOPIC), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_that_is_longer_than_the_chain_is_refused() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    let gone = store.upload("acme", &fixture("gray.jpg"), Consent::Training).await;
    let old: Vec<_> = (0..3).map(|offset| incoming(offset, &gone)).collect();
    store.stage().stage(&mut store.chain(0).await, &old).await.unwrap();
    let records = photographs(&store).await;
    for _ in 0..5 {
        for record in &records {
            kafka.announce(record).await;
        }
    }
    let consumer = Running::start(&store, &kafka, "any");
    let refused = timeout(PATIENCE, consumer.task).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(refused, RunError::OtherRecords { partition: 0, last: 2, .. }), "{refused}");
    assert!(refused.to_string().contains("FEED_EPOCH"), "{refused}");
    assert_eq!(store.chain(0).await.last(), Some(2), "nothing was added");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_another_release_could_not_read_is_no_other_one() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    for record in photographs(&store).await {
        kafka.announce(&record).await;
    }
    // An older release has rejected the first of each partition as no event.
    for partition in 0..PARTITIONS {
        let mut chain = store.chain(partition).await;
        store.stage().stage(&mut chain, &[crate::store::poison(0)]).await.unwrap();
    }
    let consumer = Running::start(&store, &kafka, "newer");
    let partitions = committed(&store, 6).await;
    assert_eq!(count(&partitions, "not_an_event"), 2, "and everything after it was taken in");
    consumer.stop().await;
}
