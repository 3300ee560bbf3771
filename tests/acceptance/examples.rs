//! What docs/ and the README tell people to type, typed: line by line, as they stand there.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use reqwest::StatusCode;
use tempfile::TempDir;
use tests::{Program, client::Client, darkroom::Darkroom};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What a block needs that this machine need not have.
const NOT_TYPED: [&str; 2] = ["make ", "aws "];
/// Its lines want a broker whose topics can be made.
const KAFKA: &str = "kafka.md";

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
        let darkroom = Darkroom::start(&folder.path().join("data"), options);
        let client = Client::demo(&darkroom).await;
        let (status, image) = client.upload("images/astronaut.jpg", "visibility=public").await;
        assert_eq!(status, StatusCode::CREATED, "{image}");
        let s3 = darkroom.s3().await;
        s3.create_bucket().bucket("acme-photos").send().await.unwrap();
        let photo = fs::read(format!("{ROOT}/fixtures/images/coffee.jpg")).unwrap();
        let put = s3.put_object().bucket("acme-photos").key("photos/coffee.jpg");
        put.body(photo.into()).send().await.unwrap();
        fs::create_dir_all(folder.path().join("target/release")).unwrap();
        for program in ["darkroom", "consumer"] {
            let built = Program::binary().with_file_name(program);
            symlink(built, folder.path().join("target/release").join(program)).unwrap();
        }
        symlink(format!("{ROOT}/fixtures"), folder.path().join("fixtures")).unwrap();
        // `curl` ends well only with a good answer.
        fs::write(folder.path().join(".curlrc"), "fail\n").unwrap();
        let image = image["id"].as_str().unwrap().to_owned();
        Self { folder, darkroom, client, image }
    }

    /// Runs commands in one shell, which stops at the first that fails; returns what they print.
    fn type_in(&self, commands: &str) -> String {
        let programs = self.folder.path().join("target/release");
        let script = format!("PATH={}:$PATH\n{commands}", programs.display());
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &script]).current_dir(&self.folder);
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

/// The indented blocks of a page, and its Python, as a shell takes it.
fn blocks(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let (mut blocks, mut fence) = (vec![String::new()], None);
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            let open = fence.take();
            if open == Some("python") {
                blocks.last_mut().unwrap().push_str("END OF PYTHON\n");
            }
            fence = if open.is_none() { Some(language) } else { None };
            blocks.push(if fence == Some("python") { PYTHON.to_owned() } else { String::new() });
            continue;
        }
        match (line.strip_prefix("    "), blocks.last_mut()) {
            (_, Some(block)) if fence == Some("python") => block.extend([line, "\n"]),
            _ if fence.is_some() => {}
            (Some(code), Some(block)) => block.extend([code, "\n"]),
            // An empty line within a block belongs to it.
            (None, Some(block)) if line.is_empty() && !block.is_empty() => block.push('\n'),
            _ => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks
}

/// A line as a command: a request may stand for itself, and what finds something missing says so in its exit code.
fn as_command(line: &str) -> String {
    if line.contains(" customer check ") {
        let (command, _) = line.split_once('#').unwrap_or((line, ""));
        return format!("{command} || test $? -eq 1");
    }
    // The desk stands beside one.
    if line.contains("darkroom up ") {
        return "true".to_owned();
    }
    // Ended by the clock, and by nothing else.
    if line.ends_with("consumer run") {
        return format!("timeout 5 {line} > consumer.log || test $? -eq 124");
    }
    let Some(path) = line.strip_prefix("GET ") else { return line.to_owned() };
    let path = path.replace("{customer}", "demo").replace("{image}", "$IMAGE");
    format!("curl -sS -o /dev/null -w '%{{content_type}}\\n' \"$URL{path}\"")
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(format!("{ROOT}/docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    docs.chain([format!("{ROOT}/README.md").into()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_docs_tell_people_to_type_works() {
    let mut typed = 0;
    for page in pages() {
        let blocks = blocks(&page);
        if blocks.is_empty() {
            continue;
        }
        let is_kafka = page.ends_with(KAFKA);
        if is_kafka && !tests::kafka::is_apache() {
            continue;
        }
        let jars = tests::kafka::jars();
        let apache = ["--kafka=apache", "--kafka-jars", jars.to_str().unwrap()];
        let desk = Desk::new(if is_kafka { &apache } else { &[] }).await;
        for block in blocks {
            if NOT_TYPED.iter().any(|program| block.contains(program)) {
                continue;
            }
            let commands: Vec<_> = block.lines().map(as_command).collect();
            let here = commands.join("\n").replace("http://localhost:8080", &desk.client.url);
            // Pages of one customer's: the demo customer's here, unless the page makes one.
            let own = page.ends_with("urls.md");
            let here = if own {
                here.replace("/acme/", "/demo/").replace(" acme ", " demo ")
            } else {
                here
            };
            let printed = desk.type_in(&here);
            if block.contains("explain=1") {
                assert!(printed.contains("\"transform\": \"w=400"), "{printed}");
            }
            let requests = block.lines().filter(|line| line.starts_with("GET ")).count();
            assert_eq!(printed.lines().filter(|line| line.starts_with("image/")).count(), requests);
            typed += block.lines().filter(|line| !line.trim().is_empty()).count();
        }
    }
    assert!(typed > 25, "{typed} lines");
}
