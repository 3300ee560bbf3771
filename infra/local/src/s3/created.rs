//! What the server tells its process about new objects; EventBridge tells the same on AWS.

/// An object that is durable: stored before this was sent.
///
/// Not repeated after a restart, so a listener that must miss nothing also looks at what lies in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCreated {
    /// Its bucket.
    pub bucket: String,
    /// Its key, not encoded.
    pub key: String,
    /// Length in bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
    /// The operation that stored it.
    pub reason: Reason,
}

/// The operation that stored an object, as EventBridge names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// One PUT.
    PutObject,
    /// A copy on the server.
    CopyObject,
    /// Parts put together.
    CompleteMultipartUpload,
}

impl Reason {
    /// The value of `detail.reason` in EventBridge's "Object Created".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PutObject => "PutObject",
            Self::CopyObject => "CopyObject",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
        }
    }
}
