//! Which files of a disk are meant.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// What is taken for an image in a folder.
const EXTENSIONS: [&str; 9] = ["avif", "bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"];

/// The files that are named, and the images in the folders that are.
pub(super) fn named(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(images_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// By name, those of a folder's folders behind its own.
pub(super) fn images_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("{} cannot be read", folder.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        entries.push(entry.with_context(unreadable)?.path());
    }
    entries.sort();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    let mut images: Vec<_> = files.into_iter().filter(|file| is_image(file)).collect();
    for folder in folders {
        images.extend(images_in(&folder)?);
    }
    Ok(images)
}

fn is_image(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default().to_ascii_lowercase();
    extension.to_str().is_some_and(|extension| EXTENSIONS.contains(&extension))
}
