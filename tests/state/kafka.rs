use customer::TOPIC;
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};

const BROKER: i32 = 1;
const PARTITIONS: i32 = 2;

/// A broker on a port of its own, with the topic. It keeps its messages while it is down.
pub(crate) struct Kafka {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Kafka {
    pub(crate) fn start() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(TOPIC, PARTITIONS, 1).unwrap();
        Self { cluster }
    }

    /// Options that make `darkroom up` use it.
    pub(crate) fn options(&self) -> [String; 4] {
        let brokers = self.cluster.bootstrap_servers();
        ["--kafka-brokers".to_owned(), brokers, "--feed-epoch".to_owned(), "state".to_owned()]
    }

    /// Cuts all connections and refuses new ones.
    pub(crate) fn down(&self) {
        self.cluster.broker_down(BROKER).unwrap();
    }

    pub(crate) fn up(&self) {
        self.cluster.broker_up(BROKER).unwrap();
    }
}
