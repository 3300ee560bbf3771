//! Apache Kafka's jars, fetched by Maven.

use std::{
    fs::{self, File},
    io,
    path::Path,
    process::Command,
};

use super::ApacheError;

/// Says which versions.
const POM: &str = include_str!("../../../../tests/kafka/pom.xml");
/// Holds the POM that the jars came by, and is written last.
const COMPLETE: &str = "complete";

/// Fetches the jars into `folder` if they are not there. Whoever comes second waits for the first.
pub(super) fn fetch(folder: &Path) -> Result<(), ApacheError> {
    let written = |source| ApacheError::Folder { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(written)?;
    // Maven takes what is relative from where the POM lies.
    let folder = &folder.canonicalize().map_err(written)?;
    let lock = File::create(folder.join("lock")).map_err(written)?;
    lock.lock().map_err(written)?;
    if fs::read_to_string(folder.join(COMPLETE)).is_ok_and(|pom| pom == POM) {
        return Ok(());
    }
    remove_others(folder).map_err(written)?;
    tracing::info!(folder = %folder.display(), "fetching Apache Kafka with Maven; once, and some 56 MB");
    let pom = folder.join("pom.xml");
    fs::write(&pom, POM).map_err(written)?;
    let folder_said = format!("-Djars={}", folder.display());
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", "--file"]).arg(&pom).arg(folder_said).arg("package");
    let fetched = maven.output().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ApacheError::Missing { program: "mvn", package: "maven" },
        _ => ApacheError::Process(source),
    })?;
    if !fetched.status.success() {
        let printed = String::from_utf8_lossy(&fetched.stdout);
        let told = printed.lines().find(|line| line.contains("ERROR")).unwrap_or("it said nothing");
        return Err(ApacheError::NotFetched(told.to_owned()));
    }
    fs::write(folder.join(COMPLETE), POM).map_err(written)
}

/// Jars of other versions.
fn remove_others(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jar") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
