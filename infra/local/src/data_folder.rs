//! The data folder: one process at a time, a format version, secrets that outlive restarts.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// The layout that this program reads and writes.
const FORMAT: &str = "1";

/// An open data folder. The lock is held for as long as this lives, and by the system's word: a
/// killed process leaves none behind.
#[derive(Debug)]
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFolderError {
    #[error("data folder {path}: another darkroom is using it")]
    InUse { path: PathBuf },
    #[error(
        "data folder {path} has format {found}; this program reads format {FORMAT}, so use the \
         program that wrote it or another folder"
    )]
    Format { path: PathBuf, found: String },
    #[error("data folder: {path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("data folder: {path} cannot be read")]
    Unreadable { path: PathBuf, source: serde_json::Error },
}

impl DataFolder {
    /// Opens or makes the folder, readable by its owner alone.
    pub(crate) fn open(path: &Path) -> Result<Self, DataFolderError> {
        let at = |source| DataFolderError::Io { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(at)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(at)?;
        let lock = File::create(path.join("lock")).map_err(at)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataFolderError::InUse { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(at(source)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        let found = folder.text_or_else("format", || Ok(FORMAT.to_owned()))?;
        if found != FORMAT {
            return Err(DataFolderError::Format { path: path.to_owned(), found });
        }
        Ok(folder)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The text of a file, which is made of `new` where it is missing.
    pub(crate) fn text_or_else(
        &self,
        name: &str,
        new: impl FnOnce() -> io::Result<String>,
    ) -> Result<String, DataFolderError> {
        let path = self.join(name);
        let at = |source| DataFolderError::Io { path: path.clone(), source };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim_end().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = new().map_err(at)?;
                write_private(&path, format!("{text}\n").as_bytes()).map_err(at)?;
                Ok(text)
            }
            Err(error) => Err(at(error)),
        }
    }

    /// The value in a JSON file, which is made of `new` where it is missing.
    pub(crate) fn json_or_else<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        new: impl FnOnce() -> T,
    ) -> Result<T, DataFolderError> {
        let text =
            self.text_or_else(name, || serde_json::to_string(&new()).map_err(io::Error::other))?;
        let unreadable = |source| DataFolderError::Unreadable { path: self.join(name), source };
        serde_json::from_str(&text).map_err(unreadable)
    }

    /// Replaces a file's text.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), DataFolderError> {
        let path = self.join(name);
        write_private(&path, text.as_bytes()).map_err(|source| DataFolderError::Io { path, source })
    }
}

/// Whole or not at all, readable by its owner alone.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_and_a_later_one_finds_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let open = DataFolder::open(&path).unwrap();
        assert!(matches!(DataFolder::open(&path), Err(DataFolderError::InUse { .. })));
        assert_eq!(open.text_or_else("word", || Ok("one".into())).unwrap(), "one");
        drop(open);
        let again = DataFolder::open(&path).unwrap();
        assert_eq!(again.text_or_else("word", || Ok("two".into())).unwrap(), "one");
        let mode = fs::metadata(path.join("word")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_of_another_format_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("format"), "2\n").unwrap();
        let error = DataFolder::open(folder.path()).unwrap_err();
        assert!(matches!(error, DataFolderError::Format { found, .. } if found == "2"));
    }
}
