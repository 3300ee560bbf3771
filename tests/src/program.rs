//! The program that users start, as a process that a test starts, kills and starts again.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

/// A running `darkroom up`. Killed when dropped.
#[derive(Debug)]
pub struct Program {
    /// Where it says that it is ready at.
    pub url: String,
    killer: Killer,
}

/// Kills a program from any thread.
#[derive(Clone, Debug)]
pub struct Killer(Arc<Mutex<Child>>);

impl Program {
    /// Starts `darkroom up` on a port (0: any free one) and waits until it says that it is ready.
    pub fn start(
        data: &Path,
        port: &str,
        options: &[&str],
        environment: &[(&str, String)],
    ) -> Self {
        Self::start_logging(data, port, options, environment, Stdio::inherit())
    }

    /// The same, and its log goes to `log`.
    pub fn start_logging(
        data: &Path,
        port: &str,
        options: &[&str],
        environment: &[(&str, String)],
        log: impl Into<Stdio>,
    ) -> Self {
        let mut command = Command::new(Self::binary());
        command.args(["up", "--port", port, "--data"]).arg(data).args(options);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Darkroom is ready at ").map(str::to_owned))
            .expect("darkroom ends before it is ready; its log is above");
        Self { url, killer: Killer(Arc::new(Mutex::new(process))) }
    }

    /// The port that it serves.
    pub fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap_or_default()
    }

    pub fn killer(&self) -> Killer {
        self.killer.clone()
    }

    /// Built beside the test by `make test`.
    pub fn binary() -> PathBuf {
        let test = std::env::current_exe().unwrap();
        let binary = test.parent().unwrap().parent().unwrap().join("darkroom");
        let missing =
            "is missing: cargo build --release --workspace --bin darkroom --example render";
        assert!(binary.is_file(), "{} {missing}", binary.display());
        binary
    }
}

impl Killer {
    /// `kill -9`. Returns when the process is gone.
    pub fn kill(&self) {
        let mut process = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(process.kill());
        drop(process.wait());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.killer.kill();
    }
}
