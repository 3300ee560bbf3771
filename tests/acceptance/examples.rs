//! What docs/ and the README tell people to type, typed: a page is one shell, line by line, as the lines stand there.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use customer::Recipe;
use reqwest::StatusCode;
use tempfile::TempDir;
use tests::{Program, client::Client, darkroom::Darkroom, python};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// How lines begin that are run elsewhere, and where.
const RUN_ELSEWHERE: [(&str, &str); 2] = [
    ("make ", "CI runs `make test`; each other target is one of these, or takes minutes"),
    ("npm ", "`make console` runs the same, by infra/setup/npm.sh"),
];
/// Its lines want a broker whose topics can be made.
const KAFKA: &str = "kafka.md";
/// What a page may take. A customer's settings hold after half a minute, a removal waits as long, and a model is trained.
const PAGE_SECONDS: &str = "600";

/// What comes before a page's Python: it is a data scientist's.
const PYTHON: &str = concat!(
    "eval \"$(darkroom env --role data-scientist)\"\n",
    env!("CARGO_MANIFEST_DIR"),
    "/../.venv/bin/python - <<'END OF PYTHON'\n"
);

/// A shell's working folder beside a running darkroom.
struct Desk {
    folder: TempDir,
    darkroom: Darkroom,
    client: Client,
    image: String,
}

impl Desk {
    /// With one photograph of the demo customer's, and one in a bucket that somebody had before.
    async fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let training = python::models_interpreter();
        let training = ["--training-python", training.to_str().unwrap()];
        let options = [options, &training].concat();
        let darkroom = Darkroom::start(&folder.path().join("data"), &options);
        let client = Client::demo(&darkroom).await;
        let (status, image) = client.upload("images/astronaut.jpg", "visibility=public").await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        let s3 = darkroom.s3().await;
        s3.create_bucket().bucket("acme-photos").send().await.unwrap();
        let photo = fs::read(format!("{ROOT}/fixtures/images/coffee.jpg")).unwrap();
        let put = s3.put_object().bucket("acme-photos").key("photos/coffee.jpg");
        put.body(photo.into()).send().await.unwrap();
        fs::create_dir_all(folder.path().join("target/release")).unwrap();
        for program in ["darkroom", "consumer", "model"] {
            let built = Program::binary().with_file_name(program);
            symlink(built, folder.path().join("target/release").join(program)).unwrap();
        }
        for name in ["fixtures", "infra", "tests", ".venv"] {
            symlink(format!("{ROOT}/{name}"), folder.path().join(name)).unwrap();
        }
        // `curl` ends well only with a good answer.
        fs::write(folder.path().join(".curlrc"), "fail\n").unwrap();
        let image = image["id"].as_str().unwrap().to_owned();
        Self { folder, darkroom, client, image }
    }

    /// Runs commands in one shell, which stops at the first that fails; returns what they print.
    fn type_in(&self, commands: &str) -> String {
        let programs = self.folder.path().join("target/release");
        let programs = programs.display();
        // `python3` has what training wants, and `aws` is the one that is pinned.
        let (training, python) = (python::models_interpreter(), format!("{ROOT}/.venv/bin"));
        let training = training.parent().unwrap().display();
        let script = format!("PATH={programs}:{training}:{python}:$PATH\n{commands}");
        let mut shell = Command::new("timeout");
        shell.args([PAGE_SECONDS, "bash", "-euo", "pipefail", "-c", &script]);
        shell.current_dir(&self.folder);
        shell.env("CURL_HOME", self.folder.path()).env("DARKROOM_DATA", self.darkroom.data());
        shell.env("URL", &self.client.url).env("TOKEN", &self.client.id_token);
        shell.env("IMAGE", &self.image);
        let ended = shell.output().unwrap();
        let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{commands}\n{printed}{said}");
        printed
    }
}

/// A page's code and its language: `sh` where it is only indented.
fn blocks(page: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(page).unwrap();
    let (mut blocks, mut fence) = (vec![], None::<String>);
    let mut block = String::new();
    let mut end = |language: &str, block: &mut String| {
        let text = std::mem::take(block);
        if !text.trim().is_empty() {
            blocks.push((language.to_owned(), text));
        }
    };
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            end(fence.as_deref().unwrap_or("sh"), &mut block);
            fence = if fence.is_none() { Some(language.to_owned()) } else { None };
            continue;
        }
        match line.strip_prefix("    ") {
            _ if fence.is_some() => block.extend([line, "\n"]),
            Some(code) => block.extend([code, "\n"]),
            // An empty line within a block belongs to it.
            None if line.is_empty() && !block.is_empty() => block.push('\n'),
            None => end("sh", &mut block),
        }
    }
    end("sh", &mut block);
    blocks
}

/// A block as a shell takes it.
fn commands(language: &str, block: &str) -> Vec<String> {
    match language {
        "python" => vec![format!("{PYTHON}{block}END OF PYTHON")],
        "sh" => block.replace("\\\n", "").lines().filter_map(as_command).collect(),
        _ => vec![],
    }
}

/// A line as a command, unless it is run elsewhere: a request may stand for itself, and what finds something missing says
/// so in its exit code.
fn as_command(line: &str) -> Option<String> {
    if RUN_ELSEWHERE.iter().any(|(beginning, _)| line.starts_with(beginning)) {
        return None;
    }
    if line.contains(" customer check ") {
        let (command, _) = line.split_once('#').unwrap_or((line, ""));
        return Some(format!("{command} || test $? -eq 1"));
    }
    // The desk stands beside one, and that has no such model.
    if line.contains("darkroom up ") || line.contains("model_server.py") {
        return None;
    }
    // Ended by the clock, and by nothing else.
    if line.ends_with("consumer run") || line.contains("model serve ") {
        return Some(format!("timeout 5 {line} > told.log || test $? -eq 124"));
    }
    // Nothing is there before the feed has come to it.
    if line.starts_with("aws s3 ls ") {
        return Some(format!("timeout 60 bash -c 'until {line}; do sleep 1; done'"));
    }
    // What only AWS does is read by its CLI, and not sent.
    if line.starts_with("aws ") && !line.starts_with("aws s3 ") {
        return Some(format!(
            "AWS_DEFAULT_REGION=eu-central-1 {line} --generate-cli-skeleton output"
        ));
    }
    if line.starts_with("python3 infra/deploy.py ") {
        return Some(format!("{line} --dry-run"));
    }
    let Some(path) = line.strip_prefix("GET ") else { return Some(line.to_owned()) };
    let path = path.replace("{customer}", "demo").replace("{image}", "$IMAGE");
    Some(format!("curl -sS -o /dev/null -w '%{{content_type}}\\n' \"$URL{path}\""))
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(format!("{ROOT}/docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    docs.chain(["README.md", "ARCHITECTURE.md"].map(|name| format!("{ROOT}/{name}").into()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_docs_tell_people_to_type_works() {
    let mut typed = 0;
    for page in pages() {
        let blocks = blocks(&page);
        let lines: Vec<_> =
            blocks.iter().flat_map(|(language, text)| commands(language, text)).collect();
        let is_kafka = page.ends_with(KAFKA);
        if lines.is_empty() || is_kafka && !tests::kafka::is_apache() {
            continue;
        }
        let jars = tests::kafka::jars();
        let apache = ["--kafka=apache", "--kafka-jars", jars.to_str().unwrap()];
        let desk = Desk::new(if is_kafka { &apache } else { &[] }).await;
        let here = lines.join("\n").replace("http://localhost:8080", &desk.client.url);
        // Pages of one customer's: the demo customer's here, unless the page makes one.
        let here = if page.ends_with("urls.md") {
            here.replace("/acme/", "/demo/").replace(" acme ", " demo ")
        } else {
            here
        };
        let printed = desk.type_in(&here);
        if here.contains("explain=1") {
            assert!(printed.contains("\"transform\": \"w=400"), "{printed}");
        }
        let requests = here.matches("%{content_type}").count();
        assert_eq!(printed.lines().filter(|line| line.starts_with("image/")).count(), requests);
        typed += lines.len();
    }
    assert!(typed > 80, "{typed} lines");
}

#[test]
fn the_recipe_of_the_docs_is_one() {
    let blocks = blocks(Path::new(&format!("{ROOT}/docs/datasets.md")));
    let (_, recipe) = blocks.iter().find(|(language, _)| language == "toml").unwrap();
    Recipe::parse(recipe).unwrap();
}
