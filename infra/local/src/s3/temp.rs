//! A file that is not yet part of the store.
//!
//! What is written goes into the `temp` folder first, is made durable there and then appears under its name in one
//! step: a process that dies in between leaves no half object, and [`sweep`] clears what it left at the next start.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Removed when dropped, unless it was given a name.
#[derive(Debug)]
pub(super) struct Temp {
    path: PathBuf,
    pub(super) file: File,
}

impl Temp {
    pub(super) fn create_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(Uuid::new_v4().simple().to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self { path, file })
    }

    /// Makes what was written durable; only then may it have a name.
    pub(super) fn sync(self) -> io::Result<Durable> {
        self.file.sync_all()?;
        Ok(Durable(self))
    }
}

/// A [`Temp`] that survives a power cut.
#[derive(Debug)]
pub(super) struct Durable(Temp);

impl Durable {
    /// Puts the file under `name`, over what is there. Durable when this returns.
    pub(super) fn replace(self, name: &Path) -> io::Result<()> {
        fs::rename(&self.0.path, name)?;
        sync_parent(name)
    }

    /// Puts the file under `name`, or fails with `AlreadyExists`: the file system decides who was first.
    pub(super) fn create(self, name: &Path) -> io::Result<()> {
        fs::hard_link(&self.0.path, name)?;
        sync_parent(name)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        // After `replace` the name is gone; in any other case the next sweep has it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a change of `name`'s entry durable.
pub(super) fn sync_parent(name: &Path) -> io::Result<()> {
    let parent = name.parent().ok_or_else(|| io::Error::other("a name without a folder"))?;
    File::open(parent)?.sync_all()
}

/// Empties the folder of what an earlier process did not finish.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
}
