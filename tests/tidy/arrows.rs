use std::collections::{BTreeSet, HashMap, HashSet};
use std::env::consts::ARCH;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::assert_none;
use crate::repository::root;

/// Our packages, and what of ours each may depend on: DESIGN.md section 3. Arrows point at what is more general.
const ARROWS: [(&str, &[&str]); 7] = [
    ("resizer", &[]),
    ("customer", &[]),
    ("resizer-lambda", &["resizer", "customer"]),
    ("ingest", &["resizer", "customer"]),
    ("consumer", &["resizer", "customer"]),
    ("local", &["resizer", "customer", "resizer-lambda", "ingest", "consumer"]),
    ("tests", &["resizer", "customer", "resizer-lambda", "ingest", "consumer", "local"]),
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
    for package in metadata.workspace_packages() {
        let Some(allowed) = arrows.get(package.name.as_str()) else {
            violations.push(format!("{}: not in ARROWS", package.name));
            continue;
        };
        let wrong = ours_of(package).into_iter().filter(|name| !allowed.contains(&name.as_str()));
        violations.extend(wrong.map(|name| format!("{} -> {name}", package.name)));
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
        "resizer is bytes in, bytes out, and the image Lambda has no Kafka: `cargo tree -e normal -p PACKAGE -i \
         CRATE` shows who brings it.",
    );
}

/// What was fetched for this build; nothing is asked of the network.
fn metadata() -> Metadata {
    let platform = format!("{ARCH}-unknown-linux-gnu");
    let options = ["--locked", "--offline", "--filter-platform", &platform].map(str::to_owned);
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).other_options(options).exec().unwrap()
}

/// Names of our packages that this one's manifest names, for programs, tests or build scripts.
fn ours_of(package: &Package) -> BTreeSet<String> {
    let ours = package.dependencies.iter().filter(|dependency| dependency.path.is_some());
    ours.map(|dependency| dependency.name.clone()).collect()
}

/// Names of all packages that end up in a program that uses this one.
fn linked_into(metadata: &Metadata, package: &str) -> BTreeSet<String> {
    let nodes: HashMap<&PackageId, _> =
        metadata.resolve.iter().flat_map(|resolve| &resolve.nodes).map(|n| (&n.id, n)).collect();
    let start = metadata.workspace_packages().into_iter().find(|known| known.name == package);
    let mut open = vec![&start.unwrap().id];
    let mut seen = HashSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let deps = nodes[id].deps.iter();
            let linked = deps.filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            open.extend(linked.map(|dependency| &dependency.pkg));
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

fn is_named(name: &str, pattern: &str) -> bool {
    name == pattern || (pattern.ends_with('-') && name.starts_with(pattern))
}
