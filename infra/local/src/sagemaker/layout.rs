//! The folders of a training job, as SageMaker lays them out under `/opt/ml`.
//!
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html>

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use customer::{Bucket, StoreError};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use model::api::{Channel, S3DataSource};
use serde_json::Value;
use tar::{Archive, Builder};
use tempfile::TempDir;

/// Bytes of a reason for a failure, of which SageMaker keeps as many.
const FAILURE_BYTES_MAX: u64 = 1024;

/// The folders. Gone when dropped.
#[derive(Debug)]
pub(super) struct Layout {
    folder: TempDir,
}

/// Why a job finds no files.
#[derive(Debug, thiserror::Error)]
pub(super) enum LayoutError {
    #[error("'{0}' is no address of an object: s3://BUCKET/KEY")]
    Uri(String),
    #[error("'{0}' is no manifest: a prefix, then names")]
    Manifest(String),
    #[error("'{0}' is no S3DataType of this machine: ManifestFile or S3Prefix")]
    DataType(String),
    #[error("'{0}' leads out of the channel's folder")]
    Outside(String),
    #[error("there is nothing at '{0}'")]
    Nothing(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a folder of the job")]
    Io(#[from] io::Error),
}

impl Layout {
    /// Makes them under `parent`.
    pub(super) fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let layout = Self { folder: tempfile::tempdir_in(parent)? };
        for folder in [layout.code(), layout.model(), layout.output(), layout.data()] {
            fs::create_dir_all(folder)?;
        }
        Ok(layout)
    }

    pub(super) fn code(&self) -> PathBuf {
        self.folder.path().join("code")
    }

    pub(super) fn model(&self) -> PathBuf {
        self.folder.path().join("model")
    }

    /// What a script writes for people, and why it failed.
    pub(super) fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("input/data")
    }

    /// Unpacks a job's scripts.
    pub(super) async fn fill_code(&self, bucket: &Bucket, uri: &str) -> Result<(), LayoutError> {
        let archive = get(bucket, uri).await?;
        // Names that lead out of the folder are passed over.
        Ok(Archive::new(GzDecoder::new(&archive[..])).unpack(self.code())?)
    }

    /// Downloads a channel's objects, each to its path after the prefix.
    pub(super) async fn fill(&self, bucket: &Bucket, channel: &Channel) -> Result<(), LayoutError> {
        let S3DataSource { s3_data_type, s3_uri, .. } = &channel.data_source.s3_data_source;
        let names = match s3_data_type.as_str() {
            "ManifestFile" => named_by(&get(bucket, s3_uri).await?, s3_uri)?,
            "S3Prefix" => found_under(bucket, s3_uri).await?,
            other => return Err(LayoutError::DataType(other.to_owned())),
        };
        let folder = self.data().join(&channel.channel_name);
        for (uri, name) in names {
            let path = inside(&folder, &name)?;
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, get(bucket, &uri).await?)?;
        }
        Ok(())
    }

    /// `model.tar.gz` of what the script has left.
    pub(super) fn archive(&self) -> io::Result<Vec<u8>> {
        let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        archive.append_dir_all(".", self.model())?;
        archive.into_inner()?.finish()
    }

    /// What the script says of its failure.
    pub(super) fn failure(&self) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.output().join("failure")).ok()?;
        file.take(FAILURE_BYTES_MAX).read_to_string(&mut text).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// Address and path of each object that a manifest names.
/// <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html>
fn named_by(manifest: &[u8], uri: &str) -> Result<Vec<(String, String)>, LayoutError> {
    let wrong = || LayoutError::Manifest(uri.to_owned());
    let lines: Vec<Value> = serde_json::from_slice(manifest).map_err(|_| wrong())?;
    let (head, names) = lines.split_first().ok_or_else(wrong)?;
    let prefix = head["prefix"].as_str().ok_or_else(wrong)?;
    let named = names.iter().map(|name| {
        let name = name.as_str().ok_or_else(wrong)?;
        Ok((format!("{prefix}{name}"), name.to_owned()))
    });
    named.collect()
}

/// Address and path, from the last slash of the prefix on, of each object under it.
async fn found_under(bucket: &Bucket, uri: &str) -> Result<Vec<(String, String)>, LayoutError> {
    let (bucket, prefix) = opened(bucket, uri)?;
    let folder = prefix.rfind('/').map_or(0, |slash| slash + 1);
    let found = bucket.list_all(prefix).await?;
    if found.is_empty() {
        return Err(LayoutError::Nothing(uri.to_owned()));
    }
    let addressed = found.into_iter().map(|found| {
        (format!("s3://{}/{}", bucket.name(), found.key), found.key[folder..].to_owned())
    });
    Ok(addressed.collect())
}

async fn get(bucket: &Bucket, uri: &str) -> Result<Vec<u8>, LayoutError> {
    let (bucket, key) = opened(bucket, uri)?;
    Ok(bucket.get_named(key).await?.bytes.into())
}

/// The bucket of an address, with the rights of `bucket`, and the key.
fn opened<'a>(bucket: &Bucket, uri: &'a str) -> Result<(Bucket, &'a str), LayoutError> {
    let address = uri.strip_prefix("s3://").and_then(|address| address.split_once('/'));
    let (name, key) = address.ok_or_else(|| LayoutError::Uri(uri.to_owned()))?;
    Ok((bucket.elsewhere(name), key))
}

fn inside(folder: &Path, name: &str) -> Result<PathBuf, LayoutError> {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    if name.split('/').all(plain) {
        Ok(folder.join(name))
    } else {
        Err(LayoutError::Outside(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_objects_after_its_prefix() {
        let manifest = br#"[{"prefix":"s3://b/shards/"},"train-1.tar","x/train-2.tar"]"#;
        let named = named_by(manifest, "s3://b/m").unwrap();
        assert_eq!(named[0], ("s3://b/shards/train-1.tar".to_owned(), "train-1.tar".to_owned()));
        assert_eq!(named[1].1, "x/train-2.tar");
        for wrong in [&b"[]"[..], b"{}", br#"[{"prefix":1}]"#, br#"[{"prefix":"s3://b/"},1]"#] {
            assert!(matches!(named_by(wrong, "m"), Err(LayoutError::Manifest(_))));
        }
    }

    #[test]
    fn no_name_leads_out_of_a_channel() {
        let folder = Path::new("/f");
        assert_eq!(inside(folder, "a/b.tar").unwrap(), Path::new("/f/a/b.tar"));
        for wrong in ["../a", "a/../../b", "/etc/passwd", "a//b", ""] {
            assert!(inside(folder, wrong).is_err(), "{wrong}");
        }
    }
}
