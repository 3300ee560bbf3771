#![doc = include_str!("../README.md")]

pub mod cli;
mod cloudfront;
mod connection;
mod console;
mod data_folder;
mod demo;
pub mod edge;
mod gateway;
pub mod kafka;
mod metrics;
mod names;
mod parts;
mod rights;
pub mod s3;
pub mod sagemaker;
mod secrets;
mod serve;
mod settings;
pub mod sigv4;
mod stack;
pub mod sts;
mod tasks;
pub mod user_pool;
