use std::{process::Stdio, time::Duration};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{client::Client, darkroom::Darkroom, python};

/// Photographs, and the label of each.
const PHOTOGRAPHS: [(&str, &str); 6] = [
    ("images/astronaut.jpg", "person"),
    ("images/coffee.jpg", "cup"),
    ("images/chelsea.png", "cat"),
    ("images/rocket.jpg", "rocket"),
    ("images/gray.jpg", "person"),
    ("images/alpha.webp", "cat"),
];

fn run(darkroom: &Darkroom, program: &str, arguments: &[&str]) {
    let mut command = python::command(program);
    command.args(arguments).envs(darkroom.environment());
    python::run(command);
}

#[tokio::test]
async fn what_is_erased_is_nowhere_and_other_peoples_readers_open_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    darkroom.verb(&["customer", "set", "demo", "--retention-days", "0"]);
    // Settings are kept for a minute.
    let darkroom = darkroom.kill_and_restart();
    let client = Client::demo(&darkroom).await;
    let mut images = Vec::new();
    for (name, label) in PHOTOGRAPHS {
        let (status, image) = client.upload(name, &format!("label={label}&consent=training")).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        images.push(image["id"].as_str().unwrap().to_owned());
        if images.len() == 4 {
            darkroom.verb(&["snapshot", "pets"]);
        }
    }
    let recipe = folder.path().join("many.toml");
    std::fs::write(&recipe, "[shards]\nbytes = 1\n").unwrap();
    darkroom.verb(&["snapshot", "pets", "--recipe", recipe.to_str().unwrap()]);
    for image in &images[..2] {
        assert_eq!(client.delete(image).await.0, StatusCode::OK);
        let s3 = darkroom.s3().await;
        let order = format!("erasure/orders/demo/{image}.json");
        let ordered = async {
            while s3.head_object().bucket("darkroom-feed").key(&order).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), ordered).await.unwrap();
    }

    // Killed again and again, each time a little later.
    for patience in 1..12 {
        let mut erasing = darkroom.command(&["erase", "--settled", "0"]);
        let mut erasing = erasing.stdout(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(patience * 8)).await;
        erasing.kill().unwrap();
        erasing.wait().unwrap();
    }
    let said = darkroom.verb(&["erase", "--settled", "0"]);
    assert!(said.trim_end().ends_with(" 0 images wait for theirs"), "{said}");

    run(&darkroom, "verify_erasure.py", &["--complete"]);
    run(&darkroom, "verify_feed.py", &[]);
    for (replaced, by, images) in [(1, 3, 2), (2, 4, 4)] {
        let gone = client.get(&format!("/v1/datasets/pets/snapshots/{replaced}")).await;
        assert_eq!(gone.status(), StatusCode::GONE);
        let problem: Value = gone.json().await.unwrap();
        assert_eq!(
            (&problem["code"], &problem["replaced_by"]),
            (&json!("snapshot_replaced"), &json!(by))
        );
        let there = client.get(&format!("/v1/datasets/pets/snapshots/{by}")).await;
        let there: Value = there.json().await.unwrap();
        assert_eq!(
            (&there["statistics"]["images"], &there["replaces"]),
            (&json!(images), &json!(replaced))
        );
        run(&darkroom, "read_snapshot.py", &["--dataset", "pets", "--snapshot", &by.to_string()]);
    }
    let page: Value = client.get("/v1/datasets/pets/snapshots").await.json().await.unwrap();
    let listed: Vec<_> = page["snapshots"].as_array().unwrap().iter().collect();
    let numbers: Vec<_> = listed.iter().map(|snapshot| snapshot["snapshot"].clone()).collect();
    assert_eq!(numbers, [json!(4), json!(3)]);
    let datasets: Value = client.get("/v1/datasets").await.json().await.unwrap();
    assert_eq!(datasets["datasets"][0]["latest"], 4);
    let compared = darkroom.attempt(&["snapshot", "diff", "pets/1", "pets/4"]);
    assert!(
        compared.log.contains("pets/1 was erased, and 3 has taken its place"),
        "{}",
        compared.log
    );
}
