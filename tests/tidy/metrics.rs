use std::collections::BTreeSet;

use crate::assert_none;
use crate::repository::{files, rust_files};
use crate::tokens::{Token, tokens_without_tests};

const PAGE: &str = "docs/metrics.md";
const MEASURING: [&str; 3] = ["counter", "gauge", "histogram"];
const DESCRIBING: [&str; 3] = ["describe_counter", "describe_gauge", "describe_histogram"];

#[test]
fn what_is_measured_is_documented_and_described() {
    let measured = named_by(&MEASURING);
    let (described, documented) = (named_by(&DESCRIBING), documented());
    let missing = |from: &BTreeSet<String>, told: &'static str| -> Vec<String> {
        measured.symmetric_difference(from).map(|name| format!("{name}: {told}")).collect()
    };
    let violations = [
        missing(&described, "measured without a description at /metrics, or the other way round"),
        missing(&documented, "in code and not in docs/metrics.md, or the other way round"),
    ];
    assert_none(
        &violations.concat(),
        "A metric is measured somewhere, described in infra/telemetry/src/describe.rs, and has a row in docs/metrics.md.",
    );
}

/// Names that macros of the crate `metrics` are given.
fn named_by(macros: &[&str]) -> BTreeSet<String> {
    let files = rust_files();
    let services = files.iter().filter(|file| !file.is_for_tests());
    services.flat_map(|file| names(&tokens_without_tests(file), macros)).collect()
}

fn names(tokens: &[Token], macros: &[&str]) -> Vec<String> {
    let called = tokens.windows(4).filter(|four| {
        macros.contains(&&*four[0].text) && four[1].text == "!" && four[2].text == "("
    });
    called.map(|four| four[3].text.trim_matches('"').to_owned()).collect()
}

/// Names in the first column of the page's tables, without what tells their series apart.
fn documented() -> BTreeSet<String> {
    let files = files();
    let page = files.iter().find(|file| file.path == PAGE).map_or("", |page| &page.text);
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`').step_by(2));
    let names = names.filter_map(|name| name.split('{').next());
    names.filter(|name| name.starts_with("darkroom_")).map(str::to_owned).collect()
}
