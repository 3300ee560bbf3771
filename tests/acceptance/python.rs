//! Somebody else's readers: programs of `tests/python`, in the environment that `make test` sets up.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Runs a program to its end and returns what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = command(program).args(arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {printed}{log}");
    printed
}

/// A model server by the container contract, until it is dropped.
pub(crate) struct ModelServer {
    process: Child,
    pub(crate) port: String,
}

impl ModelServer {
    pub(crate) fn start() -> Self {
        let mut command = command("model_server.py");
        let mut process = command.args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { process, port: port.trim().to_owned() }
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn command(program: &str) -> Command {
    let root = root();
    let mut command = Command::new(root.join(".venv/bin/python"));
    command.arg(root.join("tests/python").join(program));
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}
