use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{client::Client, darkroom::Darkroom};

/// What `POST …/snapshots` of the dataset says.
async fn ask(client: &Client, dataset: &str, order: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/datasets/{dataset}/snapshots");
    let answer = client.post_json(&path, order).await;
    (answer.status(), answer.json().await.unwrap())
}

/// The request at its end.
async fn ended(client: &Client, asked: &Value) -> Value {
    let request = asked["request"].as_str().unwrap();
    let path = format!("/v1/datasets/{}/requests/{request}", asked["dataset"].as_str().unwrap());
    client.wait(&path, |now| now["state"] == "published" || now["state"] == "failed").await
}

#[tokio::test]
async fn a_snapshot_is_asked_for_followed_and_fetched_without_any_key_of_aws() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    let mut images = Vec::new();
    for (name, label) in [("images/chelsea.png", "cat"), ("images/coffee.jpg", "cup")] {
        let (_, image) = client.upload(name, &format!("label={label}&consent=training")).await;
        images.push(image["id"].as_str().unwrap().to_owned());
    }
    let none: Value = client.get("/v1/datasets").await.json().await.unwrap();
    assert_eq!(none, json!({"datasets": []}));
    let (status, asked) = ask(&client, "pets", &json!({})).await;
    assert_eq!((status, &asked["state"]), (StatusCode::ACCEPTED, &json!("waiting")), "{asked}");
    let now = ended(&client, &asked).await;
    assert_eq!(
        (&now["state"], &now["snapshot"], &now["images"]),
        (&json!("published"), &json!(1), &json!(2)),
        "{now}"
    );
    let (_, asked) =
        ask(&client, "pets", &json!({"recipe": {"filter": {"labels": ["cat"]}}})).await;
    assert_eq!(ended(&client, &asked).await["snapshot"], 2);

    let datasets: Value = client.get("/v1/datasets").await.json().await.unwrap();
    assert_eq!(datasets, json!({"datasets": [{"name": "pets", "latest": 2}]}));
    let page: Value = client.get("/v1/datasets/pets/snapshots?limit=1").await.json().await.unwrap();
    assert_eq!((&page["snapshots"][0]["snapshot"], &page["next_cursor"]), (&json!(2), &json!(2)));
    assert_eq!(page["snapshots"][0]["left_out"], json!({"other_labels": 1}));
    let page: Value =
        client.get("/v1/datasets/pets/snapshots?cursor=2").await.json().await.unwrap();
    assert_eq!(page["snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&page["snapshots"][0]["snapshot"], &page["next_cursor"]),
        (&json!(1), &Value::Null)
    );

    let latest: Value =
        client.get("/v1/datasets/pets/snapshots/latest").await.json().await.unwrap();
    assert_eq!((&latest["snapshot"], &latest["classes"]), (&json!(2), &json!(["cat"])));
    assert_eq!(latest["statistics"]["images"], 1);
    let splits = latest["splits"].as_object().unwrap().values();
    let shards: Vec<_> = splits.flat_map(|split| split["shards"].as_array().unwrap()).collect();
    assert_eq!(shards.len(), 1);
    let fetch = async |url: &Value| {
        let answer = client.http.get(url.as_str().unwrap()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.bytes().await.unwrap()
    };
    assert_eq!(fetch(&shards[0]["url"]).await.len() as u64, shards[0]["bytes"].as_u64().unwrap());
    let files = latest["files"].as_array().unwrap();
    let sheet = files.iter().find(|file| file["name"] == "contact_sheet.svg").unwrap();
    assert!(fetch(&sheet["url"]).await.starts_with(b"<svg"));

    let held = async |image: &str| -> Value {
        client.get(&format!("/v1/images/{image}/snapshots")).await.json().await.unwrap()
    };
    let of = |numbers: &[u32]| {
        let snapshots: Vec<_> =
            numbers.iter().map(|number| json!({"dataset": "pets", "snapshot": number})).collect();
        json!({"snapshots": snapshots})
    };
    assert_eq!(held(&images[0]).await, of(&[1, 2]));
    assert_eq!(held(&images[1]).await, of(&[1]));
    let (status, _) = client.delete(&images[0]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(held(&images[0]).await, of(&[1, 2]), "deleting an image does not change the past");
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    for (dataset, order, part) in [
        ("Pets", json!({}), "lower-case letters"),
        ("diff", json!({}), "'diff'"),
        ("pets", json!({"recipe": {"filter": []}}), "recipe.filter is an object"),
        ("pets", json!({"recipe": {"filters": {}}}), "unknown field `filters`"),
        ("pets", json!({"recipe": {"split": {"train": 0.9, "validation": 0.2}}}), "shares"),
        ("pets", json!({"recipes": {}}), "unknown field `recipes`"),
    ] {
        let (status, problem) = ask(&client, dataset, &order).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
        assert!(problem["detail"].as_str().unwrap().contains(part), "{problem}");
    }
    let nothing = ended(&client, &ask(&client, "pets", &json!({})).await.1).await;
    assert_eq!(nothing["state"], "failed");
    assert!(nothing["reason"].as_str().unwrap().contains("no image is left"), "{nothing}");
    for (path, code) in [
        ("/v1/datasets/birds/snapshots", "snapshot_not_found"),
        ("/v1/datasets/pets/snapshots/1", "snapshot_not_found"),
        ("/v1/datasets/pets/snapshots/latest", "snapshot_not_found"),
        ("/v1/datasets/..%2Fpets/snapshots/1", "snapshot_not_found"),
        ("/v1/datasets/pets/requests/1", "request_not_found"),
        ("/v1/images/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/snapshots", "image_not_found"),
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap()["code"], code, "{path}");
    }
}
