use customer::Buckets;
use tests::client::{Client, read};

use crate::{
    machine::{FEED_BUCKET, Machine, SERVICE_BUCKET, bucket_of, uploaded},
    trespass::Neighbour,
};

/// The bucket that `gamma` had before.
pub(crate) const PHOTOS: &str = "gamma-photos";

/// Three customers: `acme`, whose sessions are tried; `beta`, who has an image; and `gamma`, whose
/// bucket was there before and has images under `photos/`.
pub(crate) struct Town {
    pub(crate) machine: Machine,
    /// As the services open them.
    pub(crate) services: Buckets,
    pub(crate) beta: Neighbour,
    client: Client,
}

impl Town {
    pub(crate) async fn start() -> Self {
        let machine = Machine::start().await;
        machine.darkroom.verb(&["customer", "add", "acme"]);
        machine.s3.create_bucket().bucket(PHOTOS).send().await.unwrap();
        for name in ["photos/cat.jpg", "private/salaries.txt"] {
            machine.put(PHOTOS, name, name.into()).await;
        }
        let gamma = ["customer", "add", "gamma", "--bucket", PHOTOS, "--source", "photos/"];
        machine.darkroom.verb(&gamma);
        let client = machine.customer("beta", &[]).await;
        let image = uploaded(&client, read("images/coffee.jpg"), "consent=training").await;
        let beta = Neighbour::new("beta", &image);
        let town = Self { services: machine.services().await, machine, beta, client };
        town.wait(|feed| feed != "pending").await;
        town
    }

    /// Waits until `beta`'s image lies in the feed, so that nothing changes there any more.
    pub(crate) async fn staged(&self) {
        self.wait(|feed| feed == "staged").await;
    }

    async fn wait(&self, ready: impl Fn(&str) -> bool) {
        let path = format!("/v1/images/{}", self.beta.image);
        self.client.wait(&path, |image| ready(image["feed"].as_str().unwrap())).await;
    }

    /// Every bucket that is not `acme`'s.
    pub(crate) fn others() -> [String; 5] {
        let [beta, demo] = ["beta", "demo"].map(bucket_of);
        [beta, demo, PHOTOS.to_owned(), SERVICE_BUCKET.to_owned(), FEED_BUCKET.to_owned()]
    }
}
