//! Somebody else's readers: programs of `tests/python`.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use tests::python::command;

/// Runs a program to its end and returns what it printed.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = command(program);
    command.args(arguments);
    tests::python::run(command)
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
