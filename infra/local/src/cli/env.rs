//! `darkroom env`.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{Where, say};

/// What is printed.
#[derive(Args, Debug)]
pub(super) struct Env {
    /// Whose rights are printed
    #[arg(long, value_enum, default_value_t = Role::Operator)]
    role: Role,

    /// Also what 'consumer run' needs; 'darkroom up' must not be started where that is set
    #[arg(long, conflicts_with = "role")]
    consumer: bool,

    #[command(flatten)]
    place: Where,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Role {
    /// Opens everything
    Operator,
    /// Reads the feed's bucket, where the datasets are, and nothing else
    DataScientist,
}

impl Env {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let connection = self.place.connection()?;
        match self.role {
            Role::Operator => print(connection.environment())?,
            Role::DataScientist => print(
                connection
                    .data_scientists_environment()
                    .context("this darkroom was started by an earlier release; start it anew")?,
            )?,
        }
        if self.consumer {
            print(connection.consumers_environment())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(environment: impl IntoIterator<Item = (&'static str, String)>) -> anyhow::Result<()> {
    for (name, value) in environment {
        say(format_args!("export {name}='{}'", value.replace('\'', r"'\''")))?;
    }
    Ok(())
}
