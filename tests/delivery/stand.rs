//! Edge, origin, S3 and user pool of one test, on ports that the system chooses.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Router, body::Body, extract::Request, response::Response};
use customer::{
    Bucket, Buckets, Change, Condition, Consent, Credential, Customer, EdgeKey, ImageId, ObjectKey,
    Original, Proof, Record, Records, Registry, Scope, State, Timestamp, Versioned, Viewer,
    Visibility,
};
use http::HeaderMap;
use local::{
    edge::{CacheConfig, Edge, EdgeConfig},
    s3,
};
use reqwest::{Client, RequestBuilder};
use resizer::Limits;
use resizer_lambda::{App, Budget, Config, query_string};
use tests::services::{Gate, Services, address, listen, serve};
use tower::ServiceExt;

const SECRET: &str = "the secret of edge and origin";

pub(crate) struct Stand {
    /// Address of the edge.
    address: String,
    pub(crate) edge: Arc<Edge>,
    pub(crate) registry: Registry,
    pub(crate) bucket: Bucket,
    pub(crate) gate: Arc<Gate>,
    pub(crate) s3: s3::Server,
    services: Services,
    origin: Router,
    key: EdgeKey,
    http: Client,
    _folder: tempfile::TempDir,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        Self::start_with(Budget::default()).await
    }

    pub(crate) async fn start_with(budget: Budget) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let services = Services::start(folder.path()).await;
        let (sdk, config) = (services.sdk().await, services.buckets());
        let buckets = Buckets::new(sdk.clone(), config.clone());
        let registry = Registry::new(buckets.service());
        let acme = Customer::new("acme".parse().unwrap(), "acme-images".to_owned());
        for bucket in ["service", "acme-images"] {
            buckets.create(bucket).await.unwrap();
        }
        registry.add(&acme).await.unwrap();
        let proof = Proof::new(SECRET);
        let issuer = services.issuer();
        let listener = listen().await;
        let address = address(&listener);
        let public_url = address.clone();
        let app = Config { buckets: config, issuer, proof: proof.clone(), public_url, budget };
        let origin = resizer_lambda::router(App::new(app, sdk));
        let cache = CacheConfig {
            memory_bytes_max: 64 << 20,
            disk_bytes_max: 64 << 20,
            folder: folder.path().join("edge"),
        };
        let config = EdgeConfig { proof, cache };
        let edge = Arc::new(Edge::open(config, origin.clone(), registry.clone()).unwrap());
        let at_edge = edge.clone();
        let answer = async move |request: Request| at_edge.handle(request).await;
        serve(listener, Router::new().fallback(answer));
        Self {
            address,
            edge,
            bucket: buckets.of(&acme).await,
            registry,
            gate: services.gate.clone(),
            s3: services.s3.clone(),
            services,
            origin,
            key: acme.edge_keys[0].clone(),
            http: Client::new(),
            _folder: folder,
        }
    }

    /// Puts a photograph as accept would.
    pub(crate) async fn upload(&self, file: &str, visibility: Visibility) -> Versioned {
        let bytes = std::fs::read(fixture(file)).unwrap();
        let (image, sha256) = ImageId::of(&bytes);
        let probed = resizer::probe(&bytes, &Limits::default()).unwrap();
        let (media_type, now) = (probed.format.media_type(), Timestamp::now());
        let (length, key) = (bytes.len() as u64, ObjectKey::Original(image));
        let etag = self.bucket.put(&key, bytes, Some(media_type), Condition::Absent).await.unwrap();
        let record = Record {
            schema: Record::SCHEMA,
            customer: "acme".parse().unwrap(),
            image,
            version: 1,
            state: State::Live,
            change: Change::Uploaded,
            changed_at: now,
            original: Original { key: key.to_string(), etag },
            media_type: media_type.to_owned(),
            width: probed.upright().width,
            height: probed.upright().height,
            bytes: length,
            sha256,
            look: None,
            camera: customer::Camera::default(),
            name: None,
            uploaded_at: now,
            uploaded_by: "somebody".to_owned(),
            labels: Vec::new(),
            annotations: std::collections::BTreeMap::default(),
            consent: Consent::None,
            visibility,
            erase_after: None,
            trace: None,
        };
        Records::new(&self.bucket).write(record, None).await.unwrap()
    }

    /// Deletes as the API would.
    pub(crate) async fn delete(&self, current: &Versioned) {
        let mut tombstone = current.record.clone();
        tombstone.version += 1;
        tombstone.state = State::Deleted;
        tombstone.change = Change::Deleted;
        Records::new(&self.bucket).write(tombstone, Some(current)).await.unwrap();
    }

    /// Where viewers find a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A request to the edge, by nobody in particular.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    /// A request to the edge with the customer's cookie.
    pub(crate) fn get_as_customer(&self, path: &str) -> RequestBuilder {
        let cookie = self.credential("acme", Scope::Customer);
        self.get(path).header("cookie", format!("darkroom={cookie}"))
    }

    pub(crate) fn credential(&self, customer: &str, scope: Scope) -> String {
        let expires_at = Timestamp::from_ms(Timestamp::now().ms() + 60_000);
        let customer = customer.parse().unwrap();
        Credential { customer, scope, expires_at }.sign(&self.key).unwrap()
    }

    /// An ID token of a user of the customer in the group.
    pub(crate) async fn sign_in(&self, customer: &str, group: &str) -> String {
        self.services.id_token(customer, group).await
    }

    /// A request to the origin, as the edge makes it.
    pub(crate) async fn ask_origin(&self, viewer: Viewer, uri: &str) -> Response {
        self.ask_origin_with(viewer, uri, HeaderMap::new()).await
    }

    /// The same with further headers.
    pub(crate) async fn ask_origin_with(
        &self,
        viewer: Viewer,
        uri: &str,
        headers: HeaderMap,
    ) -> Response {
        let uri = uri.parse().unwrap();
        let signed = query_string::canonical_target(&uri);
        let proof = Proof::new(SECRET).sign(viewer, &signed, Timestamp::now());
        let mut request =
            Request::get(uri).header(Proof::HEADER, proof).body(Body::empty()).unwrap();
        request.headers_mut().extend(headers);
        self.origin.clone().oneshot(request).await.unwrap()
    }

    /// The keys of what is stored for an image.
    pub(crate) async fn stored(&self, image: ImageId) -> Vec<String> {
        let found = self.bucket.list_all(&ObjectKey::renditions_of(image)).await.unwrap();
        found.into_iter().map(|object| object.key).collect()
    }
}

/// A file of `fixtures/images`.
pub(crate) fn fixture(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/images").join(file)
}
