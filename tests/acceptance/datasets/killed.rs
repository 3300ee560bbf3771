use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use aws_sdk_s3::Client as S3;
use tests::{client::Client, darkroom::Darkroom};

/// Each image in a shard of its own, so that there is time to be killed.
const RECIPE: &str = "[shards]\nbytes = 1\n[transform]\nedge_max_px = 500\n";
const IMAGES: [&str; 7] = [
    "images/astronaut.jpg",
    "images/coffee.jpg",
    "images/chelsea.png",
    "images/rocket.jpg",
    "images/gray.jpg",
    "images/alpha.webp",
    "images/seeding-2mb.jpg",
];

#[tokio::test]
async fn a_build_that_is_killed_again_and_again_is_the_one_of_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    let recipe = folder.path().join("recipe.toml");
    std::fs::write(&recipe, RECIPE).unwrap();
    let build = ["snapshot", "pets", "--recipe", recipe.to_str().unwrap()];
    let darkroom = Darkroom::start(&here, &[]);
    let client = Client::demo(&darkroom).await;
    for name in IMAGES {
        let label = name.trim_start_matches("images/").split('.').next().unwrap();
        client.upload(name, &format!("label={label}&consent=training")).await;
    }
    // All of the feed and of the records, as it is now, for the other machine.
    darkroom.verb(&["snapshot", "staged"]);
    copy(&here, &there);

    let mut killed = 0;
    let mut patience = Duration::from_millis(5);
    while !ends_within(&mut darkroom.command(&build), patience) {
        killed += 1;
        patience += Duration::from_millis(5);
    }
    assert!(killed > 3, "it was killed {killed} times");
    let other = Darkroom::start(&there, &[]);
    let mut elsewhere = on_another_processor(&other.command(&build));
    let elsewhere = elsewhere.envs([("TZ", "Asia/Kathmandu"), ("LANG", "tr_TR.UTF-8")]).output();
    let printed = String::from_utf8(elsewhere.unwrap().stdout).unwrap();
    assert!(printed.contains("snapshot 1 of 'pets': 7 images in 7 shards"), "{printed}");
    let (one, two) = (objects(&darkroom.s3().await).await, objects(&other.s3().await).await);
    assert!(one.keys().eq(two.keys()), "{:?}\n{:?}", one.keys(), two.keys());
    assert!(one.len() > 7 + 10, "{:?}", one.keys());
    for (key, bytes) in one {
        assert!(bytes == two[&key], "{key} differs");
    }
}

/// The same command on a processor of 2006, emulated, which has none of the instructions that codecs and resizing choose
/// today. Elsewhere than on x86-64 there is none to choose.
fn on_another_processor(command: &Command) -> Command {
    let mut other = if cfg!(target_arch = "x86_64") {
        let mut emulated = Command::new("qemu-x86_64");
        emulated.args(["-cpu", "Conroe"]).arg(command.get_program());
        emulated
    } else {
        Command::new(command.get_program())
    };
    other.args(command.get_args());
    other
}

/// Whether it came to its end by itself.
fn ends_within(command: &mut Command, patience: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// Everything that the snapshot is made of; what notes a killed build left is no part of it.
pub(super) async fn objects(s3: &S3) -> BTreeMap<String, Vec<u8>> {
    let mut objects = BTreeMap::new();
    for prefix in ["datasets/pets/snapshots/", "datasets/pets/shards/", "members/"] {
        let listed = s3.list_objects_v2().bucket("darkroom-feed").prefix(prefix).send().await;
        for object in listed.unwrap().contents.unwrap_or_default() {
            let key = object.key.unwrap();
            let got = s3.get_object().bucket("darkroom-feed").key(&key).send().await.unwrap();
            let bytes = got.body.collect().await.unwrap().to_vec();
            objects.insert(key, bytes);
        }
    }
    objects
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn what_was_asked_for_is_built_after_the_machine_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    let client = Client::demo(&darkroom).await;
    client.upload(IMAGES[0], "label=person&consent=training").await;
    let order = serde_json::json!({});
    let asked = client.post_json("/v1/datasets/people/snapshots", &order).await;
    assert_eq!(asked.status(), reqwest::StatusCode::ACCEPTED);
    let location = asked.headers()["location"].to_str().unwrap().to_owned();
    darkroom = darkroom.kill_and_restart();
    let client = Client::demo(&darkroom).await;
    let published = client.wait(&location, |request| request["state"] == "published").await;
    assert_eq!((&published["snapshot"], &published["images"]), (&1.into(), &1.into()));
}
