//! Multipart uploads that nobody brought to an end.

use super::{Bucket, StoreError, classify, sent, timestamp};
use crate::Timestamp;

/// An upload of which parts may lie in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub key: String,
    pub upload_id: String,
    pub begun_at: Timestamp,
}

impl Bucket {
    /// Multipart uploads to keys that begin with `prefix`, neither complete nor aborted; the first thousand.
    pub async fn unfinished(&self, prefix: &str) -> Result<Vec<Unfinished>, StoreError> {
        let request = self.clients.inside.list_multipart_uploads().bucket(&self.name);
        let listed = sent::uploads(request.prefix(prefix)).await;
        let listed = listed.map_err(|error| classify(prefix, error))?;
        let uploads = listed.uploads.unwrap_or_default().into_iter();
        let upload = |upload: aws_sdk_s3::types::MultipartUpload| {
            let begun_at = timestamp(upload.initiated);
            Some(Unfinished { key: upload.key?, upload_id: upload.upload_id?, begun_at })
        };
        Ok(uploads.filter_map(upload).collect())
    }

    /// Removes the parts of an upload. That it has come to an end meanwhile is no error.
    pub async fn abort(&self, upload: &Unfinished) -> Result<(), StoreError> {
        let Unfinished { key, upload_id, .. } = upload;
        let request = self.clients.inside.abort_multipart_upload().bucket(&self.name);
        let sent = sent::abort(request.key(key).upload_id(upload_id)).await;
        match sent.map_err(|error| classify(key, error)) {
            Ok(_) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
