#![doc = include_str!("../README.md")]

mod app;
mod avif_pace;
mod bounds;
mod config;
pub mod dialect;
mod error;
pub mod etag;
mod explain;
mod fetch;
mod get_image;
mod get_original;
mod iiif_info;
mod lambda;
pub mod lifetime;
pub mod negotiate;
mod originals;
pub mod path;
pub mod problem;
pub mod query_string;
pub mod range;
mod render_queue;
mod renditions;
mod resolve;
mod response;
mod routes;
mod storage;
mod time_left;
mod timings;
mod url_rules;
mod viewer;

pub use app::App;
pub use config::{Budget, Config, ConfigError};
pub use error::Error;
pub use lambda::{as_sent, invoke};
pub use response::not_modified;
pub use routes::{IGNORED, router};
