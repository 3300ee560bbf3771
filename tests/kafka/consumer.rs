use std::process::{Child, Command, Stdio};

use tests::{Program, darkroom::Darkroom};

/// `consumer run` with what `darkroom env --consumer` says. Killed when dropped.
pub(crate) struct Consumer(Child);

impl Consumer {
    pub(crate) fn start(darkroom: &Darkroom) -> Self {
        let printed = darkroom.verb(&["env", "--consumer"]);
        let variables = printed.lines().map(|line| {
            let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
            (name.to_owned(), value.trim_matches('\'').to_owned())
        });
        let process = Command::new(Program::binary().with_file_name("consumer"))
            .arg("run")
            .envs(variables)
            .env("RUST_LOG", "warn,librdkafka=off,rdkafka=off")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(process)
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
