//! `darkroom export`: a customer's originals, and what is known of them, into a folder.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use customer::{Bucket, CustomerId, ObjectKey, Record, Records};

use super::{Where, operator::Operator, progress::Progress, say};

/// Writes each live image as IMAGE.EXTENSION, with its record beside it as IMAGE.json. What is there already is left.
#[derive(Args, Debug)]
pub(super) struct Export {
    /// Whose images
    customer: CustomerId,

    /// Folder that gets them
    folder: PathBuf,

    #[command(flatten)]
    place: Where,
}

/// What became of one image.
enum Exported {
    Written,
    WasThere,
    /// Deleted, and not yet erased.
    Deleted,
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let customer = operator.customer(&self.customer).await?;
        let bucket = operator.buckets.of(&customer).await;
        tokio::fs::create_dir_all(&self.folder).await.context("the folder cannot be made")?;
        let found = bucket.list_all(ObjectKey::RECORDS).await?;
        let progress = Progress::new(found.len());
        let (mut written, mut there, mut failed) = (0, 0, 0);
        for found in found {
            let Some(image) = ObjectKey::image_in(&found.key) else { continue };
            match self.one(&bucket, image).await {
                Ok(Exported::Written) => written += 1,
                Ok(Exported::WasThere) => there += 1,
                Ok(Exported::Deleted) => {}
                Err(error) => {
                    failed += 1;
                    progress.say(format_args!("{image}  not exported: {error:#}"))?;
                }
            }
            progress.one_more();
        }
        progress.end();
        say(format_args!("{written} exported, {there} were there, {failed} not exported"))?;
        operator.audit("export", self.customer.as_str());
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn one(&self, bucket: &Bucket, image: customer::ImageId) -> anyhow::Result<Exported> {
        let read = Records::new(bucket).read(image).await?;
        let Some(record) = read.map(|read| read.record).filter(Record::is_live) else {
            return Ok(Exported::Deleted);
        };
        let extension = record.media_type.rsplit('/').next().unwrap_or("bin");
        let original = self.folder.join(format!("{image}.{extension}"));
        let known = self.folder.join(format!("{image}.json"));
        write(&known, &serde_json::to_vec_pretty(&record)?).await?;
        // Originals never change, so one of this length is whole.
        let there =
            tokio::fs::metadata(&original).await.is_ok_and(|file| file.len() == record.bytes);
        if there {
            return Ok(Exported::WasThere);
        }
        write(&original, &bucket.original(&record.original).await?.bytes).await?;
        Ok(Exported::Written)
    }
}

/// Whole or not at all.
async fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let part = file.with_extension("part");
    tokio::fs::write(&part, bytes).await.context("cannot be written")?;
    tokio::fs::rename(&part, file).await.context("cannot be written")
}
