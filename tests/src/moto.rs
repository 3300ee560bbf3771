//! moto as a server of its own.
//!
//! It comes from `tests/python/requirements.txt`; it is looked for in `MOTO_SERVER`, the repository's `.venv` and `PATH`.
//! Without it a test fails, unless `WITHOUT_MOTO=1` says that this is meant.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Killed when dropped.
#[derive(Debug)]
pub struct Moto {
    /// Its address, without a slash at the end.
    pub endpoint: String,
    _process: Child,
}

impl Moto {
    /// `None` when the environment says that moto is not wanted.
    pub async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// The same with further variables in moto's environment.
    pub async fn start_with(environment: &[(&str, &str)]) -> Option<Self> {
        if env::var_os("WITHOUT_MOTO").is_some_and(|value| value == "1") {
            return None;
        }
        let mut process = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", "0"])
            .env("PYTHONUNBUFFERED", "1")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let endpoint = loop {
            let line = lines.next_line().await.unwrap().expect("moto ended before it served");
            if let Some((_, endpoint)) = line.split_once("Running on ") {
                break endpoint.trim().to_owned();
            }
        };
        // It logs every request; a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { endpoint, _process: process })
    }
}

fn program() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(repository).chain(env::split_paths(&path));
    let found = folders.map(|folder| folder.join("moto_server")).find(|program| program.is_file());
    let given = env::var_os("MOTO_SERVER").map(PathBuf::from);
    given.or(found).expect(
        "moto_server is not there: `make test` installs it into .venv; or name it in MOTO_SERVER, or set \
         WITHOUT_MOTO=1",
    )
}
