use crate::assert_none;
use crate::repository::{File, rust_files};

/// What the first line of a file starts with: its own text, or a README that is the crate's.
const OPENINGS: [&str; 2] = ["//! ", "#![doc = include_str!("];

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let files = rust_files();
    let undocumented = files.iter().filter(|file| needs_docs(file) && !has_docs(file));
    let violations: Vec<String> = undocumented.map(|file| file.path.clone()).collect();
    assert_none(
        &violations,
        "Open the file with a `//!` line that says what it holds; then what it guarantees and why.",
    );
}

fn has_docs(file: &File) -> bool {
    OPENINGS.iter().any(|opening| file.text.starts_with(opening))
}

/// Modules of tests are described where they are listed.
fn needs_docs(file: &File) -> bool {
    !file.is_for_tests() || file.path.ends_with("/main.rs")
}
