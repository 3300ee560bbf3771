//! The table of cases that CloudFront's Function obeys too.

use std::collections::BTreeMap;

use customer::{Credential, CustomerId, EdgeKey, Presets, Proof};
use http::{HeaderName, HeaderValue};
use resizer_lambda::dialect::query::PARAMETERS;
use serde::Deserialize;

use super::*;

/// `infra/edge/cases.json`.
#[derive(Deserialize)]
pub(super) struct Table {
    now: i64,
    edge_secret: String,
    store: BTreeMap<String, Stored>,
    pub(super) credentials: BTreeMap<String, String>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Stored {
    keys: BTreeMap<String, String>,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    strict: bool,
    /// The version, as the function knows it.
    presets: Option<String>,
    /// What it is the version of.
    #[serde(default)]
    queries: Presets,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    request: Asked,
    expect: Expected,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    method: Option<String>,
    path: String,
    #[serde(default)]
    query: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Ask {
        viewer: String,
        uri: String,
        accept: String,
        proof: Option<String>,
    },
    /// What must be gone is tested where requests are passed on.
    Pass {},
    Refuse {
        status: u16,
        code: String,
    },
}

/// What the edge makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ask { key: Key, proof: String },
    Pass,
    Refuse { status: u16, code: &'static str },
}

/// The edge of the table: its clock, its customers, its secret.
pub(super) struct Rules {
    now: Timestamp,
    proof: Proof,
    customers: BTreeMap<CustomerId, Customer>,
}

pub(super) fn table() -> Table {
    serde_json::from_str(include_str!("../../../../edge/cases.json")).unwrap()
}

impl Rules {
    pub(super) fn of(table: &Table) -> Self {
        let customers = table.store.iter().filter_map(|(name, stored)| {
            let id: CustomerId = name.parse().ok()?;
            let mut customer = Customer::new(id.clone(), String::new());
            let key = |(kid, secret): (&String, &String)| EdgeKey {
                kid: kid.clone(),
                secret: secret.clone(),
                signs_from: None,
            };
            customer.edge_keys = stored.keys.iter().map(key).collect();
            customer.url_rules.strict = stored.strict;
            customer.presets = stored.queries.clone();
            let version = stored.presets.as_deref().unwrap_or("0");
            assert_eq!(customer.presets.version(), version, "of {name}");
            (!stored.suspended).then_some((id, customer))
        });
        Self {
            now: Timestamp::from_ms(table.now * 1000),
            proof: Proof::new(&table.edge_secret),
            customers: customers.collect(),
        }
    }

    /// Whether a credential is good for something now.
    pub(super) fn has_signed(&self, text: &str) -> bool {
        let claimed = Credential::claimed_customer(text);
        let customer = claimed.and_then(|customer| self.customers.get(&customer));
        customer.is_some_and(|found| Credential::verify(text, &found.edge_keys, self.now).is_ok())
    }

    pub(super) fn decide(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Outcome {
        if is_handed_through(method, headers) {
            return Outcome::Pass;
        }
        let admitted = Visit::read(path, query, headers).and_then(|visit| {
            let customer = self.customers.get(&visit.target.customer);
            visit.admit(customer, self.now)
        });
        match admitted {
            Ok(key) => {
                let proof = self.proof.sign(key.viewer, &key.path_and_query, self.now);
                Outcome::Ask { key, proof }
            }
            Err(error) => {
                let problem = error.problem();
                Outcome::Refuse { status: problem.status.as_u16(), code: problem.code }
            }
        }
    }
}

impl Case {
    fn decide(&self, rules: &Rules, credentials: &BTreeMap<String, String>) -> Outcome {
        let Asked { method, path, query, headers } = &self.request;
        let filled = |text: &str| {
            credentials.iter().fold(text.to_owned(), |text, (name, credential)| {
                text.replace(&format!("{{{name}}}"), credential)
            })
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(filled(value).as_bytes()).unwrap();
            map.append(name.parse::<HeaderName>().unwrap(), value);
        }
        let method = method.as_deref().unwrap_or("GET").parse().unwrap();
        rules.decide(&method, path, &filled(query), &map)
    }
}

/// Whether an outcome is what the table expects, which need not name the proof.
fn is_as_expected(outcome: &Outcome, expected: &Expected) -> bool {
    match (outcome, expected) {
        (Outcome::Pass, Expected::Pass {}) => true,
        (Outcome::Refuse { status, code }, Expected::Refuse { status: s, code: c }) => {
            status == s && code == c
        }
        (Outcome::Ask { key, proof }, Expected::Ask { viewer, uri, accept, proof: told }) => {
            key.viewer.as_str() == viewer
                && key.path_and_query == *uri
                && key.accepts.header() == accept
                && told.as_ref().is_none_or(|told| told == proof)
        }
        _ => false,
    }
}

#[test]
fn the_edge_obeys_the_table() {
    let table = table();
    let rules = Rules::of(&table);
    let (mut cases, mut wrong) = (0, Vec::new());
    for (group, case) in
        table.groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case)))
    {
        let outcome = case.decide(&rules, &table.credentials);
        cases += 1;
        if !is_as_expected(&outcome, &case.expect) {
            wrong
                .push(format!("{}: {}: {outcome:?}, not {:?}", group.name, case.name, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 150, "{cases} cases");
}

/// A list of words in the function.
fn words(name: &str) -> Vec<&'static str> {
    let function = include_str!("../../../../edge/viewer_request.js");
    let (_, list) = function.split_once(&format!("const {name} = `")).unwrap();
    let (list, _) = list.split_once('`').unwrap();
    list.split_whitespace().collect()
}

#[test]
fn the_function_reserves_the_same_names() {
    assert_eq!(words("RESERVED"), CustomerId::RESERVED);
}

#[test]
fn the_function_knows_the_same_parameters() {
    assert_eq!(words("PARAMETERS"), PARAMETERS);
}
