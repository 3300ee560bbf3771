//! A `darkroom up` of its own for each test.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Output},
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
    log: Option<Log>,
}

/// What the program and its verbs log, and the file that collects it.
#[derive(Clone, Debug)]
pub struct Log {
    /// As in `RUST_LOG`.
    pub filter: String,
    pub file: PathBuf,
}

/// How a verb ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub printed: String,
    /// Empty where a file collects it.
    pub log: String,
}

impl Darkroom {
    /// Starts it on a free port with further `options` and waits until it says that it is ready.
    pub fn start(data: &Path, options: &[&str]) -> Self {
        Self::start_at(data, with_password(options), None, "0")
    }

    /// The same, with further variables.
    pub fn start_with(data: &Path, environment: &[(&str, String)]) -> Self {
        let options = with_password(&[]);
        let given: Vec<_> = options.iter().map(String::as_str).collect();
        let program = Program::start(data, "0", &given, environment);
        Self { url: program.url.clone(), program, data: data.to_owned(), options, log: None }
    }

    /// The same, with a log of its own.
    pub fn start_logging(data: &Path, options: &[&str], log: Log) -> Self {
        Self::start_at(data, with_password(options), Some(log), "0")
    }

    fn start_at(data: &Path, options: Vec<String>, log: Option<Log>, port: &str) -> Self {
        let given: Vec<_> = options.iter().map(String::as_str).collect();
        let program = match &log {
            Some(log) => Program::start_logging(data, port, &given, &log.environment(), log.open()),
            None => Program::start(data, port, &given, &[]),
        };
        Self { url: program.url.clone(), program, data: data.to_owned(), options, log }
    }

    /// `kill -9`, and a new start on the same port and folder.
    #[must_use]
    pub fn kill_and_restart(self) -> Self {
        self.program.killer().kill();
        Self::start_at(&self.data, self.options, self.log, self.program.port())
    }

    /// The folder that keeps everything.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Another verb of the same program; returns what it printed.
    pub fn verb(&self, arguments: &[&str]) -> String {
        let Ended { code, printed, log } = self.attempt(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {printed}{log}");
        printed
    }

    /// The same, however it ends.
    pub fn attempt(&self, arguments: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let [printed, log] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
        Ended { code: status.code(), printed, log }
    }

    /// The same, not yet begun.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Program::binary());
        command.args(arguments).arg("--data").arg(&self.data);
        if let Some(log) = &self.log {
            command.envs(log.environment()).stderr(log.open());
        }
        command
    }

    /// What `eval "$(darkroom env)"` would set.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.environment_of("operator")
    }

    /// What it would set for a role.
    pub fn environment_of(&self, role: &str) -> BTreeMap<String, String> {
        let printed = self.verb(&["env", "--role", role]);
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

impl Log {
    fn environment(&self) -> [(&'static str, String); 2] {
        [("RUST_LOG", self.filter.clone()), ("NO_COLOR", "1".to_owned())]
    }

    fn open(&self) -> File {
        OpenOptions::new().create(true).append(true).open(&self.file).unwrap()
    }
}

fn with_password(options: &[&str]) -> Vec<String> {
    let options = ["--demo-password", PASSWORD].iter().chain(options);
    options.map(|&option| option.to_owned()).collect()
}
