use axum::body::Body;
use customer::{
    Bucket, Change, Condition, Consent, ImageId, ObjectKey, Original, Record, State, Timestamp,
    Visibility,
};
use http::{Method, StatusCode};
use local::s3::Server;
use serde_json::Value;
use tempfile::TempDir;
use tests::{api::Api, services::Services};

/// The API in this process, asked by an administrator of `acme`.
pub(crate) struct Stand {
    pub(crate) s3: Server,
    pub(crate) bucket: Bucket,
    api: Api,
    token: String,
    _folder: TempDir,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let services = Services::start(folder.path()).await;
        let api = Api::start(&services).await;
        let token = services.id_token("acme", "admin").await;
        Self { s3: services.s3, bucket: api.bucket.clone(), api, token, _folder: folder }
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        self.api.ask(method, path, Some(&self.token), body).await
    }

    /// Puts the record of a live image and its place in the listing, as accept would have.
    pub(crate) async fn put(&self, number: u32, uploaded_ms: i64, labels: &[&str]) -> ImageId {
        let (image, sha256) = ImageId::of(&number.to_le_bytes());
        let at = Timestamp::from_ms(uploaded_ms);
        let key = ObjectKey::Original(image).to_string();
        let record = Record {
            schema: Record::SCHEMA,
            customer: "acme".parse().unwrap(),
            image,
            version: 1,
            state: State::Live,
            change: Change::Uploaded,
            changed_at: at,
            original: Original { key, etag: "\"of-nothing\"".to_owned() },
            media_type: "image/bmp".to_owned(),
            width: 4,
            height: 4,
            bytes: 4,
            sha256,
            look: None,
            camera: customer::Camera::default(),
            name: None,
            uploaded_at: at,
            uploaded_by: "somebody".to_owned(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            annotations: std::collections::BTreeMap::new(),
            consent: Consent::None,
            visibility: Visibility::Private,
            erase_after: None,
            trace: None,
        };
        let json = serde_json::to_vec(&record).unwrap();
        for (key, bytes) in [
            (ObjectKey::Newest { uploaded_ms, image }, Vec::new()),
            (ObjectKey::Record(image), json),
        ] {
            self.bucket.put(&key, bytes, None, Condition::Absent).await.unwrap();
        }
        image
    }
}
