#![doc = include_str!("../README.md")]

pub mod api;
mod artifact;
mod classifier;
mod command;
mod declaration;
mod deploy;
mod serve;
mod snapshot;
pub mod source;
mod train;

pub use artifact::{ArtifactError, Card, onnx};
pub use classifier::{Classifier, ClassifyError, LoadError};
pub use command::{Command, CommandError};
pub use declaration::{Declaration, DeclarationError};
pub use deploy::{DeployError, DeployOptions};
pub use serve::{ServeError, ServeOptions, router};
pub use snapshot::{Snapshot, SnapshotError};
pub use train::{TrainError, TrainOn, TrainOptions, Trained};
