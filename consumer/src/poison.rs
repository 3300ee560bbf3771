//! Why a Kafka record can never become a sample.
//!
//! Poison is what the same record would be again tomorrow. A store or broker that is down is not
//! poison and never appears here: that is waited for. What is poison is rejected inside the commit,
//! under its offset, and the partition goes on.

use customer::{CustomerId, EventError, Original, StoreError};
use resizer::RenderError;
use tokio::task::JoinError;

/// S3's bound on a key.
const KEY_BYTES_MAX: usize = 1_024;

/// Each variant is one `reason` in a commit; its text is the `detail`.
#[derive(Debug, thiserror::Error)]
pub enum Poison {
    #[error(transparent)]
    NotAnEvent(#[from] EventError),
    #[error("customer '{0}' is not registered")]
    UnknownCustomer(CustomerId),
    #[error("the record's reference to its original is no key and ETag of S3")]
    BadReference,
    #[error("the original has {bytes} bytes; at most {source_bytes_max} are taken")]
    TooLarge { bytes: u64, source_bytes_max: u64 },
    #[error(transparent)]
    OriginalMissing(StoreError),
    #[error("the original is not the one that was validated")]
    OriginalChanged(#[source] StoreError),
    #[error(transparent)]
    AccessDenied(StoreError),
    #[error("the original has SHA-256 {found}, the record says {expected}")]
    HashMismatch { expected: String, found: String },
    #[error(transparent)]
    NotAnImage(#[from] RenderError),
    #[error("the renderer gave up on the original")]
    RendererPanicked(#[source] JoinError),
}

impl Poison {
    /// One word for commits, metrics and whoever sorts by cause.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotAnEvent(_) => "not_an_event",
            Self::UnknownCustomer(_) => "unknown_customer",
            Self::BadReference => "bad_reference",
            Self::TooLarge { .. } => "too_large",
            Self::OriginalMissing(_) => "original_missing",
            Self::OriginalChanged(_) => "original_changed",
            Self::AccessDenied(_) => "access_denied",
            Self::HashMismatch { .. } => "hash_mismatch",
            Self::NotAnImage(_) => "not_an_image",
            Self::RendererPanicked(_) => "renderer_panicked",
        }
    }

    /// Whether the same record may be good later after all, by no doing of ours: then nothing
    /// keeps note of the rejection, and reconcile brings the record again.
    pub fn may_heal(reason: &str) -> bool {
        matches!(reason, "unknown_customer" | "access_denied")
    }

    /// A reference that cannot be sent as a request would look like a store that is down, for ever.
    pub(crate) fn check_reference(original: &Original) -> Result<(), Self> {
        let key = (1..=KEY_BYTES_MAX).contains(&original.key.len());
        let etag = !original.etag.is_empty() && original.etag.bytes().all(|b| b.is_ascii_graphic());
        if key && etag { Ok(()) } else { Err(Self::BadReference) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_no_request_can_carry_are_refused() {
        let check = |key: &str, etag: &str| {
            Poison::check_reference(&Original { key: key.into(), etag: etag.into() }).is_ok()
        };
        assert!(check("originals/x", "\"e\""));
        assert!(check(&"k".repeat(1_024), "\"e\""));
        for (key, etag) in
            [("", "\"e\""), (&*"k".repeat(1_025), "\"e\""), ("k", ""), ("k", "a\nb"), ("k", "é")]
        {
            assert!(!check(key, etag), "{key} {etag}");
        }
    }
}
