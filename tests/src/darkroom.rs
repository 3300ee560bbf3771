//! A `darkroom up` of its own for each test.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;

use crate::Program;

/// The demo user's.
pub const PASSWORD: &str = "Demo-password-1";

/// The program with its data folder.
#[derive(Debug)]
pub struct Darkroom {
    program: Program,
    /// Where it says that it is.
    pub url: String,
    data: PathBuf,
    options: Vec<String>,
}

impl Darkroom {
    /// Starts it on a free port with further `options` and waits until it says that it is ready.
    pub fn start(data: &Path, options: &[&str]) -> Self {
        let options = ["--demo-password", PASSWORD].iter().chain(options);
        Self::start_at(data, options.map(|&option| option.to_owned()).collect(), "0")
    }

    fn start_at(data: &Path, options: Vec<String>, port: &str) -> Self {
        let given: Vec<_> = options.iter().map(String::as_str).collect();
        let program = Program::start(data, port, &given, &[]);
        Self { url: program.url.clone(), program, data: data.to_owned(), options }
    }

    /// `kill -9`, and a new start on the same port and folder.
    #[must_use]
    pub fn kill_and_restart(self) -> Self {
        self.program.killer().kill();
        Self::start_at(&self.data, self.options, self.program.port())
    }

    /// Another verb of the same program; returns what it printed.
    pub fn verb(&self, arguments: &[&str]) -> String {
        let output = Command::new(Program::binary())
            .args(arguments)
            .arg("--data")
            .arg(&self.data)
            .output()
            .unwrap();
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
