//! `darkroom user`.

use std::process::ExitCode;

use anyhow::Context;
use aws_sdk_cognitoidentityprovider::{
    Client,
    types::{AttributeType, MessageActionType},
};
use clap::{Subcommand, ValueEnum};
use customer::{CustomerId, Role};

use super::{Where, say};
use crate::{names, user_pool::generate_password};

#[derive(Subcommand, Debug)]
pub(super) enum User {
    /// Invite a user, who chooses a password at the first sign-in
    Add {
        /// E-mail address, which is also the user's name
        email: String,

        /// Whose images the user works with
        #[arg(long, env = "DARKROOM_CUSTOMER")]
        customer: CustomerId,

        /// What the user may do; may be given several times
        #[arg(
            long = "role",
            env = "DARKROOM_ROLES",
            value_enum,
            value_delimiter = ',',
            default_value = "uploader"
        )]
        roles: Vec<RoleName>,

        /// Temporary password [default: a random one, printed]
        #[arg(long, env = "DARKROOM_TEMPORARY_PASSWORD", hide_env_values = true)]
        password: Option<String>,

        #[command(flatten)]
        place: Where,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    /// Sees the customer's images
    Viewer,
    /// Uploads, labels and deletes
    Uploader,
    /// Decides for the whole customer
    Admin,
    /// Reads snapshots, which cross customers
    DataScientist,
}

impl User {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self::Add { email, customer, roles, password, place } = self;
        let pool = Client::new(&place.connection()?.sdk().await);
        let password = match password {
            Some(password) => password,
            None => generate_password()?,
        };
        let attribute = AttributeType::builder().name("custom:customer").value(customer.as_str());
        pool.admin_create_user()
            .user_pool_id(names::POOL_ID)
            .username(&email)
            .temporary_password(&password)
            .message_action(MessageActionType::Suppress)
            .user_attributes(attribute.build()?)
            .send()
            .await
            .map_err(aws_sdk_cognitoidentityprovider::Error::from)
            .with_context(|| format!("user {email} was not added"))?;
        for role in roles {
            join(&pool, &email, role.into()).await?;
        }
        say(format_args!("user {email} invited; temporary password: {password}"))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Puts the user into the role's group, which is made where it is missing.
async fn join(pool: &Client, email: &str, role: Role) -> anyhow::Result<()> {
    let created =
        pool.create_group().user_pool_id(names::POOL_ID).group_name(role.group()).send().await;
    if let Err(error) = created
        && !error.as_service_error().is_some_and(aws_sdk_cognitoidentityprovider::operation::create_group::CreateGroupError::is_group_exists_exception)
    {
        return Err(aws_sdk_cognitoidentityprovider::Error::from(error).into());
    }
    pool.admin_add_user_to_group()
        .user_pool_id(names::POOL_ID)
        .username(email)
        .group_name(role.group())
        .send()
        .await
        .map_err(aws_sdk_cognitoidentityprovider::Error::from)?;
    Ok(())
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Uploader => Self::Uploader,
            RoleName::Admin => Self::Admin,
            RoleName::DataScientist => Self::DataScientist,
        }
    }
}
