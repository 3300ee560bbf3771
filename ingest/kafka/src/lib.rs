#![doc = include_str!("../README.md")]

mod config;
mod identity;
mod lag;
mod producer;
mod security;
mod topics;

pub use config::{ConfigError, KafkaConfig};
pub use identity::Identity;
pub use lag::{Lag, LagError};
pub use security::{Mechanism, Sasl, Security, Tls};
pub use topics::{Created, Finding, TopicSettings, TopicsError, check, create};
