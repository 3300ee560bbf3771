//! A `darkroom up` of its own for each test.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;

/// The demo user's.
pub const PASSWORD: &str = "Demo-password-1";

/// The program in its own process, killed when dropped.
#[derive(Debug)]
pub struct Darkroom {
    process: Child,
    /// Where it says that it is.
    pub url: String,
    data: PathBuf,
    options: Vec<String>,
}

impl Darkroom {
    /// Starts it on a free port with further `options` and waits until it says that it is ready.
    pub fn start(data: &Path, options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::start_at(data, options, "0")
    }

    fn start_at(data: &Path, options: Vec<String>, port: &str) -> Self {
        let mut command = Command::new(binary());
        command.args(["up", "--port", port, "--demo-password", PASSWORD, "--data"]).arg(data);
        let mut process = command.args(&options).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Darkroom is ready at ").map(str::to_owned))
            .expect("darkroom ends before it is ready; its log is above");
        Self { process, url, data: data.to_owned(), options }
    }

    /// `kill -9`, and a new start on the same port and folder.
    #[must_use]
    pub fn kill_and_restart(mut self) -> Self {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let port = self.url.rsplit(':').next().unwrap().to_owned();
        Self::start_at(&self.data, std::mem::take(&mut self.options), &port)
    }

    /// Another verb of the same program; returns what it printed.
    pub fn verb(&self, arguments: &[&str]) -> String {
        let output =
            Command::new(binary()).args(arguments).arg("--data").arg(&self.data).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {printed}{log}");
        printed
    }

    /// What `eval "$(darkroom env)"` would set.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let printed = self.verb(&["env"]);
        let lines = printed.lines().map(|line| line.strip_prefix("export ").unwrap());
        lines
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    /// AWS's SDK as that environment would set it up.
    pub async fn sdk(&self) -> SdkConfig {
        let environment = self.environment();
        let credentials = Credentials::new(
            &environment["AWS_ACCESS_KEY_ID"],
            &environment["AWS_SECRET_ACCESS_KEY"],
            None,
            None,
            "darkroom env",
        );
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(environment["AWS_REGION"].clone()))
            .endpoint_url(&environment["AWS_ENDPOINT_URL"])
            .credentials_provider(credentials)
            .load()
            .await
    }

    /// AWS's S3 client with the operator's rights.
    pub async fn s3(&self) -> aws_sdk_s3::Client {
        let sdk = self.sdk().await;
        let config = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

impl Drop for Darkroom {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Built beside the test by `make test`.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let binary = test.parent().unwrap().parent().unwrap().join("darkroom");
    assert!(binary.is_file(), "{} is missing: cargo build --release -p local", binary.display());
    binary
}
