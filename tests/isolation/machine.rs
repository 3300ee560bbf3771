use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::{
    Client as S3, error::SdkError, operation::get_object::GetObjectError, primitives::ByteStream,
};
use customer::{Buckets, BucketsConfig, Customer};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    client::{Client, sign_in},
    darkroom::{Darkroom, Log},
};

pub(crate) const SERVICE_BUCKET: &str = "darkroom-service";
pub(crate) const FEED_BUCKET: &str = "darkroom-feed";
/// The role that customers without a role of their own are served under.
pub(crate) const CUSTOMER_ROLE: &str = "arn:aws:iam::000000000000:role/darkroom-customer";
/// What users choose in the place of their temporary password.
pub(crate) const CHOSEN: &str = "Chosen-horse-7";

/// Objects of a bucket by name: ETag and bytes.
pub(crate) type Objects = BTreeMap<String, (String, Vec<u8>)>;

pub(crate) struct Machine {
    pub(crate) darkroom: Darkroom,
    /// With the operator's rights.
    pub(crate) s3: S3,
    data: TempDir,
}

impl Machine {
    pub(crate) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let darkroom = Darkroom::start(&data.path().join("data"), &[]);
        Self { s3: darkroom.s3().await, darkroom, data }
    }

    /// With a log of its own, which is at [`Machine::log`].
    pub(crate) async fn start_logging(filter: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let log = Log { filter: filter.to_owned(), file: log_in(data.path()) };
        let darkroom = Darkroom::start_logging(&data.path().join("data"), &[], log);
        Self { s3: darkroom.s3().await, darkroom, data }
    }

    /// What was logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_in(self.data.path())).unwrap()
    }

    /// `kill -9` and a new start: nothing is cached any more.
    pub(crate) async fn restart(self) -> Self {
        let darkroom = self.darkroom.kill_and_restart();
        Self { s3: darkroom.s3().await, darkroom, data: self.data }
    }

    /// Adds a customer with `options`, and its first administrator, who signs in.
    pub(crate) async fn customer(&self, name: &str, options: &[&str]) -> Client {
        self.darkroom.verb(&[&["customer", "add", name], options].concat());
        self.user(name, "admin").await
    }

    /// Invites `ROLE@CUSTOMER.example`, who chooses a password and is then signed in.
    pub(crate) async fn user(&self, customer: &str, role: &str) -> Client {
        let email = email(customer, role);
        let user = ["user", "add", &email, "--customer", customer, "--role", role];
        let printed = self.darkroom.verb(&user);
        let temporary = printed.trim().rsplit(' ').next().unwrap();
        self.choose(&email, temporary).await
    }

    /// Signs in with a temporary password and replaces it.
    pub(crate) async fn choose(&self, email: &str, temporary: &str) -> Client {
        let body = json!({"username": email, "password": temporary});
        let invited = sign_in(&self.darkroom, "/v1/session", &body).await;
        assert_eq!(invited.status(), StatusCode::OK);
        assert!(!invited.headers().contains_key("set-cookie"), "nobody is signed in yet");
        let invited: Value = invited.json().await.unwrap();
        assert_eq!(invited["challenge"], "NEW_PASSWORD_REQUIRED");
        let answer = json!({
            "username": email, "session": invited["session"], "new_password": CHOSEN,
        });
        let answered = sign_in(&self.darkroom, "/v1/session/challenge", &answer).await;
        Client::of(&self.darkroom, answered).await
    }

    /// The buckets as the services open them.
    pub(crate) async fn services(&self) -> Buckets {
        let key = SharedCredentialsProvider::new(self.services_key());
        let sdk = self.darkroom.sdk().await.to_builder().credentials_provider(key).build();
        let endpoint = Some(self.darkroom.url.clone());
        let config = BucketsConfig {
            s3_endpoint: endpoint.clone(),
            s3_public_endpoint: None,
            sts_endpoint: endpoint,
            customer_role: CUSTOMER_ROLE.to_owned(),
            service_bucket: SERVICE_BUCKET.to_owned(),
            feed_bucket: FEED_BUCKET.to_owned(),
        };
        Buckets::new(sdk, config)
    }

    /// The key that the services hold.
    pub(crate) fn services_key(&self) -> Credentials {
        let secrets = self.secrets();
        let text = |name: &str| secrets["service"][name].as_str().unwrap();
        Credentials::new(text("access_key_id"), text("secret_access_key"), None, None, "services")
    }

    /// The keys of this machine.
    pub(crate) fn secrets(&self) -> Value {
        let json = std::fs::read(self.darkroom.data().join("secrets.json")).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    /// The customer as the registry has it, secrets and all.
    pub(crate) async fn registered(&self, name: &str) -> Customer {
        let json = self.get(SERVICE_BUCKET, &format!("customers/{name}.json")).await;
        serde_json::from_slice(&json).unwrap()
    }

    pub(crate) async fn get(&self, bucket: &str, key: &str) -> Vec<u8> {
        let object = self.s3.get_object().bucket(bucket).key(key).send().await.unwrap();
        object.body.collect().await.unwrap().to_vec()
    }

    /// Puts an object; returns its ETag.
    pub(crate) async fn put(&self, bucket: &str, key: &str, bytes: Vec<u8>) -> String {
        let put = self.s3.put_object().bucket(bucket).key(key).body(ByteStream::from(bytes));
        put.send().await.unwrap().e_tag.unwrap()
    }

    /// Names of all objects; `None` where there is no such bucket.
    pub(crate) async fn names(&self, bucket: &str) -> Option<Vec<String>> {
        let mut pages = self.s3.list_objects_v2().bucket(bucket).into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    let objects = page.contents.unwrap_or_default();
                    names.extend(objects.into_iter().map(|object| object.key.unwrap()));
                }
                Err(error) => {
                    assert!(error.into_service_error().is_no_such_bucket());
                    return None;
                }
            }
        }
        Some(names)
    }

    /// Everything in a bucket, but for what goes while it is read.
    pub(crate) async fn objects(&self, bucket: &str) -> Objects {
        let mut objects = Objects::new();
        for name in self.names(bucket).await.unwrap() {
            let object = match self.s3.get_object().bucket(bucket).key(&name).send().await {
                Err(error) if gone(&error) => continue,
                object => object.unwrap(),
            };
            let etag = object.e_tag.unwrap();
            objects.insert(name, (etag, object.body.collect().await.unwrap().to_vec()));
        }
        objects
    }
}

fn gone(error: &SdkError<GetObjectError>) -> bool {
    matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_)))
}

/// The bucket that a customer gets.
pub(crate) fn bucket_of(customer: &str) -> String {
    format!("darkroom-customer-{customer}")
}

/// The address of a customer's user in this role.
pub(crate) fn email(customer: &str, role: &str) -> String {
    format!("{role}@{customer}.example")
}

/// Uploads what is not there yet; returns its id.
pub(crate) async fn uploaded(client: &Client, bytes: Vec<u8>, parameters: &str) -> String {
    let (status, image) = client.upload_bytes(bytes, parameters).await;
    assert_eq!(status, StatusCode::CREATED, "{image}");
    image["id"].as_str().unwrap().to_owned()
}

fn log_in(data: &Path) -> PathBuf {
    data.join("darkroom.log")
}
