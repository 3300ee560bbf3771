//! A file that is not yet part of the store.
//!
//! What is written goes into the `temp` folder first, is made durable there and then appears under its name in one
//! step: a process that dies in between leaves no half object, and [`sweep`] clears what it left at the next start.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::object::Object;

/// Removed when dropped, unless it was given a name.
#[derive(Debug)]
pub(super) struct Temp {
    /// None once it is a name's.
    path: Option<PathBuf>,
    pub(super) file: File,
    /// The end of what was received so far, which is still to be written.
    pub(super) unwritten: Vec<u8>,
}

impl Temp {
    pub(super) fn create_in(folder: &Path) -> io::Result<Self> {
        let path = folder.join(Uuid::new_v4().simple().to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self { path: Some(path), file, unwritten: Vec::new() })
    }

    /// Ends the file, which holds the body, with the description.
    pub(super) fn end_with(&mut self, object: &Object) -> io::Result<()> {
        object.append_to(&mut self.unwritten)
    }

    /// Writes what is left and makes all of it durable; only then may it have a name.
    pub(super) fn sync(mut self) -> io::Result<Durable> {
        self.file.write_all(&std::mem::take(&mut self.unwritten))?;
        self.file.sync_all()?;
        Ok(Durable(self))
    }
}

/// A [`Temp`] that survives a power cut.
#[derive(Debug)]
pub(super) struct Durable(Temp);

impl Durable {
    /// Puts the file under `name`, over what is there. Durable when this returns.
    pub(super) fn replace(mut self, name: &Path) -> io::Result<()> {
        fs::rename(self.path()?, name)?;
        self.0.path = None;
        sync_parent(name)
    }

    /// Puts the file under `name`, or fails with `AlreadyExists`: the file system decides who was first.
    pub(super) fn create(self, name: &Path) -> io::Result<()> {
        fs::hard_link(self.path()?, name)?;
        sync_parent(name)
    }

    fn path(&self) -> io::Result<&Path> {
        self.0.path.as_deref().ok_or_else(|| io::Error::other("a file that has its name already"))
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What fails here the next sweep does.
            let _ = fs::remove_file(path);
        }
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
