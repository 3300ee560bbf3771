//! Environments of Python for training scripts, one for each list of requirements, made when it is first needed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::sigv4::sha256_hex;

/// As in SageMaker's script mode.
const REQUIREMENTS: &str = "requirements.txt";
/// Written last: an environment without it was cut off.
const MADE: &str = "made";

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub(super) enum PythonError {
    #[error("training wants Python with venv, which is missing: apt-get install python3-venv")]
    Missing(#[source] io::Error),
    #[error("the packages of requirements.txt cannot be installed: {0}")]
    NotInstalled(String),
    #[error("the folder of Python environments")]
    Folder(#[from] io::Error),
}

/// The interpreter for the scripts in `code`, with what they require.
pub(super) async fn interpreter(code: &Path, parent: &Path) -> Result<PathBuf, PythonError> {
    let requirements = match fs::read(code.join(REQUIREMENTS)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        requirements => requirements?,
    };
    let environment = parent.join(&sha256_hex(&requirements)[..16]);
    let python = environment.join("bin/python");
    if environment.join(MADE).try_exists()? {
        return Ok(python);
    }
    tracing::info!("installing what the training scripts require; once");
    fs::create_dir_all(parent)?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment)).await?;
    if !requirements.is_empty() {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet", "install"]);
        run(pip.arg("--requirement").arg(code.join(REQUIREMENTS))).await?;
    }
    fs::write(environment.join(MADE), "")?;
    Ok(python)
}

async fn run(command: &mut Command) -> Result<(), PythonError> {
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = ended.map_err(PythonError::Missing)?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(PythonError::NotInstalled(String::from_utf8_lossy(&said).trim().to_owned()))
}
