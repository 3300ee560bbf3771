#![doc = include_str!("../README.md")]

mod accept;
mod access;
mod announce;
mod app;
mod auth;
mod config;
mod edge_cache;
mod error;
mod extract;
mod feed;
mod image_view;
mod images;
mod import;
pub mod invocation;
mod notify;
mod openapi;
mod predictions;
mod problem;
mod queue;
mod routes;
mod session;
mod steps;
mod sweep;
mod uploads;

pub use accept::AcceptError;
pub use access::{ACCESS, Needs};
pub use announce::{AnnounceError, Announced, Announcer};
pub use app::App;
pub use config::{AnnounceConfig, Config, EdgeConfig, UserPoolConfig};
pub use edge_cache::{EdgeCache, PurgeError};
pub use feed::FeedError;
pub use import::{Import, Imported, importable};
pub use notify::{NotifyError, ObjectCreated};
pub use routes::router;
pub use steps::Steps;
pub use sweep::{Swept, sweep, sweep_leftovers};
