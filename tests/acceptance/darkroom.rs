//! A `darkroom up` of its own for each test.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use tests::Program;

pub(crate) const PASSWORD: &str = "Demo-password-1";

pub(crate) struct Darkroom {
    program: Program,
    pub(crate) url: String,
    pub(crate) data: PathBuf,
    model: Option<String>,
}

impl Darkroom {
    /// Starts it on a free port and waits until it says that it is ready.
    pub(crate) fn start(data: &Path, model: Option<&str>) -> Self {
        Self::start_at(data, model.map(str::to_owned), "0")
    }

    fn start_at(data: &Path, model: Option<String>, port: &str) -> Self {
        let mut options = vec!["--demo-password", PASSWORD];
        options.extend(model.iter().flat_map(|model| ["--model", model]));
        let program = Program::start(data, port, &options, &[]);
        Self { url: program.url.clone(), program, data: data.to_owned(), model }
    }

    /// `kill -9`, and a new start on the same port and folder.
    pub(crate) fn kill_and_restart(mut self) -> Self {
        self.program.killer().kill();
        Self::start_at(&self.data, self.model.take(), self.program.port())
    }

    /// Another verb of the same program; returns what it printed.
    pub(crate) fn verb(&self, arguments: &[&str]) -> String {
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
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let printed = self.verb(&["env"]);
        let lines = printed.lines().map(|line| line.strip_prefix("export ").unwrap());
        lines
            .map(|line| line.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    /// AWS's SDK as that environment would set it up.
    pub(crate) async fn sdk(&self) -> SdkConfig {
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

    pub(crate) async fn s3(&self) -> aws_sdk_s3::Client {
        let sdk = self.sdk().await;
        let config = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }
}
