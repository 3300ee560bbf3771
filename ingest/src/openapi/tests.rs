use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::DOCUMENT;
use crate::{ACCESS, Needs};

/// Where the codes of the API's errors are.
const SOURCES: [&str; 4] = [
    include_str!("../error.rs"),
    include_str!("../session.rs"),
    include_str!("../predictions/error.rs"),
    include_str!("../problem.rs"),
];
/// What is answered where there is no operation.
const ELSEWHERE: [&str; 2] = ["NoRoute", "NoMethod"];

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// Method, path and text of each operation of the API; those of delivery are the tests' package's.
fn operations(document: &Value) -> Vec<(String, &str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
        let own = methods.filter(|_| !path.starts_with("/{customer}"));
        found.extend(own.map(|(name, text)| (name.to_uppercase(), path.as_str(), text)));
    }
    found
}

/// What a `$ref` stands for, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The codes that a response lists.
fn codes<'a>(document: &'a Value, response: &'a Value) -> impl Iterator<Item = &'a str> {
    let problem = &resolved(document, response)["content"]["application/problem+json"];
    let codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"].as_array();
    codes.into_iter().flatten().map(|code| code.as_str().unwrap())
}

/// The pairs `StatusCode::NAME, "code"` of a source file.
fn pairs(source: &str) -> impl Iterator<Item = (String, &str)> {
    source.split("StatusCode::").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once(',')?;
        let (code, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some((name.to_owned(), code))
    })
}

/// The name that `StatusCode` has for a number.
fn name_of(status: &str) -> String {
    let status: StatusCode = status.parse().unwrap();
    status.canonical_reason().unwrap().to_uppercase().replace(' ', "_")
}

#[test]
fn each_route_is_an_operation_and_each_operation_a_route() {
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path.to_owned()))
        .collect();
    let routed = ACCESS.iter().map(|(method, path, _)| (method.to_string(), (*path).to_owned()));
    assert_eq!(described, routed.collect());
}

#[test]
fn an_operation_wants_the_bearer_where_its_route_needs_a_role() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let row = ACCESS.iter().find(|(own, route, _)| *own == *method && *route == path);
        let needs_role = row.unwrap().2 != Needs::Nothing;
        let expected =
            if needs_role { serde_json::json!([{"bearer": []}]) } else { Value::Array(vec![]) };
        assert_eq!(operation["security"], expected, "{method} {path}");
    }
}

#[test]
fn each_code_is_described_under_its_status_and_no_other_is() {
    let document = document();
    let mut described = BTreeSet::new();
    for (_, _, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            described.extend(codes(&document, response).map(|code| (name_of(status), code)));
        }
    }
    let elsewhere = ELSEWHERE.map(|name| &document["components"]["responses"][name]);
    let [no_route, no_method] = elsewhere;
    described.extend(codes(&document, no_route).map(|code| (name_of("404"), code)));
    described.extend(codes(&document, no_method).map(|code| (name_of("405"), code)));
    let answered: BTreeSet<_> = SOURCES.into_iter().flat_map(pairs).collect();
    assert!(answered.len() > 40, "{answered:?}");
    assert_eq!(described, answered);
}

#[test]
fn the_version_is_the_one_of_the_workspace() {
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}
