//! One bucket, seen with the rights of one session, by [`ObjectKey`].

use std::{error::Error, ops::Range};

use aws_sdk_s3::{
    error::SdkError,
    primitives::{ByteStream, DateTime},
};
use aws_smithy_types::byte_stream::error::Error as StreamError;
use bytes::Bytes;

use crate::{ObjectKey, Original, Timestamp, buckets::Clients};

mod multipart;
mod presign;
pub(crate) mod sent;

pub use multipart::Unfinished;
pub use presign::Multipart;

/// A conflicting write at the same moment (409) says nothing about who won: ask again this often.
const CONFLICT_RETRIES: u32 = 5;

/// A bucket and the session that may use it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bucket {
    clients: Clients,
    name: String,
}

/// What must hold for a put to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'a> {
    Always,
    /// The object does not exist yet (`If-None-Match: *`).
    Absent,
    /// The object is the one with this ETag (`If-Match`).
    Matches(&'a str),
}

/// An object and its bytes.
#[derive(Clone, Debug)]
pub struct Object {
    pub bytes: Bytes,
    pub etag: String,
}

/// What a listing or a HEAD says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub key: String,
    pub etag: String,
    pub bytes: u64,
    pub modified_at: Timestamp,
    /// Only a HEAD knows it.
    pub media_type: Option<String>,
}

/// One page of a listing, in ascending order of keys.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub found: Vec<Found>,
    /// Whether the listing goes on after the last key.
    pub more: bool,
}

/// What can go wrong at the store. The key is for logs, not for clients.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("'{key}' does not exist")]
    NotFound { key: String },
    #[error("'{key}' is not in the state that the request asked for")]
    PreconditionFailed { key: String },
    #[error("the session may not touch '{key}'")]
    AccessDenied { key: String, source: Box<dyn Error + Send + Sync> },
    #[error("the store did not answer for '{key}'")]
    Unavailable { key: String, source: Box<dyn Error + Send + Sync> },
    #[error("the body of '{key}' broke off")]
    Broken { key: String, source: StreamError },
}

impl Bucket {
    pub(crate) fn new(clients: Clients, name: String) -> Self {
        Self { clients, name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same session, asked for another bucket. S3 is expected to refuse: this is for trying it.
    #[must_use]
    pub fn elsewhere(&self, name: &str) -> Self {
        Self { clients: self.clients.clone(), name: name.to_owned() }
    }

    /// Puts an object and returns its ETag. `media_type` is needed where the key does not say it.
    pub async fn put(
        &self,
        key: &ObjectKey,
        bytes: impl Into<Bytes>,
        media_type: Option<&str>,
        condition: Condition<'_>,
    ) -> Result<String, StoreError> {
        let (name, bytes) = (key.to_string(), bytes.into());
        let mut left = CONFLICT_RETRIES;
        loop {
            let mut request = self
                .clients
                .inside
                .put_object()
                .bucket(&self.name)
                .key(&name)
                .cache_control(key.cache_control())
                .set_content_type(key.media_type().or(media_type).map(str::to_owned))
                .body(bytes.clone().into());
            request = match condition {
                Condition::Always => request,
                Condition::Absent => request.if_none_match("*"),
                Condition::Matches(etag) => request.if_match(etag),
            };
            match sent::put(request).await {
                Ok(put) => return Ok(put.e_tag.unwrap_or_default()),
                Err(error) if status_of(&error) == Some(409) && left > 0 => left -= 1,
                Err(error) => return Err(classify(&name, error)),
            }
        }
    }

    /// Gets an object, or `None` where there is none.
    pub async fn get(&self, key: &ObjectKey) -> Result<Option<Object>, StoreError> {
        let name = key.to_string();
        let request = self.clients.inside.get_object().bucket(&self.name).key(&name);
        match sent::get(request).await {
            Ok(got) => Ok(Some(collect(&name, got.e_tag, got.body).await?)),
            Err(error) if status_of(&error) == Some(404) => Ok(None),
            Err(error) => Err(classify(&name, error)),
        }
    }

    /// Gets an object that is named by its text.
    pub async fn get_named(&self, name: &str) -> Result<Object, StoreError> {
        let request = self.clients.inside.get_object().bucket(&self.name).key(name);
        match sent::get(request).await {
            Ok(got) => collect(name, got.e_tag, got.body).await,
            Err(error) => Err(classify(name, error)),
        }
    }

    /// Gets a part of an object that is named by its text.
    pub async fn range(&self, name: &str, range: Range<usize>) -> Result<Bytes, StoreError> {
        let header = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let request = self.clients.inside.get_object().bucket(&self.name).key(name).range(header);
        match sent::get(request).await {
            Ok(got) => Ok(collect(name, got.e_tag, got.body).await?.bytes),
            Err(error) => Err(classify(name, error)),
        }
    }

    /// Gets the bytes of an original as they were when they were validated. Fails with
    /// [`StoreError::PreconditionFailed`] where somebody has changed them since.
    pub async fn original(&self, original: &Original) -> Result<Object, StoreError> {
        let request = self.clients.inside.get_object().bucket(&self.name).key(&original.key);
        match sent::get(request.if_match(&original.etag)).await {
            Ok(got) => collect(&original.key, got.e_tag, got.body).await,
            Err(error) => Err(classify(&original.key, error)),
        }
    }

    /// What is known of an object without its bytes, or `None` where there is none.
    pub async fn head(&self, key: &ObjectKey) -> Result<Option<Found>, StoreError> {
        let name = key.to_string();
        let request = self.clients.inside.head_object().bucket(&self.name).key(&name);
        match sent::head(request).await {
            Ok(head) => Ok(Some(Found {
                etag: head.e_tag.unwrap_or_default(),
                bytes: head.content_length.unwrap_or_default().try_into().unwrap_or_default(),
                modified_at: timestamp(head.last_modified),
                media_type: head.content_type,
                key: name,
            })),
            Err(error) if status_of(&error) == Some(404) => Ok(None),
            Err(error) => Err(classify(&name, error)),
        }
    }

    /// Deletes an object. That it was not there is no error.
    pub async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        self.delete_named(&key.to_string()).await
    }

    /// Deletes an object by a name that came out of [`Bucket::list`].
    pub async fn delete_named(&self, name: &str) -> Result<(), StoreError> {
        let request = self.clients.inside.delete_object().bucket(&self.name).key(name);
        sent::delete(request).await.map(drop).map_err(|error| classify(name, error))
    }

    /// Deletes an object with every version of it that the bucket keeps, and says whether there was one.
    pub async fn delete_all_versions(&self, name: &str) -> Result<bool, StoreError> {
        let request = self.clients.inside.list_object_versions().bucket(&self.name).prefix(name);
        let listed = sent::versions(request).await.map_err(|error| classify(name, error))?;
        let kept = listed.versions.into_iter().flatten().map(|kept| (kept.key, kept.version_id));
        let markers = listed.delete_markers.into_iter().flatten();
        let markers = markers.map(|marker| (marker.key, marker.version_id));
        let mut found = false;
        for (key, version) in kept.chain(markers) {
            if key.as_deref() != Some(name) {
                continue;
            }
            found = true;
            let request = self.clients.inside.delete_object().bucket(&self.name).key(name);
            let deleted = sent::delete(request.set_version_id(version)).await;
            deleted.map_err(|error| classify(name, error))?;
        }
        Ok(found)
    }

    /// Deletes an object, if it still has `etag`.
    pub async fn delete_if(&self, key: &ObjectKey, etag: &str) -> Result<(), StoreError> {
        let name = key.to_string();
        let request = self.clients.inside.delete_object().bucket(&self.name).key(&name);
        sent::delete(request.if_match(etag)).await.map(drop).map_err(|error| classify(&name, error))
    }

    /// Copies within the bucket, if the source still has `etag`; returns the new ETag.
    pub async fn copy(
        &self,
        from: &ObjectKey,
        etag: &str,
        to: &ObjectKey,
        media_type: &str,
    ) -> Result<String, StoreError> {
        let name = to.to_string();
        let request = self
            .clients
            .inside
            .copy_object()
            .bucket(&self.name)
            .key(&name)
            .copy_source(format!("{}/{from}", self.name))
            .copy_source_if_match(etag)
            .metadata_directive(aws_sdk_s3::types::MetadataDirective::Replace)
            .content_type(media_type)
            .cache_control(to.cache_control());
        let copied = sent::copy(request).await.map_err(|error| classify(&name, error))?;
        Ok(copied.copy_object_result.and_then(|result| result.e_tag).unwrap_or_default())
    }

    /// Up to `limit` objects (at most 1,000) under `prefix` whose keys come after `after`.
    pub async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Page, StoreError> {
        let request = self.clients.inside.list_objects_v2().bucket(&self.name).prefix(prefix);
        let request = request.set_start_after(after.map(str::to_owned)).max_keys(limit);
        let listed = sent::list(request).await.map_err(|error| classify(prefix, error))?;
        let found = listed.contents.unwrap_or_default().into_iter().map(|object| Found {
            key: object.key.unwrap_or_default(),
            etag: object.e_tag.unwrap_or_default(),
            bytes: object.size.unwrap_or_default().try_into().unwrap_or_default(),
            modified_at: timestamp(object.last_modified),
            media_type: None,
        });
        Ok(Page { found: found.collect(), more: listed.is_truncated.unwrap_or_default() })
    }

    /// Everything under `prefix`, page by page.
    pub async fn list_all(&self, prefix: &str) -> Result<Vec<Found>, StoreError> {
        let mut all: Vec<Found> = Vec::new();
        loop {
            let after = all.last().map(|found| found.key.clone());
            let page = self.list(prefix, after.as_deref(), 1_000).await?;
            all.extend(page.found);
            if !page.more {
                return Ok(all);
            }
        }
    }

    /// The folders right under `prefix`, a name each, without slashes.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let request = self.clients.inside.list_objects_v2().bucket(&self.name);
        let request = request.prefix(prefix).delimiter("/");
        let (mut folders, mut next) = (Vec::new(), None);
        loop {
            let page = sent::list(request.clone().set_continuation_token(next)).await;
            let page = page.map_err(|error| classify(prefix, error))?;
            let found = page.common_prefixes.into_iter().flatten().filter_map(|found| found.prefix);
            folders.extend(found.filter_map(|folder| {
                Some(folder.strip_prefix(prefix)?.strip_suffix('/')?.to_owned())
            }));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(folders);
            }
        }
    }
}

async fn collect(key: &str, etag: Option<String>, body: ByteStream) -> Result<Object, StoreError> {
    let broken = |source| StoreError::Broken { key: key.to_owned(), source };
    let bytes = sent::collected(body).await.map_err(broken)?.into_bytes();
    Ok(Object { bytes, etag: etag.unwrap_or_default() })
}

fn timestamp(moment: Option<DateTime>) -> Timestamp {
    let ms = moment.and_then(|moment| moment.to_millis().ok());
    Timestamp::from_ms(ms.unwrap_or_default())
}

pub(crate) fn status_of<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

pub(crate) fn classify<E>(key: &str, error: SdkError<E>) -> StoreError
where
    E: Error + Send + Sync + 'static,
{
    let key = key.to_owned();
    match status_of(&error) {
        Some(404) => StoreError::NotFound { key },
        Some(409 | 412) => StoreError::PreconditionFailed { key },
        Some(403) => StoreError::AccessDenied { key, source: error.into() },
        _ => StoreError::Unavailable { key, source: error.into() },
    }
}
