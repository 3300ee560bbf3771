use aws_sdk_s3::{Client, primitives::ByteStream};
use serde_json::Value;

/// One bucket, with the operator's rights.
pub(crate) struct Bucket {
    s3: Client,
    name: &'static str,
}

impl Bucket {
    pub(crate) fn new(s3: &Client, name: &'static str) -> Self {
        Self { s3: s3.clone(), name }
    }

    /// An object's bytes, or `None` where there is none.
    pub(crate) async fn get(&self, key: &str) -> Option<Vec<u8>> {
        match self.s3.get_object().bucket(self.name).key(key).send().await {
            Ok(object) => Some(object.body.collect().await.unwrap().to_vec()),
            Err(error) => {
                let error = error.into_service_error();
                assert!(error.is_no_such_key(), "{key}: {error:?}");
                None
            }
        }
    }

    /// An object that has to be there and to be JSON.
    pub(crate) async fn json(&self, key: &str) -> Value {
        let bytes = self.get(key).await.unwrap_or_else(|| panic!("{key} does not exist"));
        serde_json::from_slice(&bytes).unwrap()
    }

    pub(crate) async fn put(&self, key: &str, json: &Value) {
        let body = ByteStream::from(serde_json::to_vec(json).unwrap());
        self.s3.put_object().bucket(self.name).key(key).body(body).send().await.unwrap();
    }

    pub(crate) async fn etag(&self, key: &str) -> String {
        let head = self.s3.head_object().bucket(self.name).key(key).send().await.unwrap();
        head.e_tag.unwrap()
    }

    /// Everything in the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut pages = self.s3.list_objects_v2().bucket(self.name).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page.unwrap().contents.unwrap_or_default();
            keys.extend(objects.into_iter().map(|object| object.key.unwrap()));
        }
        keys
    }

    /// Everything whose name has `text` in it.
    pub(crate) async fn naming(&self, text: &str) -> Vec<String> {
        let keys = self.keys().await;
        keys.into_iter().filter(|key| key.contains(text)).collect()
    }
}
