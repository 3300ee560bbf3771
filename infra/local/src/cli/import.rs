//! `darkroom import`: images that lie in a customer's bucket already.

use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use customer::CustomerId;
use ingest::{AcceptError, Import as Importer, Imported, importable};

use super::{Where, operator::Operator, put, say};

/// Makes images of what lies under a prefix of the customer's own, with the customer's rights.
#[derive(Args, Debug)]
pub(super) struct Import {
    /// Prefix in the customer's bucket, one of the customer's sources
    #[arg(value_name = "PREFIX")]
    prefix: String,

    /// Whose bucket it is
    #[arg(long, env = "DARKROOM_CUSTOMER")]
    customer: CustomerId,

    /// Leave the originals where they lie and refer to them
    #[arg(long)]
    in_place: bool,

    #[command(flatten)]
    said: put::Said,

    #[command(flatten)]
    place: Where,
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let customer = operator.customer(&self.customer).await?;
        let (name, prefix) = (&self.customer, &self.prefix);
        ensure!(
            customer.sources.iter().any(|source| prefix.starts_with(source)),
            "'{prefix}' is under none of the customer's sources: darkroom customer set {name} --source {prefix}"
        );
        let importer = Importer {
            by: operator.connection.access_key_id.clone(),
            labels: self.said.labels.clone(),
            consent: self.said.consent.map(Into::into),
            visibility: self.said.visibility.map(Into::into),
            in_place: self.in_place,
        };
        let mut code = ExitCode::SUCCESS;
        for found in importable(&operator.buckets, &customer, prefix).await? {
            let key = &found.key;
            let line = match importer.object(&operator.buckets, &customer, &found).await {
                Ok(Imported { image, existing: true }) => format!("{image}  {key}  was here"),
                Ok(Imported { image, .. }) => format!("{image}  {key}"),
                Err(AcceptError::Refused(refused)) => {
                    code = ExitCode::FAILURE;
                    format!("refused  {key}  {refused}")
                }
                Err(error) => return Err(error.into()),
            };
            say(line)?;
        }
        operator.audit("import", name.as_str());
        Ok(code)
    }
}
