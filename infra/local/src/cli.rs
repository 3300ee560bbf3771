//! The verbs of `darkroom`.

mod banner;
mod customer;
mod deploy;
mod env;
mod erase;
mod export;
mod files;
mod import;
mod operator;
mod predict;
mod progress;
mod put;
mod session;
mod snapshot;
mod topics;
mod train;
mod up;
mod user;

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use futures::future::LocalBoxFuture;

use crate::{
    connection::{Connection, ConnectionError},
    settings::Settings,
};

/// Image upload, delivery and a machine-learning feed, on one machine.
///
/// 'darkroom up' starts everything in one process: the API, image delivery behind an edge cache, an
/// S3 server over a folder, a Cognito user pool, Kafka, and the consumer that stages training data.
/// The other verbs talk to it.
#[derive(Parser, Debug)]
#[command(version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Start everything and serve until interrupted
    Up(Box<Settings>),
    /// Print what points other tools here: eval "$(darkroom env)"
    Env(env::Env),
    /// Add, change, check and remove customers
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Invite, reset and remove users
    #[command(subcommand)]
    User(user::User),
    /// Make and check the topic at Kafka
    #[command(subcommand)]
    Topics(topics::Topics),
    /// Upload images, whatever their size
    Put(put::Put),
    /// Make images of what lies in a customer's bucket already, in another bucket or in a folder
    Import(import::Import),
    /// Write a customer's originals and their records into a folder
    Export(export::Export),
    /// Erase from the feed what was erased from customers' buckets
    Erase(erase::Erase),
    /// Build a dataset for training out of the feed
    Snapshot(snapshot::Snapshot),
    /// Train a model on a snapshot
    Train(Box<train::Train>),
    /// Have a trained model answer at an endpoint
    Deploy(deploy::Deploy),
    /// Ask a deployed model about images
    Predict(predict::Predict),
}

/// Which darkroom is meant.
#[derive(Args, Clone, Debug)]
struct Where {
    /// Data folder of the running darkroom
    #[arg(long, env = "DARKROOM_DATA", default_value = "./data", global = true)]
    data: PathBuf,
}

impl Cli {
    /// Does what was asked; the exit code says whether all of it was done.
    pub fn run(self) -> LocalBoxFuture<'static, anyhow::Result<ExitCode>> {
        Box::pin(async move {
            match self.verb {
                Verb::Up(settings) => up::run(*settings).await,
                Verb::Env(env) => env.run(),
                Verb::Customer(verb) => verb.run().await,
                Verb::User(verb) => verb.run().await,
                Verb::Topics(verb) => verb.run().await,
                Verb::Put(put) => put.run().await,
                Verb::Import(import) => import.run().await,
                Verb::Export(export) => export.run().await,
                Verb::Erase(erase) => erase.run().await,
                Verb::Snapshot(snapshot) => snapshot.run().await,
                Verb::Train(train) => train.run().await,
                Verb::Deploy(deploy) => deploy.run().await,
                Verb::Predict(predict) => predict.run().await,
            }
        })
    }
}

impl Where {
    fn connection(&self) -> Result<Connection, ConnectionError> {
        Connection::read(&self.data)
    }
}

/// Writes a line for whoever called.
fn say(line: impl std::fmt::Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
