//! From uploads to predictions: pictures through the API and Kafka into a snapshot, a model trained on it, deployed, asked;
//! and wrong labels corrected, from which the next model learns.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{
    client::{Client, read_json},
    darkroom::Darkroom,
    python,
};

const IMAGES: &str = "480";
const SEEDS: [&str; 3] = ["1", "2", "3"];
/// Pictures that no snapshot has.
const HELD_OUT: usize = 100;
/// Chance would be 0.25.
const ACCURACY_MIN: f64 = 0.70;
/// Of 480 labels a tenth.
const WRONG: usize = 48;
const UPLOADED_AT_ONCE: usize = 4;
/// Enough is left over for the test to tell two models apart.
const RECIPE: &str = r#"
    classes = ["circle", "square", "star", "triangle"]
    [split]
    train = 0.6
    validation = 0.1
"#;

#[tokio::test]
async fn pictures_become_a_model_that_tells_others_apart_for_each_of_three_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = start(folder.path());
    for seed in SEEDS {
        let pictures = shapes(folder.path(), seed, IMAGES);
        for class in fs::read_dir(pictures).unwrap() {
            let class = class.unwrap().path();
            let labels = format!("{},seed-{seed}", name(&class));
            let options = ["--label", &labels, "--consent", "training"];
            darkroom.verb(&[&["put", class.to_str().unwrap()][..], &options].concat());
        }
    }
    let mut endpoints = Vec::new();
    for seed in SEEDS {
        let dataset = format!("shapes-{seed}");
        let recipe = folder.path().join("recipe.toml");
        let classes = r#"classes = ["circle", "square", "star", "triangle"]"#;
        fs::write(&recipe, format!("{classes}\n[filter]\nlabels = [\"seed-{seed}\"]\n")).unwrap();
        let built = darkroom.verb(&["snapshot", &dataset, "--recipe", recipe.to_str().unwrap()]);
        assert!(built.contains(": 480 images in"), "{built}");
        let trained = train(&darkroom, &dataset, seed);
        assert!(trained.accuracy >= ACCURACY_MIN, "{dataset}: {trained:?}");
        let deployed = darkroom.verb(&["deploy", &trained.model]);
        assert_eq!(deployed, format!("model {} answers at endpoint {dataset}\n", trained.model));
        endpoints.extend(["--endpoint".to_owned(), dataset]);
    }
    let endpoints: Vec<_> = endpoints.iter().map(String::as_str).collect();
    darkroom.verb(&[&["customer", "set", "demo", "--suggest-labels"][..], &endpoints].concat());
    let mut compared = python::command("compare_onnxruntime.py");
    compared.args(["--endpoint", "shapes-1"]).envs(darkroom.environment());
    python::run(compared);
    let mut checked = python::command("check_sagemaker.py");
    checked.arg(darkroom.data().join("sagemaker"));
    python::run(checked);
    let mut rolled_back = python::command("roll_back.py");
    rolled_back.arg("shapes-1").envs(darkroom.environment());
    python::run(rolled_back);

    // Models and settings outlive the process.
    let darkroom = darkroom.kill_and_restart();
    let client = Client::demo(&darkroom).await;
    for seed in SEEDS {
        let right = told_apart(&darkroom, &client, folder.path(), seed).await;
        assert!(right >= ACCURACY_MIN, "seed {seed}: {right} of the held-out pictures");
    }
    suggested(&client, folder.path()).await;
}

#[tokio::test]
async fn labels_that_are_corrected_make_the_next_model_better() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = start(folder.path());
    let client = Client::demo(&darkroom).await;
    let recipe = folder.path().join("recipe.toml");
    fs::write(&recipe, RECIPE).unwrap();
    let recipe = recipe.to_str().unwrap();
    let mut wrong = 0;
    let mut labelled = Vec::new();
    for (file, class) in pictures(&shapes(folder.path(), "1", IMAGES)) {
        let bytes = fs::read(file).unwrap();
        // Somebody takes circles for squares, in what is learned from.
        let mistaken = class == "circle" && wrong < WRONG && is_trained_on(&bytes);
        wrong += usize::from(mistaken);
        labelled.push((bytes, if mistaken { "square".to_owned() } else { class }, mistaken));
    }
    assert_eq!(wrong, WRONG);
    let upload = async |(bytes, label, mistaken): (Vec<u8>, String, bool)| {
        let parameters = format!("label={label}&consent=training");
        let (status, image) = client.upload_bytes(bytes, &parameters).await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        (image["id"].as_str().unwrap().to_owned(), mistaken)
    };
    let uploaded: Vec<_> =
        stream::iter(labelled).map(upload).buffered(UPLOADED_AT_ONCE).collect().await;
    darkroom.verb(&["snapshot", "shapes", "--recipe", recipe]);
    let before = train(&darkroom, "shapes/1", "0");
    for (image, _) in uploaded.into_iter().filter(|(_, mistaken)| *mistaken) {
        let (status, _) = client.patch(&image, &json!({"labels": ["circle"]})).await;
        assert_eq!(status, StatusCode::OK);
    }
    darkroom.verb(&["snapshot", "shapes", "--recipe", recipe]);
    let after = train(&darkroom, "shapes/2", "0");
    let [one, other] = [test_split(&darkroom, 1), test_split(&darkroom, 2)];
    assert_eq!(one, other, "both are asked about the same pictures");
    assert!(after.accuracy > before.accuracy, "{before:?}, corrected {after:?}");
    let (status, listed) = read_json(client.get("/v1/datasets/shapes/models").await).await;
    assert_eq!(status, StatusCode::OK, "{listed}");
    let listed = listed["models"].as_array().unwrap();
    for (snapshot, trained, listed) in [(2, &after, &listed[0]), (1, &before, &listed[1])] {
        assert_eq!(listed["name"], trained.model);
        assert_eq!(listed["snapshot"], snapshot);
        let accuracy = listed["accuracy"]["test"].as_f64().unwrap();
        assert!((accuracy - trained.accuracy).abs() < 1e-3, "{listed} {trained:?}");
    }
}

#[tokio::test]
#[ignore = "installs packages, which takes minutes; make test-all runs it"]
async fn awss_own_toolkit_runs_the_same_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let darkroom = start(folder.path());
    for class in fs::read_dir(shapes(folder.path(), "1", IMAGES)).unwrap() {
        let class = class.unwrap().path();
        let options = ["--label", &name(&class), "--consent", "training"];
        darkroom.verb(&[&["put", class.to_str().unwrap()][..], &options].concat());
    }
    darkroom.verb(&["snapshot", "shapes"]);
    let mut toolkit = python::with_sagemakers_toolkit("train_in_toolkit.py");
    toolkit.args(["--dataset", "shapes", "--accuracy-min", &ACCURACY_MIN.to_string()]);
    toolkit.envs(darkroom.environment());
    python::run(toolkit);
}

/// What training printed.
#[derive(Debug)]
struct Trained {
    model: String,
    /// On the test split.
    accuracy: f64,
}

fn start(folder: &Path) -> Darkroom {
    let python = python::models_interpreter();
    Darkroom::start(&folder.join("data"), &["--training-python", python.to_str().unwrap()])
}

fn train(darkroom: &Darkroom, on: &str, seed: &str) -> Trained {
    let printed = darkroom.verb(&["train", on, "--hyperparameter", &format!("seed={seed}")]);
    let word_after = |before: &str| {
        let rest = printed.lines().find_map(|line| line.strip_prefix(before)).unwrap();
        rest.split(' ').next().unwrap().to_owned()
    };
    Trained { model: word_after("model "), accuracy: word_after("test:accuracy ").parse().unwrap() }
}

/// Makes pictures, the same for the same seed.
fn shapes(folder: &Path, seed: &str, images: &str) -> PathBuf {
    let pictures = folder.join(format!("shapes-{seed}"));
    let mut made = python::command("make_shapes.py");
    made.arg(&pictures).args(["--seed", seed, "--images", images, "--anywhere"]);
    python::run(made);
    pictures
}

/// Each file and its class.
fn pictures(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = |folder: &Path| {
        let mut paths: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort_unstable();
        paths
    };
    let of_class =
        |class: PathBuf| entries(&class).into_iter().map(move |file| (file, name(&class)));
    entries(folder).into_iter().flat_map(of_class).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// By the rule of docs/datasets.md, with the recipe's share.
fn is_trained_on(original: &[u8]) -> bool {
    let hash = HEXLOWER.encode(digest(&SHA256, original).as_ref());
    let place = digest(&SHA256, format!("split-v1:{hash}").as_bytes());
    let first = u64::from_be_bytes(place.as_ref()[..8].try_into().unwrap());
    first < u64::MAX / 10 * 6
}

/// The shares of held-out pictures that the model of a seed names rightly, asked through the API.
async fn told_apart(darkroom: &Darkroom, client: &Client, folder: &Path, seed: &str) -> f64 {
    let held_out = shapes(folder, &format!("{seed}00"), &HELD_OUT.to_string());
    let pictures: HashMap<_, _> = pictures(&held_out).into_iter().collect();
    let files: Vec<_> = pictures.keys().map(|file| file.to_str().unwrap()).collect();
    darkroom.verb(&[&["put"][..], &files].concat());
    let endpoint = format!("shapes-{seed}");
    let asked = [&["predict", "--endpoint", &endpoint][..], &files].concat();
    let told = darkroom.verb(&asked);
    let is_right = |line: &&str| {
        let (file, told) = line.split_once("  ").unwrap();
        told.split(' ').next() == Some(pictures[Path::new(file)].as_str())
    };
    let right = told.lines().filter(is_right).count();
    // Asked again, it is not asked.
    let image = id(files[0]);
    let body = json!({"endpoint": endpoint});
    let again = client.post_json(&format!("/v1/images/{image}/predictions"), &body).await;
    let (status, again) = read_json(again).await;
    assert_eq!((status, &again["stored"]), (StatusCode::OK, &json!(true)), "{again}");
    assert_eq!(told.lines().count(), HELD_OUT);
    #[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
    let share = right as f64 / HELD_OUT as f64;
    share
}

fn id(file: &str) -> String {
    customer::ImageId::of(&fs::read(file).unwrap()).0.to_string()
}

/// A picture that comes without a label is suggested one, which is accepted or corrected by setting labels.
async fn suggested(client: &Client, folder: &Path) {
    let (file, _) = pictures(&shapes(folder, "999", "4")).remove(0);
    let bytes = fs::read(file).unwrap();
    let (status, image) = client.upload_bytes(bytes.clone(), "consent=training").await;
    assert_eq!(status, StatusCode::CREATED, "{image}");
    let (id, suggestion) = (image["id"].as_str().unwrap(), &image["suggestion"]);
    assert_eq!(
        (&suggestion["state"], &suggestion["endpoint"]),
        (&json!("open"), &json!("shapes-1"))
    );
    let label = suggestion["label"].as_str().unwrap();
    for (labels, state) in [(label, "accepted"), ("something else", "corrected")] {
        let (_, changed) = client.patch(id, &json!({"labels": [labels]})).await;
        assert_eq!(changed["suggestion"]["state"], state, "{changed}");
    }
    let (status, image) = client.upload("images/coffee.jpg", "label=star").await;
    assert_eq!((status, &image["suggestion"]), (StatusCode::CREATED, &Value::Null), "{image}");
}

/// The names of the test split's shards, which are the hashes of what is in them.
fn test_split(darkroom: &Darkroom, number: u32) -> Value {
    let mut read = python::command("read_published.py");
    read.args(["shapes", &number.to_string(), "test"]).envs(darkroom.environment());
    serde_json::from_str(&python::run(read)).unwrap()
}
