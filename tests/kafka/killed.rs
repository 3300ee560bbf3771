use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use rdkafka::Message;
use serde_json::json;
use tests::{python, random::Random};
use tokio::time::{sleep, timeout};

use crate::{
    consumer::{Consumer, environment},
    lambda::RuntimeApi,
    shells::{as_sent, poller},
    stand::{Apache, Stand},
};

const EPOCH: &str = "1";
const BATCH_RECORDS_MAX: usize = 100;
const WINDOW: Duration = Duration::from_secs(1);
/// Longer than a start takes, shorter than a batch waits.
const LIFE_MAX_MS: usize = 8_000;
const IMAGES_A_ROUND: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn shells_that_are_killed_at_random_take_everything_once() {
    kill_for(Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; make test-all runs it"]
async fn shells_that_are_killed_at_random_for_ten_minutes() {
    kill_for(Duration::from_mins(10)).await;
}

/// Two processes and a function take in one topic while images are uploaded and labelled; each of the three is killed
/// again and again. Then everything is held against tars and chains by a program that shares no code with them.
async fn kill_for(duration: Duration) {
    let Some(apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &["--without-consumer"]).await;
    let (is_over, api, deaths) =
        (AtomicBool::new(false), RuntimeApi::start().await, AtomicUsize::new(0));
    let environment = environment(&stand.darkroom);
    let process = || Consumer::process(&environment);
    let function = || Consumer::function(&environment, api.address());
    let began = Instant::now();
    let (config, over) = (stand.config.clone(), &is_over);
    let changing = async {
        while began.elapsed() < duration {
            stand.upload(IMAGES_A_ROUND).await;
            let image = stand.uploaded.first().unwrap().clone();
            let labels = json!({"labels": [stand.uploaded.len().to_string()]});
            assert!(stand.client.patch(&image, &labels).await.0.is_success());
            sleep(Duration::from_millis(500)).await;
        }
        over.store(true, Ordering::SeqCst);
    };
    tokio::join!(
        changing,
        feed(&api, &config, over),
        kill(1, process, over, &deaths),
        kill(2, process, over, &deaths),
        kill(3, function, over, &deaths),
    );
    let survivor = process();
    stand.rests_at_last().await;
    drop(survivor);
    let mut verifier = python::command("verify_feed.py");
    verifier.args(["--complete", "--json", "--epoch", EPOCH]).envs(&environment);
    let printed = python::run(verifier);
    let totals: serde_json::Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let faultless = ["faults", "gaps_open", "rejected"].map(|name| totals[name].as_u64());
    assert_eq!(faultless, [Some(0); 3], "{totals}");
    assert_eq!(totals["customers_records"], stand.uploaded.len(), "{totals}");
    assert!(deaths.into_inner() >= 3, "nobody was killed");
}

/// Starts a shell again and again, until all is over.
async fn kill(seed: u64, start: impl Fn() -> Consumer, is_over: &AtomicBool, deaths: &AtomicUsize) {
    let mut random = Random::new(seed);
    while !is_over.load(Ordering::SeqCst) {
        let shell = start();
        sleep(Duration::from_millis(random.below(LIFE_MAX_MS).try_into().unwrap())).await;
        shell.kill();
        deaths.fetch_add(1, Ordering::Relaxed);
    }
}

/// An event source mapping: one batch at a time, again until it is taken.
async fn feed(api: &RuntimeApi, config: &kafka::KafkaConfig, is_over: &AtomicBool) {
    let poller = poller(config);
    while !is_over.load(Ordering::SeqCst) {
        let mut batch = BTreeMap::<_, Vec<_>>::new();
        let filled = async {
            for _ in 0..BATCH_RECORDS_MAX {
                let message = poller.recv().await.unwrap();
                let partition = format!("{}-{}", message.topic(), message.partition());
                batch.entry(partition).or_default().push(as_sent(&message));
            }
        };
        drop(timeout(WINDOW, filled).await);
        if !batch.is_empty() {
            drop(timeout(Duration::from_mins(1), api.invoke(&batch)).await);
        }
    }
}
