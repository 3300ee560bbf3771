use crate::assert_none;
use crate::exceptions::{at, outside};
use crate::repository::File;
use crate::tokens::{lines_of, members_of, tokens, tokens_without_tests};

/// Files outside the codecs that are unsafe, and why they may.
const UNSAFE: [(&str, &str); 2] = [
    ("resizer/src/memory.rs", "glibc's allocator is set up by a C function"),
    ("resizer/tests/counting/mod.rs", "an allocator that counts is unsafe by its trait"),
];

const ENVIRONMENT: [&str; 4] = ["var", "var_os", "vars", "vars_os"];
/// Files that read it though they are no config.rs, and why they may.
const READS_ENVIRONMENT: [(&str, &str); 5] = [
    ("infra/local/build.rs", "cargo tells a build script so where to write"),
    ("resizer/tests/refusals.rs", "UPDATE_GOLDEN is a developer's switch"),
    ("tests/src/kafka.rs", "APACHE_KAFKA is a developer's switch"),
    ("tests/src/moto.rs", "MOTO_SERVER and WITHOUT_MOTO are a developer's switches"),
    ("tests/conformance/crash.rs", "tells the process that is to be killed which folder to serve"),
];

const S3_CLIENT: [&str; 3] = ["Client", "client", "config"];
/// Files outside package customer that name an S3 client, and why they may.
const NAMES_S3_CLIENT: [(&str, &str); 0] = [];

#[test]
fn unsafe_code_is_in_the_codecs() {
    let found = |file: &File| at(file, lines_of(&tokens(file), "unsafe"));
    let here = |file: &File| file.path.starts_with("resizer/src/codec/");
    assert_none(
        &outside(here, &UNSAFE, found),
        "C libraries live behind safe functions in resizer/src/codec/.",
    );
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
