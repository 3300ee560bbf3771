//! `darkroom user add`.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use aws_sdk_cognitoidentityprovider::{
    Client,
    types::{AttributeType, MessageActionType},
};
use clap::{Args, ValueEnum};
use customer::{CustomerId, Role};

use super::{
    super::{Where, operator::Operator, say},
    CUSTOMER,
};
use crate::{names, user_pool::generate_password};

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// E-mail address, which is also the user's name
    email: String,

    /// Whose images the user works with; operators and data scientists need none
    #[arg(long, env = "DARKROOM_CUSTOMER")]
    customer: Option<CustomerId>,

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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    /// Sees the customer's images
    Viewer,
    /// Uploads, labels and deletes
    Uploader,
    /// Decides for the whole customer
    Admin,
    /// Runs the service
    Operator,
    /// Reads snapshots, which cross customers
    DataScientist,
}

impl Add {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let email = &self.email;
        let password = self.password.clone().map_or_else(generate_password, Ok)?;
        let attribute = self.attribute(&operator).await?;
        operator
            .pool
            .admin_create_user()
            .user_pool_id(names::POOL_ID)
            .username(email)
            .temporary_password(&password)
            .message_action(MessageActionType::Suppress)
            .set_user_attributes(attribute.map(|attribute| vec![attribute]))
            .send()
            .await
            .map_err(aws_sdk_cognitoidentityprovider::Error::from)
            .with_context(|| format!("user {email} was not added"))?;
        for role in self.roles {
            join(&operator.pool, email, role.into()).await?;
        }
        operator.audit("user add", email);
        say(format_args!("user {email} invited; temporary password: {password}"))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    /// The customer as the pool keeps it. Who sees images has to have one.
    async fn attribute(&self, operator: &Operator) -> anyhow::Result<Option<AttributeType>> {
        if let Some(id) = &self.customer {
            let customer = operator.customer(id).await?;
            let attribute = AttributeType::builder().name(CUSTOMER).value(customer.id.as_str());
            return Ok(Some(attribute.build()?));
        }
        let mut roles = self.roles.iter().copied().map(Role::from);
        let needy = roles.find(|role| role.includes(Role::Viewer)).map(Role::group);
        ensure!(
            needy.is_none(),
            "the role {} is one of a customer's users: --customer",
            needy.unwrap_or_default()
        );
        Ok(None)
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
            RoleName::Operator => Self::Operator,
            RoleName::DataScientist => Self::DataScientist,
        }
    }
}
