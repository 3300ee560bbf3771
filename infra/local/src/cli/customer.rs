//! `darkroom customer`.

mod add;
mod check;
mod remove;
mod settings;
mod show;
mod withdraw;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use customer::{Customer as Registered, CustomerId, Status, Timestamp};

use super::{Where, operator::Operator, say};

#[derive(Subcommand, Debug)]
pub(super) enum Customer {
    /// Add a customer, with a bucket of its own or with one that exists
    Add(Box<add::Add>),
    /// Change a customer's settings; what is not named stays
    Set(Box<settings::Set>),
    /// Show a customer's settings as JSON, without the secrets
    Show(Named),
    /// List all customers
    List(Where),
    /// Let nobody in and show nothing, within a minute; everything stays
    Suspend(Named),
    /// Undo suspend
    Resume(Named),
    /// Withdraw consent to training for all images, and for uploads that do not say otherwise
    Withdraw(Named),
    /// Erase a customer: images, users, bucket and settings
    Remove(remove::Remove),
    /// Say line by line what works for a customer and what is missing
    Check(Named),
    /// Keys that sign a customer's cookies and URLs
    #[command(subcommand)]
    Key(Key),
}

/// Which customer is meant.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The customer's name
    name: CustomerId,

    #[command(flatten)]
    place: Where,
}

#[derive(Subcommand, Debug)]
pub(super) enum Key {
    /// Sign with a new key within a minute; the one before it stays good until the next rotation
    Rotate {
        #[command(flatten)]
        named: Named,

        /// Nothing that was signed before is good any more
        #[arg(long)]
        revoke: bool,
    },
}

impl Customer {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Set(set) => set.run().await,
            Self::Show(named) => show::one(&named).await,
            Self::List(place) => show::all(&place).await,
            Self::Suspend(named) => named.become_of("suspended", Status::Suspended).await,
            Self::Resume(named) => named.become_of("active", Status::Active).await,
            Self::Withdraw(named) => withdraw::run(&named).await,
            Self::Remove(remove) => remove.run().await,
            Self::Check(named) => check::run(&named).await,
            Self::Key(Key::Rotate { named, revoke }) => rotate(&named, revoke).await,
        }
    }
}

impl Named {
    async fn become_of(&self, word: &str, status: Status) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let mut removing = false;
        let change = |customer: &mut Registered| {
            removing = customer.status == Status::Removing;
            if !removing {
                customer.status = status;
            }
        };
        operator.registry.update(&self.name, change).await?;
        anyhow::ensure!(!removing, "customer {} is being removed", self.name);
        operator.edge_cache.forget_customer(&self.name).await?;
        operator.audit(&format!("customer {word}"), self.name.as_str());
        say(format_args!("customer {} is {word} within a minute", self.name))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn rotate(named: &Named, revoke: bool) -> anyhow::Result<ExitCode> {
    let operator = Operator::at(&named.place).await?;
    let change = |customer: &mut Registered| {
        if revoke {
            customer.revoke_keys();
        } else {
            customer.rotate_key(Timestamp::now());
        }
    };
    let changed = operator.registry.update(&named.name, change).await?;
    operator.edge_cache.forget_customer(&named.name).await?;
    operator.audit("customer key rotate", named.name.as_str());
    let kids: Vec<_> = changed.edge_keys.iter().map(|key| key.kid.as_str()).collect();
    say(format_args!("keys of customer {}, newest first: {}", named.name, kids.join(", ")))?;
    Ok(ExitCode::SUCCESS)
}
