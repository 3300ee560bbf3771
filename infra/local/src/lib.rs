#![doc = include_str!("../README.md")]

pub mod s3;
pub mod sagemaker;
pub mod sigv4;
pub mod sts;
pub mod user_pool;
