//! `darkroom customer add`.

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use customer::{Customer, CustomerId, RoleReference};

use super::{
    super::{Where, operator::Operator, say},
    settings::Settings,
};
use crate::{names, rights};

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// 3 to 39 lower-case letters, digits and hyphens; the first segment of its images' URLs
    name: CustomerId,

    /// A bucket of the customer's that exists already [default: a new one]
    #[arg(long, env = "DARKROOM_BUCKET")]
    bucket: Option<String>,

    /// Role of the customer's that opens this bucket, from infra/customer.yaml [default: this machine's own]
    #[arg(
        long,
        env = "DARKROOM_ROLE_ARN",
        value_name = "ARN",
        requires = "external_id",
        requires = "bucket"
    )]
    role_arn: Option<String>,

    /// External id that the role asks for
    #[arg(long, env = "DARKROOM_EXTERNAL_ID", value_name = "ID", hide_env_values = true)]
    external_id: Option<String>,

    #[command(flatten)]
    settings: Settings,

    #[command(flatten)]
    place: Where,
}

impl Add {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let mut customer = Customer::new(self.name.clone(), names::bucket_of(&self.name));
        if let Some(bucket) = &self.bucket {
            ensure!(!names::is_ours(bucket), "'{bucket}' is one of Darkroom's own buckets");
            customer.role = Some(self.role(&operator, bucket));
            customer.bucket.clone_from(bucket);
        } else {
            operator.buckets.create(&customer.bucket).await?;
        }
        self.settings.apply(&mut customer)?;
        if let Some(owner) = operator.registry.owner_of(&customer.bucket).await? {
            ensure!(
                owner.id == customer.id,
                "bucket '{}' belongs to another customer",
                customer.bucket
            );
        }
        operator.registry.add(&customer).await?;
        let name = &self.name;
        operator.audit("customer add", name.as_str());
        say(format_args!("customer {name} added; its bucket is {}", customer.bucket))?;
        say(format_args!("next: darkroom user add EMAIL --customer {name} --role admin"))?;
        say(format_args!("and:  darkroom customer check {name}"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn role(&self, operator: &Operator, bucket: &str) -> RoleReference {
        match (&self.role_arn, &self.external_id) {
            (Some(arn), Some(external_id)) => {
                RoleReference { arn: arn.clone(), external_id: external_id.clone() }
            }
            _ => rights::role_of_bucket(&operator.connection.secret_access_key, bucket),
        }
    }
}
