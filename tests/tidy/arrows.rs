use std::collections::{BTreeSet, HashMap, HashSet};
use std::env::consts::ARCH;
use std::process::Command;

use serde_json::Value;

use crate::assert_none;
use crate::repository::root;

/// Our packages, and what of ours each may depend on: DESIGN.md section 3. Arrows point at what is more general.
const ARROWS: [(&str, &[&str]); 10] = [
    ("resizer", &[]),
    ("telemetry", &[]),
    ("customer", &["telemetry"]),
    ("resizer-lambda", &["resizer", "customer", "telemetry"]),
    ("kafka", &["customer"]),
    ("ingest", &["resizer", "customer", "kafka", "telemetry"]),
    ("consumer", &["resizer", "customer", "kafka", "telemetry"]),
    ("model", &["resizer", "customer", "telemetry"]),
    (
        "local",
        &[
            "resizer",
            "customer",
            "kafka",
            "resizer-lambda",
            "ingest",
            "consumer",
            "model",
            "telemetry",
        ],
    ),
    (
        "tests",
        &["resizer", "customer", "kafka", "resizer-lambda", "ingest", "consumer", "model", "local"],
    ),
];

/// What must not be linked into a package, however far away; a name that ends in `-` stands for all that begin so.
const NEVER_LINKED: [(&str, &[&str]); 3] = [
    (
        "resizer",
        &["async-", "aws-", "axum", "futures", "http", "hyper", "rdkafka", "reqwest", "tokio"],
    ),
    ("resizer-lambda", &["rdkafka", "rdkafka-sys"]),
    ("customer", &["axum", "rdkafka", "rdkafka-sys"]),
];

#[test]
fn packages_depend_only_on_what_is_more_general() {
    let metadata = metadata();
    let arrows = HashMap::from(ARROWS);
    let mut violations = Vec::new();
    for package in ours(&metadata) {
        let name = text(package, "name");
        let Some(allowed) = arrows.get(name) else {
            violations.push(format!("{name}: not in ARROWS"));
            continue;
        };
        let wrong = ours_named_by(package).filter(|dependency| !allowed.contains(dependency));
        violations.extend(wrong.map(|dependency| format!("{name} -> {dependency}")));
    }
    assert_none(
        &violations,
        "Move what is shared to the package that defines its meaning; a new package gets a line in \
         tests/tidy/arrows.rs and in ARCHITECTURE.md.",
    );
}

#[test]
fn packages_do_not_link_what_they_have_no_business_with() {
    let metadata = metadata();
    let mut violations = Vec::new();
    for (package, never) in NEVER_LINKED {
        let linked = linked_into(&metadata, package);
        let wrong = linked.iter().filter(|name| never.iter().any(|never| is_named(name, never)));
        violations.extend(wrong.map(|name| format!("{package} links {name}")));
    }
    assert_none(
        &violations,
        "resizer is bytes in, bytes out, and the image Lambda has no Kafka. `cargo tree -e normal -p PACKAGE -i \
         CRATE` shows who brings it.",
    );
}

/// `cargo metadata` of what was fetched for this build; nothing is asked of the network.
fn metadata() -> Value {
    let platform = format!("{ARCH}-unknown-linux-gnu");
    let answer = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &platform])
        .current_dir(root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "cargo metadata: {error}");
    serde_json::from_slice(&answer.stdout).unwrap()
}

/// Packages of this workspace: the only ones without a source.
fn ours(metadata: &Value) -> impl Iterator<Item = &Value> {
    list(metadata, "packages").iter().filter(|package| package["source"].is_null())
}

/// Names of our packages in this one's manifest, be it for programs, tests or build scripts.
fn ours_named_by(package: &Value) -> impl Iterator<Item = &str> {
    let named = list(package, "dependencies").iter();
    named.filter(|dependency| dependency["path"].is_string()).map(|ours| text(ours, "name"))
}

/// Names of all packages that end up in a program that uses this one of ours.
fn linked_into<'a>(metadata: &'a Value, package: &str) -> BTreeSet<&'a str> {
    let names = by_id(list(metadata, "packages"));
    let nodes = by_id(list(&metadata["resolve"], "nodes"));
    let start = ours(metadata).find(|ours| text(ours, "name") == package).unwrap();
    let mut open = vec![text(start, "id")];
    let mut seen = HashSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let linked = list(nodes[id], "deps").iter().filter(|dependency| is_linked(dependency));
            open.extend(linked.map(|dependency| text(dependency, "pkg")));
        }
    }
    seen.into_iter().map(|id| text(names[id], "name")).collect()
}

/// Neither only for tests nor only for a build script: Cargo calls that kind null.
fn is_linked(dependency: &Value) -> bool {
    list(dependency, "dep_kinds").iter().any(|kind| kind["kind"].is_null())
}

fn is_named(name: &str, pattern: &str) -> bool {
    name == pattern || (pattern.ends_with('-') && name.starts_with(pattern))
}

fn by_id(values: &[Value]) -> HashMap<&str, &Value> {
    values.iter().map(|value| (text(value, "id"), value)).collect()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}
