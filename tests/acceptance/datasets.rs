//! Datasets as data scientists get at them: `darkroom snapshot`, and other people's readers.

use std::{fs, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use tests::{
    client::{Client, path, read},
    darkroom::Darkroom,
    python,
};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_mins(2);
/// Photographs and their labels: two of one class, one of two, one of none.
const PHOTOGRAPHS: [(&str, &str); 8] = [
    ("images/astronaut.jpg", "label=person&consent=training"),
    ("images/coffee.jpg", "label=cup&consent=training"),
    ("images/chelsea.png", "label=cat&consent=training"),
    ("images/rocket.jpg", "label=rocket&label=night&consent=training"),
    ("images/gray.jpg", "consent=training"),
    ("images/alpha.webp", "label=cat&consent=training"),
    ("images/seeding-2mb.jpg", "label=flower&consent=training"),
    ("images/alpha.png", "label=cat"),
];

#[tokio::test]
async fn other_peoples_readers_open_a_snapshot_and_agree() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    let originals = folder.path().join("originals");
    fs::create_dir(&originals).unwrap();
    let mut images = Vec::new();
    for (name, parameters) in PHOTOGRAPHS {
        let (status, image) = client.upload(name, parameters).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        fs::write(originals.join(image["sha256"].as_str().unwrap()), read(name)).unwrap();
        images.push(image["id"].as_str().unwrap().to_owned());
    }
    for image in &images[..PHOTOGRAPHS.len() - 1] {
        let staged = async {
            while client.show(image).await.1["feed"] != "staged" {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, staged).await.unwrap();
    }
    // What is withdrawn is out at once, whatever the feed has staged.
    let (status, _) = client.patch(&images[1], &json!({"consent": "none"})).await;
    assert_eq!(status, StatusCode::OK);

    let dry = darkroom.verb(&["snapshot", "photographs", "--dry-run"]);
    assert_eq!(dry.matches("\"reason\":\"no_consent\"").count(), 2, "{dry}");
    let built = darkroom.verb(&["snapshot", "photographs"]);
    assert!(built.contains("snapshot 1 of 'photographs': 6 images in"), "{built}");
    let recipe = folder.path().join("small.toml");
    fs::write(&recipe, "classes = [\"cat\"]\n[transform]\nedge_max_px = 128\n").unwrap();
    let small = ["snapshot", "photographs", "--recipe", recipe.to_str().unwrap()];
    assert!(darkroom.verb(&small).contains("snapshot 2 of 'photographs': 6 images in"));
    assert!(darkroom.verb(&small).contains("snapshot 2 of"), "nothing has changed");
    for number in ["1", "2"] {
        let mut reader = python::command("read_snapshot.py");
        reader.args(["--dataset", "photographs", "--snapshot", number, "--originals"]);
        python::run({
            reader.arg(&originals).envs(darkroom.environment());
            reader
        });
    }
    let missing = darkroom.attempt(&[
        "snapshot",
        "photographs",
        "--recipe",
        path("images").to_str().unwrap(),
    ]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.log.contains("cannot be read"), "{}", missing.log);
    let refused = darkroom.attempt(&["snapshot", "Photographs"]);
    assert!(refused.log.contains("lower-case letters"), "{}", refused.log);
}
