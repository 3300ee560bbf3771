//! What is exactly as large as a limit allows passes, one more is refused: over HTTP, with Darkroom's own limits.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tests::{
    client::{Client, read},
    darkroom::Darkroom,
};

const JSON_BYTES_MAX: usize = 64 * 1024;

/// Of one colour, in 28 bytes.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut file = read("bad/bomb.webp");
    // Behind the header: two times 14 bits, one less than the size.
    file[21..25].copy_from_slice(&((width - 1) | (height - 1) << 14).to_le_bytes());
    file
}

/// Frames of one pixel on a canvas.
fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    const HEADER_BYTES: usize = 19;
    const FRAME_BYTES: usize = 15;
    let most = read("bad/bomb-frames.gif");
    let mut file = most[..HEADER_BYTES + frames * FRAME_BYTES].to_vec();
    file[6..8].copy_from_slice(&width.to_le_bytes());
    file[8..10].copy_from_slice(&height.to_le_bytes());
    file.push(b';');
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_takes_its_bound_and_refuses_one_more() {
    let data = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&data.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    originals(&client).await;
    bodies(&client).await;
    descriptions(&client).await;
    results(&client).await;
}

async fn originals(client: &Client) {
    for (least, more, code) in [
        (webp(10_000, 5_000), webp(10_000, 5_001), "source_pixels_max"),
        (gif(1, 1, 60), gif(1, 1, 61), "source_frames_max"),
        (gif(1_000, 1_000, 50), gif(1_000, 1_001, 50), "source_frames_pixels_max"),
    ] {
        let (status, image) = client.upload_bytes(least, "").await;
        assert_eq!(status, StatusCode::CREATED, "{code}: {image}");
        let (status, problem) = client.upload_bytes(more, "").await;
        assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)));
    }
    let ticket = async |bytes: u64| {
        let asked = json!({"type": "image/jpeg", "bytes": bytes});
        told(client.post_json("/v1/uploads", &asked).await).await
    };
    assert_eq!(ticket(50_000_000).await.0, StatusCode::CREATED);
    let (status, code) = ticket(50_000_001).await;
    assert_eq!((status, &*code), (StatusCode::PAYLOAD_TOO_LARGE, "source_bytes_max"));
    let (status, code) = ticket(0).await;
    assert_eq!((status, &*code), (StatusCode::BAD_REQUEST, "invalid_request"));
}

async fn bodies(client: &Client) {
    let image = async |bytes| told(client.post("/v1/images", vec![0; bytes]).await).await;
    let (status, code) = image(4_500_000).await;
    assert_eq!((status, &*code), (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_an_image"));
    let (status, code) = image(4_500_001).await;
    assert_eq!((status, &*code), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));

    for path in
        ["/v1/uploads", "/v1/session", "/v1/images/x/signed-urls", "/v1/images/x/predictions"]
    {
        let json = async |bytes| {
            let body = format!("{{{}}}", " ".repeat(bytes - 2));
            let request = client.request(reqwest::Method::POST, path);
            told(
                request.header("content-type", "application/json").body(body).send().await.unwrap(),
            )
            .await
        };
        let (status, _) = json(JSON_BYTES_MAX).await;
        assert_ne!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let (status, code) = json(JSON_BYTES_MAX + 1).await;
        assert_eq!((status, &*code), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"), "{path}");
    }
}

async fn descriptions(client: &Client) {
    let (_, image) = client.upload("images/small-1.jpg", "").await;
    let image = image["id"].as_str().unwrap();
    for (most, more) in [
        (json!({"labels": vec!["x"; 100]}), json!({"labels": vec!["x"; 101]})),
        (json!({"labels": ["é".repeat(128)]}), json!({"labels": ["é".repeat(129)]})),
        // With its name and what is around it a value has eight bytes more.
        (
            json!({"annotations": {"a": "x".repeat(16_376)}}),
            json!({"annotations": {"a": "x".repeat(16_377)}}),
        ),
    ] {
        let (status, changed) = client.patch(image, &most).await;
        assert_eq!(status, StatusCode::OK, "{changed}");
        let (status, problem) = client.patch(image, &more).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
    }
    let named = async |length| {
        let name = "n".repeat(length);
        client.upload("images/small-2.jpg", &format!("name={name}")).await.0
    };
    assert_eq!(named(256).await, StatusCode::BAD_REQUEST);
    assert_eq!(named(255).await, StatusCode::CREATED);

    let week = 7 * 24 * 3600;
    let path = format!("/v1/images/{image}/signed-urls");
    for (seconds, expected) in [
        (0, StatusCode::BAD_REQUEST),
        (1, StatusCode::CREATED),
        (week, StatusCode::CREATED),
        (week + 1, StatusCode::BAD_REQUEST),
    ] {
        let answer = client.post_json(&path, &json!({"expires_in": seconds})).await;
        assert_eq!(answer.status(), expected, "{seconds} s");
    }
    for (limit, expected) in [
        (0, StatusCode::BAD_REQUEST),
        (1, StatusCode::OK),
        (200, StatusCode::OK),
        (201, StatusCode::BAD_REQUEST),
    ] {
        let answer = client.get(&format!("/v1/images?limit={limit}")).await;
        assert_eq!(answer.status(), expected, "{limit} images");
    }
}

/// Of the largest original there can be.
async fn results(client: &Client) {
    let (_, image) = client.upload_bytes(webp(10_000, 5_000), "").await;
    let path = format!("/demo/{}", image["id"].as_str().unwrap());
    for (most, more) in [
        // The longer edge.
        ("w=8192&h=1&fit=crop", "w=8193&h=1&fit=crop"),
        // Pixels.
        ("w=8000&h=5000&fit=crop&fm=jpg", "w=8001&h=5000&fit=crop&fm=jpg"),
        // Pixels of what may have to be encoded several times.
        (
            "w=2500&h=2000&fit=crop&fm=jpg&max-bytes=9000000",
            "w=2501&h=2000&fit=crop&fm=jpg&max-bytes=9000000",
        ),
    ] {
        let answer = client.get(&format!("{path}?{most}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{most}");
        let (status, code) = told(client.get(&format!("{path}?{more}")).await).await;
        assert_eq!((status, &*code), (StatusCode::BAD_REQUEST, "result_too_large"), "{more}");
    }
}

/// Status of an answer, and the code of a problem.
async fn told(answer: Response) -> (StatusCode, String) {
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}
