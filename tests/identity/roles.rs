use std::collections::BTreeSet;

use customer::Role;
use http::{Method, StatusCode};
use ingest::{ACCESS, Needs};
use serde_json::Value;
use tests::{api::Api, services::Services};

const EVERYBODY: [Option<Role>; 6] = [
    None,
    Some(Role::Viewer),
    Some(Role::Uploader),
    Some(Role::Admin),
    Some(Role::Operator),
    Some(Role::DataScientist),
];

/// Who gets in where, written down once more: `-` for a user without a role, then viewer, uploader,
/// admin, operator and data scientist. An `x` gets in.
const EXPECTED: [(&str, &str, &str); 18] = [
    ("GET", "/v1/images", "-xxx--"),
    ("POST", "/v1/images", "--xx--"),
    ("POST", "/v1/images:batchDelete", "--xx--"),
    ("GET", "/v1/images/{image}", "-xxx--"),
    ("PATCH", "/v1/images/{image}", "--xx--"),
    ("DELETE", "/v1/images/{image}", "--xx--"),
    ("POST", "/v1/images/{image}/signed-urls", "-xxx--"),
    ("POST", "/v1/images/{image}/predictions", "-xxx--"),
    ("GET", "/v1/images/{image}/snapshots", "-xxx--"),
    ("GET", "/v1/datasets", "-----x"),
    ("GET", "/v1/datasets/{dataset}/snapshots", "-----x"),
    ("POST", "/v1/datasets/{dataset}/snapshots", "-----x"),
    ("GET", "/v1/datasets/{dataset}/snapshots/{snapshot}", "-----x"),
    ("GET", "/v1/datasets/{dataset}/models", "-----x"),
    ("GET", "/v1/datasets/{dataset}/requests/{request}", "-----x"),
    ("POST", "/v1/uploads", "--xx--"),
    ("POST", "/v1/uploads/sign", "--xx--"),
    ("GET", "/v1/uploads/{upload}", "-xxx--"),
];

const NOBODYS: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn every_role_on_every_route() {
    let folder = tempfile::tempdir().unwrap();
    let (services, api) = start(folder.path()).await;
    let mut tokens = Vec::new();
    for role in EVERYBODY {
        tokens.push(services.id_token("acme", role.map_or("nobody", Role::group)).await);
    }
    for (method, path, expected) in EXPECTED {
        for ((role, token), expected) in EVERYBODY.iter().zip(&tokens).zip(expected.chars()) {
            let (status, problem) = ask(&api, method, path, Some(token)).await;
            let got_in = status != StatusCode::FORBIDDEN && status != StatusCode::UNAUTHORIZED;
            assert_eq!(got_in, expected == 'x', "{role:?} {method} {path}: {status} {problem}");
            if !got_in {
                assert_eq!(problem["code"], "forbidden", "{role:?} {method} {path}");
            }
        }
        let (status, problem) = ask(&api, method, path, None).await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &"token_missing".into()));
    }
}

#[tokio::test]
async fn the_tables_name_the_same_routes_and_all_of_them_exist() {
    let guarded = ACCESS.iter().filter(|(_, _, needs)| *needs != Needs::Nothing);
    let in_code: BTreeSet<_> = guarded.map(|(method, path, _)| (method.as_str(), *path)).collect();
    let here: BTreeSet<_> = EXPECTED.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(in_code, here);
    let folder = tempfile::tempdir().unwrap();
    let (_services, api) = start(folder.path()).await;
    for (method, path, needs) in &ACCESS {
        let (status, problem) = ask(&api, method.as_str(), path, None).await;
        let is_guarded = problem["code"] == "token_missing";
        assert_eq!(
            is_guarded,
            *needs != Needs::Nothing || *path == "/v1/session" && *method == Method::DELETE,
            "{method} {path}: {problem}"
        );
        assert_ne!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_ne!(problem["code"], "route_not_found", "{method} {path}");
    }
}

#[tokio::test]
async fn a_user_of_no_customer_and_of_an_unknown_one_see_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (services, api) = start(folder.path()).await;
    let token = services.id_token("nowhere", Role::Admin.group()).await;
    let (status, problem) = ask(&api, "GET", "/v1/images", Some(&token)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &"forbidden".into()));
    assert!(!problem["detail"].as_str().unwrap().contains("nowhere"), "{problem}");
}

async fn start(folder: &std::path::Path) -> (Services, Api) {
    let services = Services::start(folder).await;
    let api = Api::start(&services).await;
    (services, api)
}

async fn ask(api: &Api, method: &str, path: &str, token: Option<&str>) -> (StatusCode, Value) {
    let path = path.replace("{image}", NOBODYS).replace("{upload}", NOBODYS);
    let path =
        path.replace("{dataset}", "pets").replace("{snapshot}", "1").replace("{request}", "1");
    api.ask(method.parse().unwrap(), &path, token, "").await
}
