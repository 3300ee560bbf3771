use crate::assert_none;
use crate::repository::{File, rust_files};
use crate::tokens::{lines_of, members_of, tokens, tokens_without_tests};

const ENVIRONMENT: [&str; 4] = ["var", "var_os", "vars", "vars_os"];
/// Files that read it though they are no config.rs, and why they may.
const READS_ENVIRONMENT: [(&str, &str); 2] = [
    ("resizer/tests/golden.rs", "UPDATE_GOLDEN is a developer's switch"),
    ("resizer/tests/refusals.rs", "UPDATE_GOLDEN is a developer's switch"),
];

const S3_CLIENT: [&str; 3] = ["Client", "client", "config"];
/// Files outside package customer that name an S3 client, and why they may.
const NAMES_S3_CLIENT: [(&str, &str); 0] = [];

#[test]
fn unsafe_code_is_in_the_codecs() {
    let files = rust_files();
    let outside = files.iter().filter(|file| !file.path.starts_with("resizer/src/codec/"));
    let found = |file: &File| at(file, lines_of(&tokens(file), "unsafe"));
    let violations: Vec<String> = outside.flat_map(found).collect();
    assert_none(&violations, "C libraries live behind safe functions in resizer/src/codec/.");
}

#[test]
fn the_environment_is_read_in_config_files() {
    let reads = |file: &File| {
        let tokens = tokens(file);
        let members = members_of(&tokens, "env").into_iter();
        at(file, members.filter(|name| ENVIRONMENT.contains(&&*name.text)).map(|name| name.line))
    };
    let violations = outside(|file| file.path.ends_with("/config.rs"), &READS_ENVIRONMENT, reads);
    assert_none(
        &violations,
        "Read it in the package's config.rs, where the environment is documented, or make it an option of the \
         command line (clap's `env`).",
    );
}

#[test]
fn package_customer_makes_every_s3_client() {
    let names = |file: &File| {
        let tokens = tokens_without_tests(file);
        let members = members_of(&tokens, "aws_sdk_s3").into_iter();
        at(file, members.filter(|name| S3_CLIENT.contains(&&*name.text)).map(|name| name.line))
    };
    let here = |file: &File| file.path.starts_with("ingest/customer/") || file.is_for_tests();
    assert_none(
        &outside(here, &NAMES_S3_CLIENT, names),
        "Ask `customer::Buckets` for a bucket: it holds credentials that open no other customer's.",
    );
}

/// What `find` finds where neither `here` nor an exception allows it, and exceptions that nothing needs any more.
fn outside(
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

fn at(file: &File, lines: impl IntoIterator<Item = usize>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{}:{line}", file.path)).collect()
}
