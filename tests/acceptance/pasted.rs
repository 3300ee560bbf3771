//! What `darkroom up` prints when it is ready, pasted line by line.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    process::{Child, Command, Stdio},
};

use tests::Program;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// How the last line begins.
const LAST: &str = "  eval ";

struct Started {
    process: Child,
    printed: Vec<String>,
}

impl Started {
    /// As somebody starts it who gives it nothing but a port.
    fn new(folder: &std::path::Path) -> Self {
        let mut command = Command::new(Program::binary());
        command.args(["up", "--port", "0", "--data"]).arg(folder.join("data"));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        for line in lines.map_while(Result::ok) {
            printed.push(line);
            if printed.last().is_some_and(|line| line.starts_with(LAST)) {
                break;
            }
        }
        Self { process, printed }
    }

    /// What is indented, without the three lines of what is where.
    fn script(&self) -> String {
        let lines = self.printed.iter().filter_map(|line| line.strip_prefix("  "));
        let is_told =
            |line: &&str| ["console ", "user ", "password "].iter().any(|at| line.starts_with(at));
        lines.filter(|line| !is_told(line)).flat_map(|line| [line, "\n"]).collect()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn every_line_works_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let desk = folder.path();
    std::fs::create_dir_all(desk.join("target/release")).unwrap();
    symlink(Program::binary(), desk.join("target/release/darkroom")).unwrap();
    symlink(format!("{ROOT}/fixtures"), desk.join("fixtures")).unwrap();
    // `curl` ends well only with a good answer.
    std::fs::write(desk.join(".curlrc"), "fail\n").unwrap();
    let started = Started::new(desk);
    let script = started.script();
    assert_eq!(script.matches("curl ").count(), 7, "{script}");
    let pasted = format!("{script}\necho \"at $AWS_ENDPOINT_URL\"");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &pasted]).current_dir(desk).env("CURL_HOME", desk);
    let ended = shell.output().unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{script}\n{printed}{said}");
    let photo = std::fs::read(desk.join("photo.webp")).unwrap();
    assert_eq!(&photo[8..12], b"WEBP");
    let outcomes = printed.lines().filter_map(|line| line.strip_prefix("x-cache: "));
    assert_eq!(outcomes.collect::<Vec<_>>(), ["miss", "hit"], "{printed}");
    assert!(printed.contains("\"state\":"), "the ticket's: {printed}");
    assert!(printed.contains("at http://"), "{printed}");
}
