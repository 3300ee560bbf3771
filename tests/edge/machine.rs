use std::{fs, path::PathBuf, time::Duration};

use aws_sdk_s3::Client as S3;
use http::Method;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    client::{Client, read},
    darkroom::Darkroom,
};

use crate::seen::Seen;

/// Nothing here takes as long on the slowest machine that still passes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of the edge on one machine.
pub(crate) const DISTRIBUTION: &str = "EDARKROOM00001";
/// Where a BMP has four bytes that nobody reads.
const RESERVED: std::ops::Range<usize> = 6..10;

pub(crate) struct Machine {
    pub(crate) darkroom: Darkroom,
    /// The demo user.
    pub(crate) client: Client,
    data: TempDir,
}

impl Machine {
    /// A new machine with `options`, and its demo user, signed in.
    pub(crate) async fn start(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let darkroom = Darkroom::start(&data.path().join("data"), options);
        let client = Client::demo(&darkroom).await;
        Self { darkroom, client, data }
    }

    /// `kill -9` and a new start. The session goes on.
    pub(crate) fn restart(self) -> Self {
        Self { darkroom: self.darkroom.kill_and_restart(), ..self }
    }

    /// Uploads picture `number` and returns where it is shown.
    pub(crate) async fn upload(&self, number: u32, visibility: &str) -> String {
        let parameters = format!("visibility={visibility}");
        let (status, image) = self.client.upload_bytes(picture(number), &parameters).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        format!("/demo/{}", image["id"].as_str().unwrap())
    }

    /// Asks with these headers and nobody's token.
    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Seen {
        let url = format!("{}{path}", self.darkroom.url);
        let request = self.client.http.request(method, url);
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Seen::of(request.send().await.unwrap()).await
    }

    /// What is shown to somebody without any credential.
    pub(crate) async fn anybody(&self, path: &str) -> Seen {
        self.ask(Method::GET, path, &[]).await
    }

    /// What is shown to the demo user's browser.
    pub(crate) async fn member(&self, path: &str) -> Seen {
        self.ask(Method::GET, path, &[("cookie", &self.client.cookie)]).await
    }

    /// What is answered to the demo user's token.
    pub(crate) async fn bearer(&self, path: &str) -> Seen {
        Seen::of(self.client.get(path).await).await
    }

    /// Changes the image that is shown at `path`.
    pub(crate) async fn patch(&self, path: &str, change: &Value) {
        let (status, image) = self.client.patch(id_in(path), change).await;
        assert_eq!(status, StatusCode::OK, "{image}");
    }

    pub(crate) async fn show_to(&self, path: &str, visibility: &str) {
        self.patch(path, &json!({"visibility": visibility})).await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        let (status, image) = self.client.delete(id_in(path)).await;
        assert_eq!(status, StatusCode::OK, "{image}");
    }

    /// Waits until the last change of the image that is shown at `path` was announced.
    pub(crate) async fn announced(&self, path: &str) {
        let image = format!("/v1/images/{}", id_in(path));
        self.client.wait(&image, |image| image["feed"] != "pending").await;
    }

    /// The answer of `POST …/signed-urls` for the image that is shown at `path`.
    pub(crate) async fn sign(&self, path: &str, asked: &Value) -> Value {
        let signed_urls = format!("/v1/images/{}/signed-urls", id_in(path));
        let answer = self.client.post_json(&signed_urls, asked).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        answer.json().await.unwrap()
    }

    /// How many renditions are stored of the image that is shown at `path`.
    pub(crate) async fn stored(&self, path: &str) -> usize {
        let list = self.darkroom.s3().await.list_objects_v2();
        let prefix = format!("renditions/{}/", id_in(path));
        let found = list.bucket("darkroom-customer-demo").prefix(prefix).send().await.unwrap();
        found.contents().len()
    }

    /// What the registry says of the demo customer.
    pub(crate) async fn registered(&self) -> Value {
        let s3: S3 = self.darkroom.s3().await;
        let get = s3.get_object().bucket("darkroom-service").key("customers/demo.json");
        let bytes = get.send().await.unwrap().body.collect().await.unwrap().to_vec();
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Sizes of the files that the edge keeps.
    pub(crate) fn kept(&self) -> Vec<u64> {
        let files = fs::read_dir(self.edge_folder()).unwrap();
        // A file may go between being listed and being looked at.
        files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).collect()
    }

    fn edge_folder(&self) -> PathBuf {
        self.data.path().join("data/edge")
    }
}

/// The id in a path that shows an image.
pub(crate) fn id_in(path: &str) -> &str {
    path.trim_start_matches("/demo/").split('?').next().unwrap()
}

/// The same pixels for every `number`, as another image.
pub(crate) fn picture(number: u32) -> Vec<u8> {
    let mut bytes = read("images/bitmap.bmp");
    bytes[RESERVED].copy_from_slice(&number.to_le_bytes());
    bytes
}

/// Waits until `is_so`.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.unwrap_or_else(|_| panic!("it never came to be: {what}"));
}
