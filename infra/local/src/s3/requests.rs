//! The operations that are answered, the right that each needs, and how often each was asked for.

use std::sync::atomic::{AtomicU64, Ordering};

/// An operation of S3 as `access` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// The IAM action that it needs on what its path names.
    pub(super) action: &'static str,
}

macro_rules! operations {
    ($($name:literal needs $action:literal)*) => {
        &[$(Operation { name: $name, action: $action }),*]
    };
}

/// Rights as in AWS's "Required permissions for Amazon S3 API operations".
const OPERATIONS: &[Operation] = operations! {
    "AbortMultipartUpload" needs "s3:AbortMultipartUpload"
    "CompleteMultipartUpload" needs "s3:PutObject"
    "CopyObject" needs "s3:PutObject"
    "CreateBucket" needs "s3:CreateBucket"
    "CreateMultipartUpload" needs "s3:PutObject"
    "DeleteBucket" needs "s3:DeleteBucket"
    "DeleteObject" needs "s3:DeleteObject"
    "DeleteObjects" needs "s3:DeleteObject"
    "GetBucketLocation" needs "s3:GetBucketLocation"
    "GetObject" needs "s3:GetObject"
    "HeadBucket" needs "s3:ListBucket"
    "HeadObject" needs "s3:GetObject"
    "ListBuckets" needs "s3:ListAllMyBuckets"
    "ListMultipartUploads" needs "s3:ListBucketMultipartUploads"
    "ListObjectVersions" needs "s3:ListBucketVersions"
    "ListObjects" needs "s3:ListBucket"
    "ListObjectsV2" needs "s3:ListBucket"
    "ListParts" needs "s3:ListMultipartUploadParts"
    "PutObject" needs "s3:PutObject"
    "UploadPart" needs "s3:PutObject"
    "UploadPartCopy" needs "s3:PutObject"
};

const STS_OPERATIONS: [&str; 2] = ["AssumeRole", "GetCallerIdentity"];

impl Operation {
    /// The operation of this name, if it is answered here.
    pub(super) fn named(name: &str) -> Option<Self> {
        OPERATIONS.iter().find(|operation| operation.name == name).copied()
    }
}

/// Requests since the start by operation, refused ones included.
#[derive(Debug)]
pub struct Requests {
    counts: Vec<(&'static str, AtomicU64)>,
}

impl Default for Requests {
    fn default() -> Self {
        let names = OPERATIONS.iter().map(|operation| operation.name).chain(STS_OPERATIONS);
        Self { counts: names.map(|name| (name, AtomicU64::new(0))).collect() }
    }
}

impl Requests {
    /// How often the operation was asked for, for example `ListObjectsV2`; 0 for a name that is none.
    pub fn of(&self, operation: &str) -> u64 {
        self.all().find(|(name, _)| *name == operation).map_or(0, |(_, count)| count)
    }

    /// Every operation with its count.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(name, count)| (*name, count.load(Ordering::Relaxed)))
    }

    pub(crate) fn count(&self, operation: &str) {
        if let Some((_, count)) = self.counts.iter().find(|(name, _)| *name == operation) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
