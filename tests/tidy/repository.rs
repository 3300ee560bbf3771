//! The files under the rules: those that git tracks, and new ones that it does not ignore.

use std::fs;
use std::path::Path;
use std::process::Command;

/// One file that is text.
#[derive(Debug)]
pub(crate) struct File {
    /// From the repository's root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extension == "rs")
    }

    /// Whether all of it is compiled only for tests or as an example.
    pub(crate) fn is_for_tests(&self) -> bool {
        let path = format!("/{}", self.path);
        path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/examples/")
    }
}

/// The folder that all paths start from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every file's path, those of pictures too.
pub(crate) fn paths() -> Vec<String> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&listing.stderr);
    assert!(listing.status.success(), "tidy takes the list of files from a git clone: {error}");
    let listing = String::from_utf8(listing.stdout).unwrap();
    let paths = listing.split_terminator('\0').filter(|path| root().join(path).is_file());
    paths.map(str::to_owned).collect()
}

/// Every file that is text.
pub(crate) fn files() -> Vec<File> {
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path)).ok()?;
        Some(File { path, text })
    };
    paths().into_iter().filter_map(read).collect()
}

/// Every Rust file.
pub(crate) fn rust_files() -> Vec<File> {
    files().into_iter().filter(File::is_rust).collect()
}
