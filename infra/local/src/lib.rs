#![doc = "Skeleton."]

pub mod s3;
pub mod sts;
