//! Requests signed in advance, for whoever has no credentials of S3.

use std::time::Duration;

use aws_sdk_s3::{
    error::SdkError,
    presigning::{PresignedRequest, PresigningConfig},
};

use super::{Bucket, StoreError};
use crate::ObjectKey;

/// One step of a multipart upload. `upload_id` is S3's own, of characters that a URL takes as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multipart<'a> {
    Create { media_type: &'a str },
    Part { upload_id: &'a str, number: u16 },
    List { upload_id: &'a str },
    Complete { upload_id: &'a str },
    Abort { upload_id: &'a str },
}

impl Multipart<'_> {
    fn method(self) -> &'static str {
        match self {
            Self::Create { .. } | Self::Complete { .. } => "POST",
            Self::Part { .. } => "PUT",
            Self::List { .. } => "GET",
            Self::Abort { .. } => "DELETE",
        }
    }

    fn query(self) -> String {
        match self {
            Self::Create { .. } => "uploads=".to_owned(),
            Self::Part { upload_id, number } => format!("partNumber={number}&uploadId={upload_id}"),
            Self::List { upload_id } | Self::Complete { upload_id } | Self::Abort { upload_id } => {
                format!("uploadId={upload_id}")
            }
        }
    }

    /// Signed, so that nobody gives another.
    fn media_type(self) -> Option<String> {
        match self {
            Self::Create { media_type } => Some(media_type.to_owned()),
            _ => None,
        }
    }
}

impl Bucket {
    /// A URL that anybody may GET the object from until `valid` is over.
    pub async fn presign_get(&self, name: &str, valid: Duration) -> Result<String, StoreError> {
        let request = self.clients.presigning.get_object().bucket(&self.name).key(name);
        url(name, request.presigned(config(name, valid)?).await)
    }

    /// A URL that anybody may PUT exactly `bytes` bytes of `media_type` to until `valid` is over.
    pub async fn presign_put(
        &self,
        key: &ObjectKey,
        bytes: u64,
        media_type: &str,
        valid: Duration,
    ) -> Result<String, StoreError> {
        let name = key.to_string();
        let length = bytes.try_into().unwrap_or(i64::MAX);
        let request = self.clients.presigning.put_object().bucket(&self.name).key(&name);
        let request = request.content_type(media_type).content_length(length);
        let presigned = request.presigned(config(&name, valid)?).await;
        url(&name, presigned)
    }

    /// A URL that anybody may take `step` with until `valid` is over. How many bytes a part has is not signed.
    pub async fn presign_multipart(
        &self,
        key: &ObjectKey,
        step: Multipart<'_>,
        valid: Duration,
    ) -> Result<String, StoreError> {
        let name = key.to_string();
        let (method, query, media_type) = (step.method(), step.query(), step.media_type());
        // The SDK signs few operations in advance; a request of one of these is made into what is wanted.
        let any = self.clients.presigning.delete_object().bucket(&self.name).key(&name);
        let asked = any.customize().map_request(move |mut request| {
            let address = request.uri().split('?').next().unwrap_or_default();
            let uri = format!("{address}?{query}");
            if let Some(media_type) = media_type.clone() {
                request.headers_mut().insert("content-type", media_type);
            }
            request.set_uri(uri).and_then(|()| request.set_method(method)).map(|()| request)
        });
        let presigned = asked.presigned(config(&name, valid)?).await;
        url(&name, presigned)
    }
}

fn config(name: &str, valid: Duration) -> Result<PresigningConfig, StoreError> {
    PresigningConfig::expires_in(valid)
        .map_err(|error| StoreError::Unavailable { key: name.to_owned(), source: error.into() })
}

fn url<E: std::error::Error + Send + Sync + 'static>(
    name: &str,
    presigned: Result<PresignedRequest, SdkError<E>>,
) -> Result<String, StoreError> {
    presigned
        .map(|presigned| presigned.uri().to_owned())
        .map_err(|error| StoreError::Unavailable { key: name.to_owned(), source: error.into() })
}
