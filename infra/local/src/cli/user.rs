//! `darkroom user`.

mod add;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use customer::CustomerId;

use super::{Where, operator::Operator, say};
use crate::{names, user_pool::generate_password};

/// The attribute that says whose images a user works with.
const CUSTOMER: &str = "custom:customer";

#[derive(Subcommand, Debug)]
pub(super) enum User {
    /// Invite a user, who chooses a password at the first sign-in
    Add(add::Add),
    /// Give a user a new temporary password and end all sessions
    Reset(Named),
    /// Remove a user and end all sessions
    Remove(Named),
}

/// Which user is meant.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The user's e-mail address
    email: String,

    #[command(flatten)]
    place: Where,
}

impl User {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Add(add) => add.run().await,
            Self::Reset(named) => named.reset().await,
            Self::Remove(named) => named.remove().await,
        }
    }
}

impl Named {
    async fn reset(&self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let password = generate_password()?;
        operator
            .pool
            .admin_set_user_password()
            .user_pool_id(names::POOL_ID)
            .username(&self.email)
            .password(&password)
            .permanent(false)
            .send()
            .await
            .map_err(aws_sdk_cognitoidentityprovider::Error::from)
            .with_context(|| format!("the password of {} was not reset", self.email))?;
        operator
            .pool
            .admin_user_global_sign_out()
            .user_pool_id(names::POOL_ID)
            .username(&self.email)
            .send()
            .await
            .map_err(aws_sdk_cognitoidentityprovider::Error::from)?;
        operator.audit("user reset", &self.email);
        say(format_args!("temporary password of {}: {password}", self.email))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn remove(&self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        remove(&operator, &self.email).await?;
        say(format_args!("user {} removed", self.email))?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn remove(operator: &Operator, name: &str) -> anyhow::Result<()> {
    operator
        .pool
        .admin_delete_user()
        .user_pool_id(names::POOL_ID)
        .username(name)
        .send()
        .await
        .map_err(aws_sdk_cognitoidentityprovider::Error::from)
        .with_context(|| format!("user {name} was not removed"))?;
    operator.audit("user remove", name);
    Ok(())
}

/// Names of the customer's users.
pub(super) async fn all_of(
    operator: &Operator,
    customer: &CustomerId,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let page = operator
            .pool
            .list_users()
            .user_pool_id(names::POOL_ID)
            .set_pagination_token(token)
            .send()
            .await
            .map_err(aws_sdk_cognitoidentityprovider::Error::from)?;
        for user in page.users.unwrap_or_default() {
            let mut attributes = user.attributes.iter().flatten();
            let own = attributes.any(|attribute| {
                attribute.name == CUSTOMER && attribute.value.as_deref() == Some(customer.as_str())
            });
            found.extend(user.username.filter(|_| own));
        }
        token = page.pagination_token;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// Removes every user of the customer, and says how many there were.
pub(super) async fn remove_all_of(
    operator: &Operator,
    customer: &CustomerId,
) -> anyhow::Result<usize> {
    let users = all_of(operator, customer).await?;
    for user in &users {
        remove(operator, user).await?;
    }
    Ok(users.len())
}
