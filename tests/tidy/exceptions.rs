//! Rules that hold everywhere but in one place and in named exceptions.

use crate::repository::{File, rust_files};

/// What `find` finds where neither `here` nor an exception allows it, and exceptions that nothing needs any more.
pub(crate) fn outside(
    here: impl Fn(&File) -> bool,
    exceptions: &[(&str, &str)],
    find: impl Fn(&File) -> Vec<String>,
) -> Vec<String> {
    let files = rust_files();
    let excepted = |file: &File| exceptions.iter().any(|(path, _)| file.path == *path);
    let wrong = files.iter().filter(|file| !here(file) && !excepted(file)).flat_map(&find);
    let needs = |path: &str| files.iter().any(|file| file.path == path && !find(file).is_empty());
    let stale = exceptions.iter().filter(|(path, _)| !needs(path));
    wrong.chain(stale.map(|(path, _)| format!("{path}: exception no longer needed"))).collect()
}

/// `path:line` of each.
pub(crate) fn at(file: &File, lines: impl IntoIterator<Item = usize>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{}:{line}", file.path)).collect()
}
