use std::{
    collections::BTreeMap,
    process::{Child, Command, ExitStatus, Stdio},
};

use tests::{Program, darkroom::Darkroom};

pub(crate) type Environment = BTreeMap<String, String>;

/// A program of package `consumer`. Killed when dropped.
pub(crate) struct Consumer(Child);

impl Consumer {
    /// The process.
    pub(crate) fn start(darkroom: &Darkroom) -> Self {
        Self::process(&environment(darkroom))
    }

    pub(crate) fn process(environment: &Environment) -> Self {
        Self::spawn(command("consumer", environment).arg("run"))
    }

    /// The Lambda function, on a Runtime API.
    pub(crate) fn function(environment: &Environment, runtime_api: &str) -> Self {
        let mut function = command("consumer-lambda", environment);
        let named =
            ["NAME", "VERSION", "MEMORY_SIZE"].map(|name| format!("AWS_LAMBDA_FUNCTION_{name}"));
        function.envs(named.into_iter().zip(["consumer", "1", "512"]));
        let logs = [("AWS_LAMBDA_LOG_GROUP_NAME", ""), ("AWS_LAMBDA_LOG_STREAM_NAME", "")];
        function.envs(logs).env("AWS_LAMBDA_RUNTIME_API", runtime_api);
        Self::spawn(function.env("REPORT_BATCH_ITEM_FAILURES", "true"))
    }

    fn spawn(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// As containers and systemd end a process; how it has ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.0.wait().unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What `darkroom env --consumer` says.
pub(crate) fn environment(darkroom: &Darkroom) -> Environment {
    let printed = darkroom.verb(&["env", "--consumer"]);
    let variables = printed.lines().map(|line| {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        (name.to_owned(), value.trim_matches('\'').to_owned())
    });
    variables.collect()
}

fn command(program: &str, environment: &Environment) -> Command {
    let mut command = Command::new(Program::binary().with_file_name(program));
    command
        .envs(environment)
        .env("RUST_LOG", "error,librdkafka=off,rdkafka=off")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}
