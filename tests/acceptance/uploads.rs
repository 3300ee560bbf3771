//! Uploads by ticket, at once and in parts, as any HTTP client makes them; by Uppy in `tests/browser/uppy.mjs`.

use std::collections::BTreeSet;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tests::{client::Client, darkroom::Darkroom};

/// What S3 wants of a part that is not the last.
const PART_BYTES_MIN: usize = 5 << 20;

/// A bitmap of a little over six megabytes, all of one colour.
fn bitmap(color: [u8; 3]) -> Vec<u8> {
    let (width, height) = (1600_u32, 1300_u32);
    let pixels = (width * height * 3) as usize;
    let mut file = b"BM".to_vec();
    for number in [54 + width * height * 3, 0, 54, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 24, 0]);
    file.resize(54, 0);
    file.extend(color.iter().cycle().take(pixels));
    file
}

async fn started() -> (tempfile::TempDir, Darkroom, Client) {
    let data = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&data.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    (data, darkroom, client)
}

async fn ticket(client: &Client, bytes: usize, media_type: &str) -> Value {
    let asked = json!({"type": media_type, "bytes": bytes, "labels": ["in parts"]});
    let answer = client.post_json("/v1/uploads", &asked).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

/// The address that `asked` is signed for, or the problem.
async fn sign(client: &Client, asked: &Value) -> Result<String, (u16, Value)> {
    let answer = client.post_json("/v1/uploads/sign", asked).await;
    let status = answer.status();
    let signed: Value = answer.json().await.unwrap();
    match status {
        StatusCode::OK => Ok(signed["url"].as_str().unwrap().to_owned()),
        refused => Err((refused.as_u16(), signed["code"].clone())),
    }
}

/// An upload in parts, as S3 knows it.
struct Parts<'a> {
    client: &'a Client,
    key: Value,
    upload_id: String,
}

impl<'a> Parts<'a> {
    async fn begin(client: &'a Client, ticket: &Value) -> Self {
        let key = ticket["key"].clone();
        let url = sign(client, &json!({"method": "POST", "key": key})).await.unwrap();
        let begun = client.http.post(url).header("content-type", ticket["type"].as_str().unwrap());
        let xml = begun.send().await.unwrap().error_for_status().unwrap().text().await.unwrap();
        let upload_id = xml.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap();
        Self { client, key, upload_id: upload_id.to_owned() }
    }

    async fn ask(&self, method: Method, part: Option<usize>, body: Vec<u8>) -> Response {
        let mut asked =
            json!({"method": method.as_str(), "key": self.key, "uploadId": self.upload_id});
        if let Some(part) = part {
            asked["partNumber"] = part.into();
        }
        let url = sign(self.client, &asked).await.unwrap();
        self.client.http.request(method, url).body(body).send().await.unwrap()
    }

    /// Puts a part, and returns its ETag.
    async fn put(&self, number: usize, bytes: &[u8]) -> String {
        let put = self.ask(Method::PUT, Some(number), bytes.to_vec()).await;
        assert_eq!(put.status(), StatusCode::OK);
        put.headers()["etag"].to_str().unwrap().to_owned()
    }

    async fn complete(&self, etags: &[String]) -> Response {
        let part = |(etag, number): (&String, usize)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        };
        let parts: String = etags.iter().zip(1..).map(part).collect();
        let xml = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        self.ask(Method::POST, None, xml.into_bytes()).await
    }
}

async fn ended(client: &Client, ticket: &Value) -> Value {
    let path = format!("/v1/uploads/{}", ticket["id"].as_str().unwrap());
    client.wait(&path, |ticket| ticket["state"] != "waiting").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_parts_after_a_break_and_is_accepted_once() {
    let (_data, _darkroom, client) = started().await;
    let file = bitmap([10, 20, 30]);
    let ticket = ticket(&client, file.len(), "image/bmp").await;
    let parts = Parts::begin(&client, &ticket).await;
    let (first, last) = file.split_at(PART_BYTES_MIN);
    let etag = parts.put(1, first).await;
    // Whoever comes back asks what is there already.
    let listed = parts.ask(Method::GET, None, Vec::new()).await.text().await.unwrap();
    assert!(listed.contains("<PartNumber>1</PartNumber>") && !listed.contains("<PartNumber>2<"));
    let etags = [etag, parts.put(2, last).await];
    assert_eq!(parts.complete(&etags).await.status(), StatusCode::OK);
    let accepted = ended(&client, &ticket).await;
    assert_eq!(accepted["state"], "accepted", "{accepted}");
    let (_, image) = client.show(accepted["image"].as_str().unwrap()).await;
    assert_eq!((&image["bytes"], &image["labels"]), (&file.len().into(), &json!(["in parts"])));
    let again = sign(&client, &json!({"method": "PUT", "key": ticket["key"]})).await;
    assert_eq!(again, Err((409, "upload_ended".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_another_length_than_was_said_are_refused_unread() {
    let (_data, darkroom, client) = started().await;
    let file = bitmap([40, 50, 60]);
    let ticket = ticket(&client, file.len() - 1, "image/bmp").await;
    let parts = Parts::begin(&client, &ticket).await;
    let etags = [parts.put(1, &file).await];
    assert_eq!(parts.complete(&etags).await.status(), StatusCode::OK);
    let refused = ended(&client, &ticket).await;
    let reason = format!("{} bytes came, and the ticket is for {}", file.len(), file.len() - 1);
    assert_eq!((&refused["code"], &refused["reason"]), (&"length_differs".into(), &reason.into()));
    let left =
        darkroom.s3().await.list_objects_v2().bucket("darkroom-customer-demo").prefix("incoming/");
    let left = left.send().await.unwrap();
    assert_eq!(left.key_count, Some(0), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_leaves_no_part() {
    let (_data, _darkroom, client) = started().await;
    let ticket = ticket(&client, 6 << 20, "image/bmp").await;
    let parts = Parts::begin(&client, &ticket).await;
    parts.put(1, &[7; 100]).await;
    let aborted = parts.ask(Method::DELETE, None, Vec::new()).await;
    assert_eq!(aborted.status(), StatusCode::NO_CONTENT);
    let listed = parts.ask(Method::GET, None, Vec::new()).await;
    assert_eq!(listed.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_signed() {
    let (_data, _darkroom, client) = started().await;
    let ticket = ticket(&client, 100, "image/png").await;
    let key = &ticket["key"];
    for (asked, status, code) in [
        (json!({"method": "PUT", "key": "originals/x"}), 400, "invalid_request"),
        (
            json!({"method": "PUT", "key": format!("incoming/{}", "a".repeat(32))}),
            404,
            "upload_not_found",
        ),
        (json!({"method": "DELETE", "key": key}), 400, "invalid_request"),
        (json!({"method": "GET", "key": key}), 400, "invalid_request"),
        (json!({"method": "PUT", "key": key, "contentType": "image/gif"}), 400, "invalid_request"),
        (json!({"method": "PUT", "key": key, "uploadId": "a"}), 400, "invalid_request"),
        (
            json!({"method": "PUT", "key": key, "uploadId": "a", "partNumber": 0}),
            400,
            "invalid_request",
        ),
        (
            json!({"method": "PUT", "key": key, "uploadId": "a", "partNumber": 10_001}),
            400,
            "invalid_request",
        ),
        (
            json!({"method": "GET", "key": key, "uploadId": "a&partNumber=1"}),
            400,
            "invalid_request",
        ),
        (json!({"method": "PATCH", "key": key, "uploadId": "a"}), 400, "invalid_request"),
    ] {
        assert_eq!(sign(&client, &asked).await, Err((status, code.into())), "{asked}");
    }
    // An upload of another key is none of this one's.
    let other = Parts::begin(&client, &ticket).await;
    let second = self::ticket(&client, 100, "image/png").await;
    let asked = json!({"method": "GET", "key": second["key"], "uploadId": other.upload_id});
    let url = sign(&client, &asked).await.unwrap();
    assert_eq!(client.http.get(url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    // Signed is one length, and one type.
    let url = sign(&client, &json!({"method": "PUT", "key": key, "expiresIn": 60})).await.unwrap();
    assert!(url.contains("X-Amz-Expires=60"), "{url}");
    for (length, media_type, status) in [
        (99, "image/png", StatusCode::FORBIDDEN),
        (100, "image/gif", StatusCode::FORBIDDEN),
        (100, "image/png", StatusCode::OK),
    ] {
        let put = client.http.put(&url).header("content-type", media_type).body(vec![1; length]);
        assert_eq!(put.send().await.unwrap().status(), status, "{length} {media_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_put_and_what_is_there_is_left_out() {
    let (_data, darkroom, client) = started().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    let [first, second, broken, note] =
        ["a.jpg", "below/b.PNG", "broken.jpg", "note.txt"].map(|name| folder.path().join(name));
    std::fs::write(&first, tests::client::read("images/small-1.jpg")).unwrap();
    std::fs::write(&second, tests::client::read("images/small-2.png")).unwrap();
    std::fs::write(note, "no image, by its name").unwrap();
    let put =
        ["put", folder.path().to_str().unwrap(), "--label=carried", "--user=demo@example.com"];
    let told = darkroom.attempt(&put);
    assert!(told.log.ends_with("2 uploaded, 0 were there, 0 not uploaded\n"), "{told:?}");
    let images: Value = client.get("/v1/images?label=carried").await.json().await.unwrap();
    let id = |name: &str| {
        let named = images["images"].as_array().unwrap().iter().find(|image| image["name"] == name);
        named.unwrap_or_else(|| panic!("no {name} in {images}"))["id"].as_str().unwrap()
    };
    for (line, (file, name)) in told.printed.lines().zip([(&first, "a.jpg"), (&second, "b.PNG")]) {
        assert!(line.starts_with(&format!("{}  {}  ", file.display(), id(name))), "{line}");
    }
    std::fs::write(&broken, "not a JPEG").unwrap();
    let again = darkroom.attempt(&put);
    assert_eq!(again.code, Some(1));
    assert!(again.log.ends_with("0 uploaded, 2 were there, 1 not uploaded\n"), "{again:?}");
    let [a, b, c] = again.printed.lines().collect::<Vec<_>>()[..] else { panic!("{again:?}") };
    assert_eq!([a, c].map(str::to_owned), told.printed.lines().collect::<Vec<_>>()[..]);
    assert!(b.starts_with(&format!("{}  not uploaded: ", broken.display())), "{b}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_deleted_each_by_itself() {
    let (_data, _darkroom, client) = started().await;
    let mut ids = BTreeSet::new();
    for fixture in ["images/small-1.jpg", "images/small-2.png", "images/small-3.jpg"] {
        let (status, image) = client.upload(fixture, "").await;
        assert_eq!(status, StatusCode::CREATED);
        ids.insert(image["id"].as_str().unwrap().to_owned());
    }
    let unknown = "a".repeat(32);
    let asked: Vec<_> = ids.iter().chain([&unknown, &unknown]).collect();
    for _ in 0..2 {
        let answer = client.post_json("/v1/images:batchDelete", &json!({"ids": asked})).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let ended: Value = answer.json().await.unwrap();
        assert_eq!(ended["deleted"], json!(ids));
        let failed = json!([{"id": unknown, "code": "image_not_found", "detail": "no such image"}]);
        assert_eq!(ended["failed"], failed);
    }
    for id in &ids {
        let (_, image) = client.show(id).await;
        assert_eq!((&image["state"], &image["version"]), (&"deleted".into(), &2.into()));
    }
    for wrong in [json!([]), json!(vec!["a"; 1]), json!(0)] {
        let answer = client.post_json("/v1/images:batchDelete", &json!({"ids": wrong})).await;
        let expected = if wrong == json!(["a"]) { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status(), expected, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_tells_how_it_looks_and_how_it_was_taken() {
    let (_data, _darkroom, client) = started().await;
    let (_, image) = client.upload("images/astronaut.jpg", "").await;
    let (_, similar) = client.upload("images/gray.jpg", "").await;
    let hash = |image: &Value| {
        u64::from_str_radix(image["look"]["perceptual_hash"].as_str().unwrap(), 16).unwrap()
    };
    assert_eq!(image["look"]["dominant_color"].as_str().unwrap().len(), 7);
    assert!((24..=40).contains(&image["look"]["thumbhash"].as_str().unwrap().len()), "{image}");
    let apart = (hash(&image) ^ hash(&similar)).count_ones();
    assert!(apart <= 6, "the same photograph, smaller and without colours: {apart} bits");
    let (_, other) = client.upload("images/chelsea.png", "").await;
    let apart = (hash(&image) ^ hash(&other)).count_ones();
    assert!(apart >= 16, "another photograph: {apart} bits");
    assert_eq!(image["camera"], Value::Null, "nothing is known of it");
    let (_, taken) = client.upload("metadata/camera.jpg", "").await;
    let camera = json!({"make": "PRIVATE make", "taken_at": "2024-05-01T12:00:00"});
    assert_eq!(taken["camera"], camera);
}
