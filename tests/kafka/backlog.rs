use std::time::{Duration, Instant};

use tests::darkroom::Darkroom;
use tokio::time::sleep;

use crate::{consumer::Consumer, stand::Stand};

/// Past this lag of a partition announce waits where messages could be dropped, with what is on its way by then.
const LAG_MAX: i64 = 1_000 + 100;
const PATIENCE: Duration = Duration::from_mins(10);

#[tokio::test(flavor = "multi_thread")]
async fn images_that_nobody_took_in_are_all_staged_once_by_who_comes_at_last() {
    if tests::kafka::is_apache() {
        announced_without_consumer(400).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make test-all runs it"]
async fn twenty_thousand_on_apache_kafka() {
    announced_without_consumer(20_000).await;
}

/// The cluster in the process drops what is over 5 MiB a partition: announce holds back what it could not keep.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make test-all runs it"]
async fn twenty_thousand_on_the_cluster_in_the_process() {
    let mut stand = Stand::embedded(&["--without-consumer"]).await;
    stand.upload(20_000).await;
    let lag = stand.lag().await;
    assert!(lag.values().all(|lag| (1..=LAG_MAX).contains(lag)), "{lag:?}");
    assert!(stand.waiting().await > 10_000);
    all_staged(&stand).await;
}

async fn announced_without_consumer(images: usize) {
    let jars = tests::kafka::jars();
    let options = ["--without-consumer", "--kafka=apache", "--kafka-jars", jars.to_str().unwrap()];
    let mut stand = Stand::embedded(&options).await;
    stand.upload(images).await;
    let began = Instant::now();
    while stand.waiting().await > 0 {
        assert!(began.elapsed() < PATIENCE, "{} wait", stand.waiting().await);
        sleep(Duration::from_millis(200)).await;
    }
    let lag = stand.lag().await;
    assert_eq!(lag.values().sum::<i64>(), i64::try_from(images).unwrap(), "{lag:?}");
    all_staged(&stand).await;
}

async fn all_staged(stand: &Stand) {
    let epoch = epoch(&stand.darkroom);
    let consumer = Consumer::start(&stand.darkroom);
    stand.comes_to_rest(&epoch).await;
    drop(consumer);
}

fn epoch(darkroom: &Darkroom) -> String {
    let printed = darkroom.verb(&["env", "--consumer"]);
    let line = printed.lines().find_map(|line| line.strip_prefix("export FEED_EPOCH='")).unwrap();
    line.trim_end_matches('\'').to_owned()
}
