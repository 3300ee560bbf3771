//! Each bad file and each bad request has its own answer.

use reqwest::{Method, StatusCode};
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
    refused_uploads(&darkroom, &client).await;
    taken_for_what_they_are(&client).await;
}

/// File, status, code and sentence of each refusal.
fn refusals() -> Vec<(String, StatusCode, &'static str, String)> {
    let expected = String::from_utf8(read("bad/expected.tsv")).unwrap();
    let lines = expected.lines().skip(1);
    let refusal = |line: &str| {
        let [file, variant, sentence]: [&str; 3] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (_, status, code) = REFUSALS.iter().find(|(known, ..)| *known == variant).unwrap();
        (format!("bad/{file}"), *status, *code, sentence.to_owned())
    };
    lines.map(refusal).collect()
}

async fn refused_files(client: &Client) {
    for (file, status, code, sentence) in refusals() {
        let (answered, problem) = client.upload(&file, "").await;
        assert_eq!((answered, problem["code"].as_str()), (status, Some(code)), "{file}: {problem}");
        assert_eq!(problem["detail"], sentence, "{file}");
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

/// In two steps the refusal is found at the ticket, and the bytes in quarantine with the reason beside them.
async fn refused_uploads(darkroom: &Darkroom, client: &Client) {
    let mut uploads = Vec::new();
    // Nothing can be announced of an empty file.
    for refusal in refusals().into_iter().filter(|(.., code, _)| *code != "image_empty") {
        uploads.push((put(client, &refusal.0, "image/jpeg").await, refusal));
    }
    let (s3, bucket) = (darkroom.s3().await, "darkroom-customer-demo");
    let get = async |key: String| {
        let found = s3.get_object().bucket(bucket).key(key).send().await.ok()?;
        Some(found.body.collect().await.unwrap().to_vec())
    };
    for (upload, (file, _, code, sentence)) in uploads {
        let of_ticket = format!("/v1/uploads/{upload}");
        let ticket = client.wait(&of_ticket, |ticket| ticket["state"] != "waiting").await;
        assert_eq!(ticket["state"], "refused", "{file}");
        assert_eq!((&ticket["code"], &ticket["reason"]), (&json!(code), &json!(sentence)));
        assert_eq!(get(format!("quarantine/{upload}")).await, Some(read(&file)), "{file}");
        let reason = get(format!("quarantine/{upload}.json")).await.unwrap();
        let reason: Value = serde_json::from_slice(&reason).unwrap();
        assert_eq!((&reason["code"], &reason["reason"]), (&json!(code), &json!(sentence)));
    }
    let listed: Value = client.get("/v1/images").await.json().await.unwrap();
    assert_eq!(listed["images"], json!([]), "nothing of it became an image");
}

/// Uploads a file in two steps as what it is said to be; returns the ticket's id.
async fn put(client: &Client, file: &str, media_type: &str) -> String {
    let bytes = read(file);
    let asked = json!({"type": media_type, "bytes": bytes.len()});
    let ticket: Value = client.post_json("/v1/uploads", &asked).await.json().await.unwrap();
    let url = ticket["put"]["url"].as_str().unwrap();
    let put = client.http.put(url).header("content-type", media_type).body(bytes);
    assert_eq!(put.send().await.unwrap().status(), StatusCode::OK, "{file}");
    ticket["id"].as_str().unwrap().to_owned()
}

/// Whatever they are said to be, and whatever else is in them: only their pixels are shown, as the type that they have.
async fn taken_for_what_they_are(client: &Client) {
    for (file, declared, media_type) in [
        ("hostile/page-behind.jpg", "text/html", "image/jpeg"),
        ("hostile/program-within.png", "application/x-php", "image/png"),
        ("hostile/script.gif", "text/javascript", "image/gif"),
        ("hostile/page-within.webp", "image/jpeg", "image/webp"),
    ] {
        let request = client.request(Method::POST, "/v1/images").header("content-type", declared);
        let image: Value = request.body(read(file)).send().await.unwrap().json().await.unwrap();
        assert_eq!(image["type"], media_type, "{file}: {image}");
        let path = format!("/demo/{}", image["id"].as_str().unwrap());
        let original = client.get(&format!("{path}/original")).await;
        assert_eq!(original.headers()["content-type"], media_type, "{file}");
        assert_eq!(original.headers()["x-content-type-options"], "nosniff");
        assert_eq!(original.bytes().await.unwrap(), read(file));
        let rendition = client.get(&format!("{path}?w=40")).await;
        assert_eq!(rendition.headers()["content-type"], media_type, "{file}");
        assert_eq!(rendition.headers()["x-content-type-options"], "nosniff");
        let rendition = rendition.bytes().await.unwrap();
        assert!(!rendition.windows(7).any(|window| window == b"PRIVATE"), "{file}");
    }
    let upload = put(client, "hostile/archive-behind.png", "image/webp").await;
    let of_ticket = format!("/v1/uploads/{upload}");
    let ticket = client.wait(&of_ticket, |ticket| ticket["state"] != "waiting").await;
    let (_, image) = client.show(ticket["image"].as_str().unwrap()).await;
    assert_eq!(image["type"], "image/png", "by its bytes, whatever the ticket says");
}
