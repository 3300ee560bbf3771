//! What `/openapi.json` says of delivery, against delivery's own code. Of the API it is held to the
//! code in `ingest/src/openapi/tests.rs`.

use std::collections::BTreeSet;

use resizer_lambda::dialect::query::PARAMETERS;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../ingest/openapi.json");
/// Where the codes of delivery's errors are.
const SOURCES: [&str; 2] = [
    include_str!("../../resizer/lambda/src/error.rs"),
    include_str!("../../infra/local/src/edge/envelope.rs"),
];
const CUSTOMER: &str = "/{customer}/";
const RENDITION: &str = "/{customer}/{image}";

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

/// What a `$ref` stands for, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn codes_of<'a>(document: &'a Value, response: &'a Value) -> impl Iterator<Item = &'a str> {
    let problem = &resolved(document, response)["content"]["application/problem+json"];
    let codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"].as_array();
    codes.into_iter().flatten().map(|code| code.as_str().unwrap())
}

#[test]
fn a_rendition_takes_the_parameters_of_the_query_dialect() {
    let document = document();
    let parameters = document["paths"][RENDITION]["parameters"].as_array().unwrap();
    let parameters = parameters.iter().map(|parameter| resolved(&document, parameter));
    let in_query = parameters.filter(|parameter| parameter["in"] == "query");
    let described: Vec<_> = in_query.map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(described.len(), PARAMETERS.len());
    assert_eq!(BTreeSet::from_iter(described), BTreeSet::from(PARAMETERS));
    let sig = &document["components"]["securitySchemes"]["sig"];
    assert_eq!((&sig["in"], &sig["name"]), (&"query".into(), &"sig".into()));
    for method in ["get", "head"] {
        let security = document["paths"][RENDITION][method]["security"].as_array().unwrap();
        assert!(security.iter().any(|way| way.get("sig").is_some()), "{method}");
    }
}

/// A code is a text of small letters and underscores, which nothing else in these files is.
#[test]
fn each_code_of_delivery_is_described_and_no_other_is() {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter();
    let items = paths.filter(|(path, _)| path.starts_with(CUSTOMER)).map(|(_, item)| item);
    let operations = items.flat_map(|item| ["get", "head"].map(|method| &item[method]));
    let responses = operations.filter_map(|operation| operation["responses"].as_object());
    let mut described: BTreeSet<_> =
        responses.flat_map(|all| all.values()).flat_map(|one| codes_of(&document, one)).collect();
    let no_method = &document["components"]["responses"]["DeliveryNoMethod"];
    described.extend(codes_of(&document, no_method));
    let texts = SOURCES.into_iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let is_code = |text: &&str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    assert_eq!(described, texts.filter(is_code).collect());
}
