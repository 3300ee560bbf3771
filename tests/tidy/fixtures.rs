use std::collections::BTreeSet;

use crate::assert_none;
use crate::repository::{files, paths};

const TABLE: &str = "fixtures/README.md";
const FOLDERS: [&str; 4] =
    ["fixtures/images/", "fixtures/bad/", "fixtures/hostile/", "fixtures/metadata/"];
/// What the bad ones are answered with: a table beside them, no fixture.
const EXPECTED: &str = "expected.tsv";

#[test]
fn the_readme_lists_every_fixture() {
    let there: BTreeSet<String> = paths().iter().filter_map(|path| fixture_name(path)).collect();
    let listed = listed();
    let missing = there.difference(&listed).map(|name| format!("{name}: not in {TABLE}"));
    let gone = listed.difference(&there).map(|name| format!("{name}: in {TABLE} but not there"));
    let violations: Vec<String> = missing.chain(gone).collect();
    assert_none(
        &violations,
        "A row a file: its name, the property it is there for, whence, under which licence.",
    );
}

fn fixture_name(path: &str) -> Option<String> {
    let name = FOLDERS.iter().find_map(|folder| path.strip_prefix(folder))?;
    (name != EXPECTED).then(|| name.to_owned())
}

/// First cells of the tables whose first column is `file`.
fn listed() -> BTreeSet<String> {
    let files = files();
    let readme = files.iter().find(|file| file.path == TABLE).unwrap();
    let tables = readme.text.split("\n\n").filter(|table| table.starts_with("| file |"));
    let rows = tables.flat_map(|table| table.lines().skip(2));
    rows.filter_map(|row| row.split('|').nth(1)).map(|cell| cell.trim().to_owned()).collect()
}
