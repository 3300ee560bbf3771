//! Each bad file and each bad request has its own answer.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{
    client::{Client, read, sign_in},
    darkroom::Darkroom,
};

/// Status and code of each kind of refusal; `fixtures/bad/expected.tsv` has the sentences.
const REFUSALS: &[(&str, StatusCode, &str)] = &[
    ("Empty", StatusCode::BAD_REQUEST, "image_empty"),
    ("Heic", StatusCode::UNSUPPORTED_MEDIA_TYPE, "heic_not_taken"),
    ("Malformed", StatusCode::UNPROCESSABLE_ENTITY, "image_damaged"),
    ("NotAnImage", StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_an_image"),
    ("Pdf", StatusCode::UNSUPPORTED_MEDIA_TYPE, "pdf_not_taken"),
    ("Svg", StatusCode::UNSUPPORTED_MEDIA_TYPE, "svg_not_taken"),
    ("TooManyFrames", StatusCode::UNPROCESSABLE_ENTITY, "source_frames_max"),
    ("TooManyFramesPixels", StatusCode::UNPROCESSABLE_ENTITY, "source_frames_pixels_max"),
    ("TooManyPixels", StatusCode::UNPROCESSABLE_ENTITY, "source_pixels_max"),
    ("Truncated", StatusCode::UNPROCESSABLE_ENTITY, "image_truncated"),
    ("UnsupportedFeature", StatusCode::UNPROCESSABLE_ENTITY, "image_feature_unsupported"),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_told_why() {
    let data = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&data.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    refused_files(&client).await;
    signed_in_or_not(&darkroom, &client).await;
    refused_upload(&client).await;
}

async fn refused_files(client: &Client) {
    let expected = String::from_utf8(read("bad/expected.tsv")).unwrap();
    for line in expected.lines().skip(1) {
        let [file, variant, sentence]: [&str; 3] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (_, status, code) = REFUSALS.iter().find(|(known, ..)| *known == variant).unwrap();
        let (answered, problem) = client.upload(&format!("bad/{file}"), "").await;
        assert_eq!(
            (answered, problem["code"].as_str()),
            (*status, Some(*code)),
            "{file}: {problem}"
        );
        assert_eq!(problem["detail"], *sentence, "{file}");
    }
}

async fn signed_in_or_not(darkroom: &Darkroom, client: &Client) {
    let wrong = json!({"username": "demo@example.com", "password": "Wrong-password-1"});
    let answer = sign_in(darkroom, "/v1/session", &wrong).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "wrong_password");
    assert!(problem["request_id"].as_str().is_some_and(|id| !id.is_empty()));
    let nobody = reqwest::get(format!("{}/v1/images", client.url)).await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.headers()["content-type"], "application/problem+json");
    let too_large = client.post("/v1/images", vec![0; 4_500_001]).await;
    assert_eq!(too_large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let problem: Value = too_large.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("/v1/uploads"), "{problem}");
}

/// In two steps the refusal is found at the ticket.
async fn refused_upload(client: &Client) {
    let file = read("bad/truncated.jpg");
    let asked = json!({"type": "image/jpeg", "bytes": file.len()});
    let ticket: Value = client.post_json("/v1/uploads", &asked).await.json().await.unwrap();
    let url = ticket["put"]["url"].as_str().unwrap();
    let put = client.http.put(url).header("content-type", "image/jpeg").body(file);
    assert_eq!(put.send().await.unwrap().status(), StatusCode::OK);
    let of_ticket = format!("/v1/uploads/{}", ticket["id"].as_str().unwrap());
    let ticket = client.wait(&of_ticket, |ticket| ticket["state"] != "waiting").await;
    assert_eq!((&ticket["state"], &ticket["code"]), (&json!("refused"), &json!("image_truncated")));
}
