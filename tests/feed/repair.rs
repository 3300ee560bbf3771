use consumer::{Commit, Gap, Incoming, Repaired, repair};
use customer::{Consent, Patch, Record, Timestamp};

use crate::{
    consume::config,
    kafka::Kafka,
    store::{Store, chain, fixture, incoming, poison},
    verify::verify,
};

/// Ten changes of one image's labels.
fn changes(first: &Record) -> Vec<Record> {
    let mut records = vec![first.clone()];
    for number in 1..10 {
        let labels = Patch { labels: Some(vec![number.to_string()]), ..Patch::default() };
        let at = Timestamp::from_ms(1_795_246_150_000);
        records.push(records[number - 1].patched(&labels, at).unwrap());
    }
    records
}

/// An event source took up offsets 0 and 1, gave 2 to 8 up and came back with 9.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_source_gave_up_is_taken_from_kafka() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    let first = store.upload("acme", &fixture("coffee.jpg"), Consent::Training).await;
    let records = changes(&first);
    let mut partition = 0;
    for record in &records {
        partition = kafka.announce(record).await;
    }
    let batch: Vec<Incoming> =
        (0..).zip(&records).map(|(at, record)| incoming(at, record)).collect();
    let mut tail = store.chain(partition).await;
    let stage = store.stage();
    stage.stage(&mut tail, &batch[..2]).await.unwrap();
    stage.stage(&mut tail, &batch[9..]).await.unwrap();

    let config = config(&kafka, "repair");
    let run =
        async || repair(&config, store.buckets.clone(), store.registry.clone()).await.unwrap();
    assert_eq!(run().await, Repaired { records: 7, gone: 0 });
    assert_eq!(run().await, Repaired::default(), "nothing is left to fill");

    let verified = verify(&store.buckets, &chain(partition)).await;
    let filled: Vec<_> = verified.commits.iter().filter_map(|commit| commit.repair).collect();
    let spans: Vec<_> =
        filled.iter().map(|repair| (repair.filled.from, repair.filled.to)).collect();
    assert_eq!(spans, [(2, 4), (5, 7), (8, 8)], "in batches of three");
    assert!(filled.iter().all(|repair| repair.reached == 9));
    let outcomes: Vec<_> = verified.outcomes().into_iter().map(|(_, outcome)| outcome).collect();
    let mut expected = ["superseded"; 10];
    (expected[1], expected[9]) = ("staged", "staged");
    assert_eq!(outcomes, expected, "an older version is not staged after a newer one");

    // Both who had the chain open and who opens it now goes on after offset 9.
    let mut reopened = store.chain(partition).await;
    assert_eq!((tail.last(), reopened.last()), (Some(9), Some(9)));
    stage.stage(&mut tail, &[poison(10)]).await.unwrap();
    stage.stage(&mut reopened, &[poison(10), poison(11)]).await.unwrap();
    let commits = verify(&store.buckets, &chain(partition)).await.commits;
    let last: Vec<_> = commits.iter().map(Commit::reached).collect();
    assert_eq!(last, [1, 9, 9, 9, 9, 10, 11]);
    assert!(commits[5..].iter().all(|commit| commit.gap_before.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kafka_no_longer_has_is_counted_and_left() {
    let (store, kafka) = (Store::start().await, Kafka::start());
    kafka.send_poison(0).await;
    let mut tail = store.chain(0).await;
    store.stage().stage(&mut tail, &[poison(40)]).await.unwrap();
    let config = config(&kafka, "repair");
    for expected in [Repaired { records: 1, gone: 39 }, Repaired { records: 0, gone: 37 }] {
        let run = repair(&config, store.buckets.clone(), store.registry.clone());
        assert_eq!(run.await.unwrap(), expected);
    }
    let commits = verify(&store.buckets, &chain(0)).await.commits;
    assert_eq!(commits[0].gap_before, Some(Gap { from: 0, to: 39 }));
    assert_eq!(commits[1].repair.unwrap().filled, Gap { from: 0, to: 2 });
}
