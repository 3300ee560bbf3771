use std::path::Path;

use customer::{ObjectKey, session_policy};
use serde_json::Value;

/// Before a prefix in the template: objects, and then listings.
const OBJECTS: &str = "- !Sub \"arn:${AWS::Partition}:s3:::${BucketName}/";
const SOURCE: &str = "${SourcePrefix}";
/// What a session asks for by a wildcard, for want of room, and the role allows by name.
const BY_NAME: [(&str, [&str; 2]); 2] = [
    ("s3:*MultipartUpload*", ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]),
    ("s3:ListBucket*", ["s3:ListBucket", "s3:ListBucketMultipartUploads"]),
];

fn template() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/customer.yaml");
    std::fs::read_to_string(file).unwrap()
}

/// The prefix in `start` `PREFIX*` `end`.
fn prefix_in<'a>(line: &'a str, start: &str, end: &str) -> Option<&'a str> {
    line.trim().strip_prefix(start)?.strip_suffix(end)?.strip_suffix('*')
}

#[test]
fn the_role_opens_exactly_the_prefixes_that_the_code_uses() {
    let template = template();
    let objects = template.lines().filter_map(|line| prefix_in(line, OBJECTS, "\""));
    assert_eq!(objects.collect::<Vec<_>>(), ObjectKey::CUSTOMER_PREFIXES);
    let (_, listing) = template.split_once("s3:prefix:").unwrap();
    let listed = listing.lines().skip(1).map_while(|line| prefix_in(line, "- ", ""));
    assert_eq!(listed.collect::<Vec<_>>(), ObjectKey::CUSTOMER_PREFIXES);
}

#[test]
fn the_role_allows_exactly_what_a_session_asks_for() {
    let template = template();
    let policy: Value =
        serde_json::from_str(&session_policy("bucket", &[SOURCE.to_owned()])).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let asked = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    let asked = asked.map(|action| action.as_str().unwrap());
    let (keys, asked): (Vec<_>, Vec<_>) = asked.partition(|action| action.starts_with("kms:"));
    let mut asked: Vec<_> = asked.into_iter().flat_map(by_name).collect();
    assert!(template.contains(&format!("Action: [{}]", keys.join(", "))), "{keys:?}");
    let allowed = template.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix("Action: ").unwrap_or(line).strip_prefix("s3:").map(|_| line)
    });
    let mut allowed: Vec<_> = allowed
        .map(|line| line.strip_prefix("Action: ").unwrap_or(line))
        .filter(|line| !line.ends_with(':'))
        .collect();
    asked.sort_unstable();
    allowed.sort_unstable();
    assert_eq!(allowed, asked);
    let read_only = format!("{OBJECTS}{SOURCE}*").replacen("- ", "Resource: ", 1);
    let (before, _) = template.split_once(&read_only).expect("the source is opened");
    assert!(before.trim_end().ends_with("Action: s3:GetObject"), "the source is only read");
}

fn by_name(action: &str) -> Vec<&str> {
    let named = BY_NAME.iter().find(|(wildcard, _)| *wildcard == action);
    named.map_or_else(|| vec![action], |(_, names)| names.to_vec())
}

/// Uploads are accepted, versions announced, and of a record that closed an image the edge is told once more.
#[test]
fn the_rule_forwards_what_asks_for_work() {
    let (_, rule) = template()
        .split_once("object: {key: [")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let (keys, _) = rule.split_once("]}").unwrap();
    let prefixes = keys.split(", ").map(|key| &key["{prefix: ".len()..key.len() - 1]);
    assert_eq!(
        prefixes.collect::<Vec<_>>(),
        [ObjectKey::INCOMING, ObjectKey::OUTBOX, ObjectKey::RECORDS]
    );
}
