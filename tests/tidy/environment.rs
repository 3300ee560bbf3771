use std::collections::BTreeSet;

use crate::assert_none;
use crate::repository::{File, files, rust_files};
use crate::tokens::{Token, tokens_without_tests};

/// Read by libraries, not by our code; README may list them.
const OF_LIBRARIES: [&str; 2] = ["AWS_", "RUST_"];

#[test]
fn the_readme_lists_every_variable() {
    let (code, readme) = (in_code(), in_readme());
    let missing = code.difference(&readme).map(|name| format!("{name}: not in README.md"));
    let gone = readme.difference(&code).map(|name| format!("{name}: in README.md, not in code"));
    let violations: Vec<String> = missing.chain(gone).collect();
    assert_none(
        &violations,
        "The table under `## Environment` in README.md has a row a variable, its name in backticks first.",
    );
}

/// What config.rs files name, and options that are variables too.
fn in_code() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in rust_files().iter().filter(|file| !file.is_for_tests()) {
        let tokens = tokens_without_tests(file);
        names.extend(options(&tokens));
        if is_config(file) {
            names.extend(tokens.iter().filter_map(|token| variable(&token.text)));
        }
    }
    names
}

fn is_config(file: &File) -> bool {
    file.path.ends_with("/config.rs")
}

/// Names in clap's `env = "NAME"`.
fn options(tokens: &[Token]) -> impl Iterator<Item = String> {
    let named = tokens.windows(3).filter(|three| three[0].text == "env" && three[1].text == "=");
    named.filter_map(|three| variable(&three[2].text))
}

/// The name that a string literal is, if it has the form of a variable's.
fn variable(literal: &str) -> Option<String> {
    let name = literal.strip_prefix('"')?.strip_suffix('"')?;
    let upper =
        name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte));
    let known = OF_LIBRARIES.iter().any(|prefix| name.starts_with(prefix));
    (upper && name.len() > 2 && !known).then(|| name.to_owned())
}

/// Names in backticks in the first column of the table.
fn in_readme() -> BTreeSet<String> {
    let files = files();
    let readme = files.iter().find(|file| file.path == "README.md");
    let section = readme.and_then(|readme| readme.text.split_once("\n## Environment\n"));
    let section = section.map_or("", |(_, after)| after.split("\n## ").next().unwrap_or(after));
    let rows = section.lines().filter_map(|line| line.strip_prefix('|'));
    let cells = rows.filter_map(|row| row.split('|').next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.filter_map(|name| variable(&format!("\"{name}\""))).collect()
}
