use reqwest::StatusCode;
use serde_json::json;
use tests::{client::Client, darkroom::Darkroom};

#[tokio::test]
async fn what_a_customer_withdraws_is_in_no_snapshot_and_comes_back_with_no_undo() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    darkroom.verb(&["customer", "set", "demo", "--default-consent", "training"]);
    let client = Client::demo(&darkroom).await;
    let mut images = Vec::new();
    for (name, parameters) in [
        ("images/astronaut.jpg", "consent=training"),
        ("images/coffee.jpg", "consent=training"),
        ("images/rocket.jpg", "consent=none"),
    ] {
        let (status, image) = client.upload(name, parameters).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        images.push(image["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(client.delete(&images[1]).await.0, StatusCode::OK);
    let before = darkroom.verb(&["snapshot", "photographs", "--dry-run", "--wait", "60"]);
    assert!(before.contains(": 1 images"), "{before}");

    let said = darkroom.verb(&["customer", "withdraw", "demo"]);
    assert!(said.contains("2 images of demo may not be trained on any more"), "{said}");
    let undeleted = client.patch(&images[1], &json!({"undelete": true})).await.1;
    assert_eq!((&undeleted["consent"], &undeleted["state"]), (&json!("none"), &json!("live")));
    let shown = client.show(&images[0]).await.1;
    assert_eq!((&shown["consent"], &shown["version"]), (&json!("none"), &json!(2)));
    assert_eq!(client.show(&images[2]).await.1["version"], 1, "it had agreed to nothing");
    let seen = format!("staged/demo/{}.json", images[0]);
    let s3 = darkroom.s3().await;
    let marker = s3.get_object().bucket("darkroom-feed").key(seen).send().await.unwrap();
    let marker = marker.body.collect().await.unwrap().into_bytes();
    let marker: serde_json::Value = serde_json::from_slice(&marker).unwrap();
    assert_eq!((&marker["version"], &marker["outcome"]), (&json!(2), &json!("withheld")));
    let after = darkroom.verb(&["snapshot", "photographs", "--dry-run"]);
    assert_eq!(after.matches("\"reason\":\"no_consent\"").count(), 3, "{after}");
    let (_, silent) = client.upload("images/chelsea.png", "").await;
    assert_eq!(silent["consent"], "none");
}
