use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tests::{client::Client, darkroom::Darkroom};

use crate::{bucket::Bucket, topic};

/// Nothing here takes as long on the slowest machine that still passes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

pub(crate) struct Machine {
    pub(crate) darkroom: Darkroom,
    pub(crate) client: Client,
    /// The demo customer's.
    pub(crate) bucket: Bucket,
    pub(crate) feed_bucket: Bucket,
    pub(crate) service_bucket: Bucket,
    data: TempDir,
}

impl Machine {
    /// A new machine, started with `options`, and its demo user, signed in.
    pub(crate) async fn start(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let darkroom = Darkroom::start(&data.path().join("data"), options);
        Self::reach(darkroom, data).await
    }

    /// `kill -9` and a new start.
    pub(crate) async fn restart(self) -> Self {
        Self::reach(self.darkroom.kill_and_restart(), self.data).await
    }

    async fn reach(darkroom: Darkroom, data: TempDir) -> Self {
        let (s3, client) = (darkroom.s3().await, Client::demo(&darkroom).await);
        let bucket = |name| Bucket::new(&s3, name);
        let [bucket, feed_bucket, service_bucket] =
            ["darkroom-customer-demo", "darkroom-feed", "darkroom-service"].map(bucket);
        Self { darkroom, client, bucket, feed_bucket, service_bucket, data }
    }

    /// Uploads a picture that is not there yet; returns its id and what was answered.
    pub(crate) async fn upload(&self, picture: Vec<u8>, parameters: &str) -> (String, Value) {
        let (status, image) = self.client.upload_bytes(picture, parameters).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        (image["id"].as_str().unwrap().to_owned(), image)
    }

    /// The record as it lies in the bucket, and its bytes.
    pub(crate) async fn record(&self, image: &str) -> (Value, Vec<u8>) {
        let bytes = self.bucket.get(&format!("records/{image}.json")).await.unwrap();
        (serde_json::from_slice(&bytes).unwrap(), bytes)
    }

    /// Ids of the images on the first page, newest first.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let page: Value = self.client.get("/v1/images?limit=200").await.json().await.unwrap();
        let images = page["images"].as_array().unwrap().iter();
        images.map(|image| image["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until Kafka has acknowledged the image's version.
    pub(crate) async fn announced(&self, image: &str) {
        let path = format!("/v1/images/{image}");
        self.client.wait(&path, |image| image["feed"] != "pending").await;
    }

    /// Version and type of every event of the image, in the order of the topic.
    pub(crate) fn events(&self, image: &str) -> Vec<(u64, String)> {
        topic::events_of(&self.darkroom.environment()["KAFKA_BROKERS"], image)
    }

    /// Status of a rendition: by token, which goes past the edge's cache; as an `<img>` asks; and
    /// to somebody without any credential.
    pub(crate) async fn seen(&self, image: &str) -> [u16; 3] {
        let path = format!("/demo/{image}?w=2&fm=png");
        let anybody = self.client.http.get(format!("{}{path}", self.client.url)).send();
        let answers =
            [self.client.get(&path).await, self.client.image(&path).await, anybody.await.unwrap()];
        answers.map(|answer| answer.status().as_u16())
    }
}

/// Looks again and again until `look` finds what it looks for.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("it never came to be: {what}"))
}
