//! Kafka for tests: Apache's broker, or, where that cannot be had, librdkafka's own cluster in the process.
//!
//! `APACHE_KAFKA=never` says that the latter is meant; with `required`, as `make test` says, a test that cannot have the
//! broker fails. Tests of what can happen to a broker pass without having looked where there is none.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use kafka::{KafkaConfig, TopicSettings};
use local::kafka::{Broker, BrokerSettings};
use rdkafka::mocking::MockCluster;
use tokio::sync::OnceCell;

/// The broker that the tests of a process share.
static BROKER: OnceCell<Broker> = OnceCell::const_new();
static TOPICS: AtomicU32 = AtomicU32::new(0);

/// A topic of the test's own. Its cluster ends with the process.
pub async fn topic(partitions: i32) -> KafkaConfig {
    let topic = format!("images-{}", TOPICS.fetch_add(1, Ordering::Relaxed));
    if !is_apache() {
        return KafkaConfig {
            topic: topic.clone(),
            ..KafkaConfig::open(in_process(topic, partitions))
        };
    }
    let broker = BROKER.get_or_init(shared).await;
    let config = KafkaConfig { topic, ..KafkaConfig::open(broker.address()) };
    let settings = TopicSettings { partitions, ..TopicSettings::ONE_BROKER };
    kafka::create(&config, &settings).await.unwrap();
    config
}

async fn shared() -> Broker {
    let program = env::current_exe().unwrap();
    let folder = jars().join("data").join(program.file_name().unwrap());
    drop(fs::remove_dir_all(&folder));
    Broker::start(broker(&folder)).await.unwrap()
}

/// A cluster of its own. It may not change threads, so one keeps it.
fn in_process(topic: String, partitions: i32) -> String {
    let (sender, brokers) = mpsc::channel();
    thread::spawn(move || {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(&topic, partitions, 1).unwrap();
        sender.send(cluster.bootstrap_servers()).unwrap();
        loop {
            thread::park();
        }
    });
    brokers.recv().unwrap()
}

/// Whether Apache's broker is used.
pub fn is_apache() -> bool {
    let asked = env::var_os("APACHE_KAFKA").unwrap_or_default();
    let there = asked == "required" || (asked != "never" && is_there("java") && is_there("mvn"));
    if !there {
        let told = b"Apache Kafka is not used: the cluster in the process takes its place\n";
        io::stderr().write_all(told).unwrap();
    }
    there
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Settings of a broker with its log in `folder`.
pub fn broker(folder: &Path) -> BrokerSettings {
    BrokerSettings::new(folder.to_owned(), jars())
}

/// Where `make test` has fetched them to.
pub fn jars() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/kafka")
}
