use std::{collections::HashMap, thread};

use customer::Timestamp;
use serde_json::Value;
use tests::random::Random;

use crate::{
    kafka::Kafka,
    machine::{Machine, eventually},
    model::{IMAGES, Image, Model, Step},
    picture::{id_of, picture},
    topic,
};

const SEEDS: [u64; 3] = [1, 2, 3];
const STEPS: usize = 50;

/// One more seed is new in each run; a failure names it.
#[test]
fn whatever_happens_in_whatever_order_the_model_is_what_is_visible() {
    let new = Timestamp::now().ms().unsigned_abs();
    thread::scope(|scope| {
        for seed in SEEDS.into_iter().chain([new]) {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(Sequence::run(seed));
            });
        }
    });
}

/// A machine, its Kafka, and the model that both must equal.
struct Sequence {
    kafka: Kafka,
    machine: Machine,
    model: Model,
    pictures: Vec<Vec<u8>>,
    ids: Vec<String>,
}

impl Sequence {
    async fn run(seed: u64) {
        let kafka = Kafka::start();
        let machine = Machine::start(&kafka.options().each_ref().map(String::as_str)).await;
        let pictures: Vec<_> = (0..).take(IMAGES).map(picture).collect();
        let ids = pictures.iter().map(|picture| id_of(picture)).collect();
        let model = Model::default();
        let mut sequence = Self { kafka, machine, model, pictures, ids };
        let mut random = Random::new(seed);
        for number in 0..STEPS {
            let step = Step::random(&mut random);
            sequence = sequence.take(step, &format!("seed {seed}, step {number}, {step:?}")).await;
        }
        sequence.end(&format!("seed {seed}, at the end")).await;
    }

    /// Takes one step and compares all that is visible.
    async fn take(mut self, step: Step, at: &str) -> Self {
        match step {
            Step::Restart => self.machine = self.machine.restart().await,
            Step::KafkaDown => self.kafka.down(),
            Step::KafkaUp => self.kafka.up(),
            Step::Upload { image, .. }
            | Step::Patch { image, .. }
            | Step::Delete { image }
            | Step::Undo { image } => {
                let (answered, expected) = self.ask(step, image).await;
                assert_eq!(answered, expected, "{at}");
                self.compare_image(image, at).await;
            }
        }
        self.compare_listing(at).await;
        self
    }

    /// The status that the API answered and the one that it has to answer.
    async fn ask(&mut self, step: Step, image: usize) -> (u16, u16) {
        let (client, id) = (&self.machine.client, &self.ids[image]);
        let version = self.model.image(image).map_or(1, |image| image.version);
        let ((status, _), expected) = match step {
            Step::Upload { said, .. } => {
                let picture = self.pictures[image].clone();
                let upload = client.upload_bytes(picture, &said.query()).await;
                (upload, self.model.upload(image, said))
            }
            Step::Patch { said, late, .. } => {
                let version = if late { version + 1 } else { version };
                let patch = client.patch_at(id, version, &said.patch()).await;
                (patch, self.model.patch(image, said, late))
            }
            Step::Delete { .. } => (client.delete(id).await, self.model.delete(image)),
            _ => {
                let undo = client.patch(id, &serde_json::json!({"undelete": true})).await;
                (undo, self.model.undo(image))
            }
        };
        (status.as_u16(), expected)
    }

    async fn compare_image(&self, image: usize, at: &str) {
        let (expected, id) = (self.model.image(image), &self.ids[image]);
        let (status, found) = self.machine.client.show(id).await;
        assert_eq!(status.as_u16(), if expected.is_some() { 200 } else { 404 }, "{at}");
        if let Some(expected) = expected {
            assert_eq!(shown(&found), expected.shown(), "{at}");
        }
        let seen = Image::seen(expected);
        let path = format!("/demo/{id}?w=2&fm=png");
        let by_token = self.machine.client.get(&path).await;
        assert_eq!(by_token.status().as_u16(), seen[0], "{at}: past the edge's cache");
        eventually(&format!("{seen:?}: {at}"), async || {
            (self.machine.seen(id).await == seen).then_some(())
        })
        .await;
    }

    async fn compare_listing(&self, at: &str) {
        let page: Value = self.machine.client.get("/v1/images").await.json().await.unwrap();
        let listed: Vec<_> = page["images"].as_array().unwrap().iter().collect();
        let expected = self.model.listed();
        let expected_ids: Vec<_> = expected.iter().map(|&image| self.ids[image].as_str()).collect();
        let ids: Vec<_> = listed.iter().map(|image| image["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected_ids, "{at}");
        for (found, image) in listed.into_iter().zip(expected) {
            assert_eq!(Some(shown(found)), self.model.image(image).map(Image::shown), "{at}");
        }
    }

    /// With Kafka up, the highest version of every image reaches the topic and the feed, and after
    /// one more `kill -9` all is as it was.
    async fn end(mut self, at: &str) {
        self.kafka.up();
        self.machine = self.machine.restart().await;
        self.compare_listing(at).await;
        let brokers = &self.kafka.options()[1];
        for image in 0..IMAGES {
            self.compare_image(image, at).await;
            let Some(expected) = self.model.image(image) else { continue };
            let id = &self.ids[image];
            self.machine.announced(id).await;
            let versions = topic::events_of(brokers, id).into_iter().map(|(version, _)| version);
            assert_eq!(versions.max(), Some(expected.version), "{at}: image {image}");
            let taken_in = async || self.taken_in(id, expected.version).await;
            eventually(&format!("the feed takes image {image} in: {at}"), taken_in).await;
            let station = if expected.may_be_trained_on() { "staged" } else { "announced" };
            assert_eq!(
                self.machine.client.show(id).await.1["feed"],
                station,
                "{at}: image {image}"
            );
        }
        assert_eq!(self.machine.bucket.naming("outbox/").await, Vec::<String>::new(), "{at}");
    }

    /// Whether the consumer has committed the version.
    async fn taken_in(&self, id: &str, version: u64) -> Option<()> {
        let marker = self.machine.feed_bucket.get(&format!("staged/demo/{id}.json")).await?;
        let marker: HashMap<String, Value> = serde_json::from_slice(&marker).unwrap();
        (marker["version"] == version).then_some(())
    }
}

/// The part of an answer that the model knows.
fn shown(image: &Value) -> Value {
    let names = ["version", "state", "labels", "consent", "visibility"];
    names.into_iter().map(|name| (name, image[name].clone())).collect()
}
