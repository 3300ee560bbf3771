#![doc = include_str!("../README.md")]

mod accept;
mod announce;
mod app;
mod auth;
mod config;
mod error;
mod feed;
mod image_view;
mod images;
mod notify;
mod predictions;
mod problem;
pub mod queue;
mod routes;
mod session;
mod sweep;
mod uploads;

pub use announce::{AnnounceError, Announced, Announcer};
pub use app::App;
pub use config::{AnnounceConfig, Config, UserPoolConfig};
pub use feed::FeedError;
pub use notify::{NotifyError, ObjectCreated};
pub use routes::router;
pub use sweep::{Swept, sweep};
