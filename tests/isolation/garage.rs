use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use customer::{Bucket, Buckets, BucketsConfig, Condition, ObjectKey, UploadId};
use tempfile::TempDir;
use tests::services::listen;

use crate::{
    raw::status,
    trespass::{Neighbour, is_refused, presigned, works_at_home},
    waiting::eventually,
};

const PROGRAM: &str = "garage";
const REGION: &str = "garage";
const IMAGE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Garage has no STS: here the sessions are keys, each of which opens one bucket.
#[tokio::test]
#[expect(clippy::print_stdout, reason = "whoever reads the output learns what was not tried")]
async fn with_a_key_for_each_customer_garage_refuses_the_same() {
    if !is_installed() {
        println!("skipped: garage is not installed");
        return;
    }
    let garage = Garage::start().await;
    let ((acme, s3), (beta, _)) = (garage.customer("acme").await, garage.customer("beta").await);
    works_at_home(&acme).await;
    works_at_home(&beta).await;
    let neighbour = Neighbour::new("beta", IMAGE);
    let record = ObjectKey::Record(neighbour.image);
    beta.put(&record, "beta's", None, Condition::Always).await.unwrap();

    let there = acme.elsewhere(beta.name());
    is_refused(&there, &neighbour).await;
    let copy = s3.copy_object().bucket(acme.name()).key("quarantine/stolen");
    let copy = copy.copy_source(format!("{}/{record}", beta.name()));
    assert_eq!(status(copy.send().await), 403, "out of the other bucket");
    assert_eq!(presigned(&there, &record).await, 403);
    assert_eq!(presigned(&acme, &ObjectKey::Incoming(UploadId::random())).await, 200);
    assert_eq!(beta.get(&record).await.unwrap().unwrap().bytes, "beta's");
    assert_eq!(beta.list_all("").await.unwrap().len(), 1);
}

/// Whether there is a `garage` in `PATH`. Nothing else needs it, so nothing installs it.
fn is_installed() -> bool {
    Command::new(PROGRAM).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// One node on one machine. Killed when dropped.
struct Garage {
    endpoint: String,
    process: Child,
    folder: TempDir,
}

impl Garage {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [s3, rpc] = [listen().await, listen().await];
        let [s3, rpc] = [s3, rpc].map(|listener| listener.local_addr().unwrap());
        let config = config(folder.path(), &s3.to_string(), &rpc.to_string());
        std::fs::write(folder.path().join("garage.toml"), config).unwrap();
        let process = command(folder.path(), &["server", "--single-node"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let garage = Self { endpoint: format!("http://{s3}"), process, folder };
        eventually(async || garage.ask(&["bucket", "list"])).await;
        garage
    }

    /// A bucket, and a key that opens it and no other.
    async fn customer(&self, name: &str) -> (Bucket, S3) {
        self.ask(&["bucket", "create", name]).unwrap();
        let key = self.ask(&["key", "create", name]).unwrap();
        self.ask(&["bucket", "allow", "--read", "--write", name, "--key", name]).unwrap();
        let value = |field: &str| {
            let line = key.lines().find_map(|line| line.trim().strip_prefix(field));
            line.unwrap_or_else(|| panic!("no {field} in {key}")).trim().to_owned()
        };
        let credentials =
            Credentials::new(value("Key ID:"), value("Secret key:"), None, None, "garage");
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(credentials)
            .load()
            .await;
        let s3 = aws_sdk_s3::config::Builder::from(&sdk)
            .endpoint_url(&self.endpoint)
            .force_path_style(true);
        let config = BucketsConfig {
            s3_endpoint: Some(self.endpoint.clone()),
            s3_public_endpoint: None,
            sts_endpoint: None,
            customer_role: String::new(),
            service_bucket: name.to_owned(),
            feed_bucket: name.to_owned(),
        };
        (Buckets::new(sdk, config).service(), S3::from_conf(s3.build()))
    }

    /// What a verb of `garage` prints; `None` where it fails.
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let output = command(self.folder.path(), arguments).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Garage {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("-c").arg(folder.join("garage.toml")).args(arguments);
    command
}

fn config(folder: &Path, s3: &str, rpc: &str) -> String {
    let folder = folder.display();
    let secret = "00".repeat(32);
    format!(
        r#"
metadata_dir = "{folder}/meta"
data_dir = "{folder}/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "{rpc}"
rpc_public_addr = "{rpc}"
rpc_secret = "{secret}"

[s3_api]
s3_region = "{REGION}"
api_bind_addr = "{s3}"
"#
    )
}
