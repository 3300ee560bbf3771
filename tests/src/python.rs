//! Programs of `tests/python`, in the environment that `make test` sets up.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The program, not yet started.
pub fn command(program: &str) -> Command {
    command_in(".venv", program)
}

/// The program in the environment that has SageMaker's toolkit for training.
pub fn with_sagemakers_toolkit(program: &str) -> Command {
    command_in("target/sagemaker", program)
}

/// The interpreter of the environment that training scripts run in.
pub fn models_interpreter() -> PathBuf {
    root().join("target/training/bin/python")
}

fn command_in(environment: &str, program: &str) -> Command {
    let root = root();
    let mut command = Command::new(root.join(environment).join("bin/python"));
    command.arg(root.join("tests/python").join(program));
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Runs it to its end and returns what it printed.
pub fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {printed}{log}");
    printed
}
