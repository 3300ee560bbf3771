use axum::{Router, body::Body, extract::Request};
use customer::{
    Bucket, Buckets, Change, Condition, Consent, Customer, ImageId, ObjectKey, Original, Record,
    Registry, State, Timestamp, Visibility,
};
use http::{Method, StatusCode, header};
use ingest::{App, Config, UserPoolConfig};
use local::s3::Server;
use serde_json::Value;
use tempfile::TempDir;
use tests::services::{CLIENT, Services};
use tower::ServiceExt;

/// The API in this process, asked by an administrator of `acme`.
pub(crate) struct Stand {
    pub(crate) s3: Server,
    pub(crate) bucket: Bucket,
    api: Router,
    token: String,
    _folder: TempDir,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let services = Services::start(folder.path()).await;
        let (sdk, config) = (services.sdk().await, services.buckets());
        let buckets = Buckets::new(sdk.clone(), config.clone());
        for bucket in ["service", "feed", "acme-images"] {
            buckets.create(bucket).await.unwrap();
        }
        let registry = Registry::new(buckets.service());
        let acme = Customer::new("acme".parse().unwrap(), "acme-images".to_owned());
        registry.add(&acme).await.unwrap();
        let bucket = buckets.of(&acme).await;
        let user_pool = UserPoolConfig {
            issuer: services.issuer_url(),
            jwks: services.jwks_url(),
            client_id: CLIENT.to_owned(),
            endpoint: Some(services.endpoint.clone()),
        };
        let public_url = "http://images.example".to_owned();
        let config = Config { buckets: config, public_url, user_pool, sagemaker_endpoint: None };
        let api = ingest::router(App::new(config, &sdk, buckets, registry));
        let token = services.id_token("acme", "admin").await;
        Self { s3: services.s3, bucket, api, token, _folder: folder }
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
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        let (parts, body) = self.api.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, serde_json::from_slice(&bytes).unwrap())
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
            name: None,
            uploaded_at: at,
            uploaded_by: "somebody".to_owned(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            annotations: std::collections::BTreeMap::new(),
            consent: Consent::None,
            visibility: Visibility::Private,
            erase_after: None,
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
