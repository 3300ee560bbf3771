//! Datasets as data scientists get at them: `darkroom snapshot`, the API, and other people's readers.

/// Snapshots that are asked for through the API, and who may.
mod asked;
/// A committed state, and what other machines made of it.
mod golden;
/// Builds that are killed, and the same state elsewhere.
mod killed;

use std::fs;

use reqwest::StatusCode;
use serde_json::json;
use tests::{
    client::{Client, path, read},
    darkroom::Darkroom,
    python,
};

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
    // What is withdrawn is out at once, whatever the feed has staged.
    let (status, _) = client.patch(&images[1], &json!({"consent": "none"})).await;
    assert_eq!(status, StatusCode::OK);

    // It waits for the feed by itself.
    let built = darkroom.verb(&["snapshot", "photographs"]);
    let dry = darkroom.verb(&["snapshot", "photographs", "--dry-run"]);
    assert_eq!(dry.matches("\"reason\":\"no_consent\"").count(), 2, "{dry}");
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
        let mut training = python::with_sagemakers_toolkit("train_channels.py");
        training.args(["--dataset", "photographs", "--snapshot", number]);
        training.envs(darkroom.environment());
        python::run(training);
    }
    let mut query = python::command("query_index.py");
    query.args(["--dataset", "photographs", "--template"]).arg(path("../infra/analytics.yaml"));
    query.envs(darkroom.environment());
    python::run(query);
    let mut scientist = python::command("as_data_scientist.py");
    scientist.args(["--dataset", "photographs", "--forbidden"]);
    scientist.args(["darkroom-service", &darkroom.environment()["CUSTOMER_BUCKET"]]);
    scientist.envs(darkroom.environment_of("data-scientist"));
    python::run(scientist);
    let compared = darkroom.verb(&["snapshot", "diff", "photographs/1", "photographs/2"]);
    let expected = "photographs/1 to photographs/2: added 0, changed 6, removed 0";
    assert!(compared.contains(expected), "{compared}");
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
