use customer::{Event, Record, TOPIC};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    mocking::MockCluster,
    producer::{DefaultProducerContext, FutureProducer, FutureRecord},
    util::Timeout,
};

pub(crate) const PARTITIONS: i32 = 2;

/// A broker on a port of its own, with the topic, and a producer.
pub(crate) struct Kafka {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: FutureProducer,
}

impl Kafka {
    pub(crate) fn start() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic(TOPIC, PARTITIONS, 1).unwrap();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .set("partitioner", "murmur2_random")
            .create()
            .unwrap();
        Self { cluster, producer }
    }

    pub(crate) fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Announces a record as announce does; returns its partition when Kafka has it.
    pub(crate) async fn announce(&self, record: &Record) -> i32 {
        let event = Event { record: record.clone() };
        let headers = event.headers().iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let (key, payload) = (event.key(), event.payload().unwrap());
        let message = FutureRecord::to(TOPIC).key(&key).payload(&payload).headers(headers);
        self.producer.send(message, Timeout::Never).await.unwrap().partition
    }

    pub(crate) async fn send_poison(&self, partition: i32) {
        let message = FutureRecord::<str, str>::to(TOPIC).partition(partition).payload("{");
        self.producer.send(message, Timeout::Never).await.unwrap();
    }
}
