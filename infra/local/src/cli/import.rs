//! `darkroom import`: images that lie in a customer's bucket already, in another bucket, or in a folder. Asked again, it
//! goes on where it was cut off: what is there already is only looked at.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use clap::Args;
use customer::{Bucket, Customer, CustomerId, Found, Original};
use futures::{StreamExt, stream};
use ingest::{AcceptError, Import as Importer, Imported, importable};

use super::{Where, files, operator::Operator, progress::Progress, put};

/// Images on their way.
const AT_ONCE: usize = 4;

/// Makes images of what lies somewhere else, with the customer's rights.
#[derive(Args, Debug)]
pub(super) struct Import {
    /// Prefix in the customer's bucket, one of the customer's sources; or s3://BUCKET/PREFIX; or a folder
    #[arg(value_name = "SOURCE")]
    source: String,

    /// Who gets them
    #[arg(long, env = "DARKROOM_CUSTOMER")]
    customer: CustomerId,

    /// Leave the originals where they lie, in the customer's bucket, and refer to them
    #[arg(long)]
    in_place: bool,

    #[command(flatten)]
    said: put::Said,

    #[command(flatten)]
    place: Where,
}

/// One that may become an image.
enum Candidate {
    /// In the customer's own bucket.
    Own(Found),
    /// In another one.
    Elsewhere(Bucket, Found),
    File(PathBuf),
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let customer = operator.customer(&self.customer).await?;
        let candidates = self.candidates(&operator, &customer).await?;
        let importer = Importer {
            by: operator.connection.access_key_id.clone(),
            labels: self.said.labels.clone(),
            consent: self.said.consent.map(Into::into),
            visibility: self.said.visibility.map(Into::into),
            in_place: self.in_place,
        };
        let progress = Progress::new(candidates.len());
        let mut code = ExitCode::SUCCESS;
        let import = async |candidate: Candidate| {
            let imported = candidate.import(&importer, &operator, &customer).await;
            (imported, candidate.name())
        };
        let mut imports = stream::iter(candidates).map(import).buffered(AT_ONCE);
        while let Some((imported, name)) = imports.next().await {
            if imported.is_err() {
                code = ExitCode::FAILURE;
            }
            progress.say(told(&name, imported))?;
            progress.one_more();
        }
        progress.end();
        operator.audit("import", self.customer.as_str());
        Ok(code)
    }

    async fn candidates(
        &self,
        operator: &Operator,
        customer: &Customer,
    ) -> anyhow::Result<Vec<Candidate>> {
        let is_source = customer.sources.iter().any(|source| self.source.starts_with(source));
        let (bucket, prefix) = match self.source.strip_prefix("s3://") {
            Some(place) => place.split_once('/').unwrap_or((place, "")),
            None if !is_source && Path::new(&self.source).is_dir() => {
                ensure!(!self.in_place, "what lies in a folder cannot stay there");
                let files = files::images_in(Path::new(&self.source))?;
                return Ok(files.into_iter().map(Candidate::File).collect());
            }
            None => (customer.bucket.as_str(), self.source.as_str()),
        };
        if bucket == customer.bucket {
            self.check_source(customer, prefix)?;
            let found = importable(&operator.buckets, customer, prefix).await?;
            return Ok(found.into_iter().map(Candidate::Own).collect());
        }
        ensure!(
            !self.in_place,
            "what lies in another bucket than the customer's cannot stay there"
        );
        let other = operator.buckets.service().elsewhere(bucket);
        let found = other.list_all(prefix).await?;
        let found = found.into_iter().filter(|found| !found.key.ends_with('/'));
        Ok(found.map(|found| Candidate::Elsewhere(other.clone(), found)).collect())
    }

    fn check_source(&self, customer: &Customer, prefix: &str) -> anyhow::Result<()> {
        let name = &self.customer;
        ensure!(
            customer.sources.iter().any(|source| prefix.starts_with(source)),
            "'{prefix}' is under none of the customer's sources: darkroom customer set {name} --source {prefix}"
        );
        Ok(())
    }
}

impl Candidate {
    async fn import(
        &self,
        importer: &Importer,
        operator: &Operator,
        customer: &Customer,
    ) -> anyhow::Result<Imported> {
        let buckets = &operator.buckets;
        let bytes = match self {
            Self::Own(found) => return Ok(importer.object(buckets, customer, found).await?),
            Self::Elsewhere(bucket, found) => {
                let original = Original { key: found.key.clone(), etag: found.etag.clone() };
                bucket.original(&original).await?.bytes
            }
            Self::File(file) => tokio::fs::read(file).await.context("cannot be read")?.into(),
        };
        let name = self.name();
        Ok(importer.bytes(buckets, customer, &name, bytes).await?)
    }

    /// As it is told.
    fn name(&self) -> String {
        match self {
            Self::Own(found) | Self::Elsewhere(_, found) => found.key.clone(),
            Self::File(file) => file.display().to_string(),
        }
    }
}

/// The line about one of them.
fn told(name: &str, imported: anyhow::Result<Imported>) -> String {
    match imported {
        Ok(Imported { image, existing: true }) => format!("{image}  {name}  was here"),
        Ok(Imported { image, .. }) => format!("{image}  {name}"),
        Err(error) => match error.downcast_ref() {
            Some(AcceptError::Refused(refused)) => format!("refused  {name}  {refused}"),
            _ => format!("not imported  {name}  {error:#}"),
        },
    }
}
