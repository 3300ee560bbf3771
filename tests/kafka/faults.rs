use std::{collections::BTreeMap, time::Duration};

use kafka::TopicSettings;
use rdkafka::{
    Message,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{Consumer as _, StreamConsumer},
    message::Headers,
    producer::FutureRecord,
};
use tokio::time::{sleep, timeout};

use crate::{
    consumer::Consumer,
    link::Link,
    stand::{Apache, Stand},
};

const EPOCH: &str = "1";
const PAUSED: Duration = Duration::from_secs(30);
const AWHILE: Duration = Duration::from_secs(3);

/// Each has a broker and a program of its own, and most of what they do is wait: they run side by side.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_events_are_delayed_and_none_is_lost_or_staged_twice() {
    tokio::join!(
        Box::pin(a_broker_is_killed()),
        Box::pin(a_broker_is_silent_for_half_a_minute()),
        Box::pin(a_network_is_slow_and_cut()),
        Box::pin(a_topic_is_made_anew()),
        Box::pin(a_disk_is_full()),
        Box::pin(consumers_come_and_go_within_a_batch()),
    );
}

async fn a_broker_is_killed() {
    let Some(mut apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    for _ in 0..2 {
        stand.upload(20).await;
        apache.broker.kill();
        stand.upload(20).await;
        assert!(stand.waiting().await >= 20, "nobody has taken these");
        apache.start_again().await;
        stand.upload(20).await;
    }
    stand.comes_to_rest(EPOCH).await;
    // The program, too.
    stand.upload(20).await;
    let mut stand = stand.restart(&[]).await;
    stand.upload(1).await;
    stand.comes_to_rest(EPOCH).await;
    told(&stand).await;
}

/// `/metrics` of a machine where everything has come to rest, and then something came that is no event.
async fn told(stand: &Stand) {
    let producer = stand.config.producer("test").unwrap();
    let poison = FutureRecord::<str, str>::to(&stand.config.topic).payload("{");
    producer.send(poison, PAUSED).await.unwrap();
    // A batch waits five seconds for more, and what waits is measured every five.
    sleep(Duration::from_secs(15)).await;
    assert_eq!(stand.measured("darkroom_outbox_entries").await, Some(0.0));
    assert_eq!(stand.measured("darkroom_outbox_oldest_seconds").await, Some(0.0));
    for partition in 0..TopicSettings::ONE_BROKER.partitions {
        let name = format!("darkroom_feed_lag_messages{{partition=\"{partition}\"}}");
        assert_eq!(stand.measured(&name).await, Some(0.0), "{name}");
    }
    assert!(stand.measured("darkroom_announce_seconds_count").await >= Some(1.0));
    assert!(stand.measured("darkroom_feed_records_total").await >= Some(1.0));
    let rejected = "darkroom_feed_rejected_total{reason=\"not_an_event\"}";
    assert_eq!(stand.measured(rejected).await, Some(1.0));
    dead_letter(stand).await;
}

/// The only one is the poison, as it was sent, and says why.
async fn dead_letter(stand: &Stand) {
    let mut client = stand.config.client("reader");
    client.set("group.id", "reader").set("auto.offset.reset", "earliest");
    let reader: StreamConsumer = client.create().unwrap();
    reader.subscribe(&[&stand.config.dead_letter_topic()]).unwrap();
    let letter = timeout(PAUSED, reader.recv()).await.unwrap().unwrap();
    assert_eq!(letter.payload(), Some(&b"{"[..]));
    let headers: BTreeMap<_, _> = letter
        .headers()
        .unwrap()
        .iter()
        .map(|header| (header.key, std::str::from_utf8(header.value.unwrap()).unwrap()))
        .collect();
    assert_eq!(headers["darkroom_reason"], "not_an_event");
    assert_eq!(headers["darkroom_topic"], stand.config.topic);
    assert!(headers["darkroom_offset"].parse::<i64>().unwrap() > 0, "{headers:?}");
    assert!(headers["darkroom_detail"].contains("EOF"), "{headers:?}");
    assert!(timeout(AWHILE, reader.recv()).await.is_err(), "there is one");
}

async fn a_broker_is_silent_for_half_a_minute() {
    let Some(apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    stand.upload(20).await;
    apache.signal("STOP");
    stand.upload(20).await;
    sleep(PAUSED).await;
    assert!(stand.waiting().await >= 20);
    let waited = stand.measured("darkroom_outbox_oldest_seconds").await.unwrap();
    assert!(waited > 20.0, "{waited} s");
    assert!(stand.measured("darkroom_outbox_entries").await >= Some(20.0));
    apache.signal("CONT");
    stand.upload(20).await;
    stand.comes_to_rest(EPOCH).await;
}

async fn a_network_is_slow_and_cut() {
    let (link, listener) = Link::start().await;
    let advertised =
        format!("advertised.listeners=CLIENT://127.0.0.1:{},BROKER://127.0.0.1:0", link.port);
    let Some(apache) = Apache::start(&[advertised]).await else { return };
    link.connect(listener, apache.broker.address());
    let mut config = apache.config();
    config.brokers = format!("127.0.0.1:{}", link.port);
    let mut stand = Stand::start(config, &[]).await;
    link.slow(Duration::from_millis(300));
    stand.upload(20).await;
    for _ in 0..3 {
        link.cut();
        stand.upload(10).await;
        sleep(AWHILE).await;
        link.mend();
        stand.upload(10).await;
        sleep(AWHILE).await;
    }
    link.slow(Duration::ZERO);
    stand.comes_to_rest(EPOCH).await;
}

async fn a_topic_is_made_anew() {
    let Some(apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    stand.upload(20).await;
    stand.comes_to_rest(EPOCH).await;
    let staged_before = std::mem::take(&mut stand.uploaded);

    let admin: AdminClient<DefaultClientContext> = stand.config.client("test").create().unwrap();
    let deleted = admin.delete_topics(&[&stand.config.topic], &AdminOptions::new()).await.unwrap();
    assert!(deleted[0].is_ok(), "{deleted:?}");
    stand.upload(20).await;
    assert!(stand.waiting().await >= 20, "there is no topic that could take them");
    sleep(AWHILE).await;
    kafka::create(&stand.config, &TopicSettings::ONE_BROKER).await.unwrap();
    // The old epoch's chains go on after offsets that are others now: its operator gives the feed a new one.
    let mut stand = stand.restart(&["--feed-epoch", "2"]).await;
    stand.upload(20).await;
    stand.comes_to_rest("2").await;
    for image in staged_before {
        let (_, shown) = stand.client.show(&image).await;
        assert_eq!(shown["feed"], "staged", "in the old epoch");
    }
}

/// The kernel refuses to let the broker's files grow, as a full disk does; the broker ends itself.
async fn a_disk_is_full() {
    let Some(mut apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    stand.upload(20).await;
    apache.limit_files(1_000);
    stand.upload(40).await;
    for _ in 0..100 {
        if apache.broker.has_ended() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert!(apache.broker.has_ended(), "there was room");
    assert!(stand.waiting().await >= 20, "nobody could write these down");
    // Room is made, and the broker started again.
    apache.broker.kill();
    apache.start_again().await;
    stand.upload(20).await;
    stand.comes_to_rest(EPOCH).await;
}

async fn consumers_come_and_go_within_a_batch() {
    let Some(apache) = Apache::start(&[]).await else { return };
    let mut stand = Stand::start(apache.config(), &[]).await;
    for _ in 0..3 {
        stand.upload(30).await;
        // It takes partitions whose batches the program has begun; killed, it leaves its own behind.
        let other = Consumer::start(&stand.darkroom);
        stand.upload(30).await;
        sleep(AWHILE).await;
        stand.upload(30).await;
        other.kill();
    }
    let other = Consumer::start(&stand.darkroom);
    let chains = stand.comes_to_rest(EPOCH).await;
    let ended = other.terminate();
    assert!(ended.success(), "a process that is told to end does: {ended}");
    let writers = chains.iter().flat_map(|chain| &chain.commits).map(|commit| &commit.writer);
    let writers: std::collections::BTreeSet<_> = writers.collect();
    assert!(writers.len() >= 2, "both have staged: {writers:?}");
}
