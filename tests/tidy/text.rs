use crate::assert_none;
use crate::exceptions::{at, outside};
use crate::repository::{File, files, rust_files};
use crate::tokens::{lines_of, tokens};

/// In pieces, so that this file keeps its own rule.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const UNFINISHED_CODE: [&str; 2] = ["todo !", "unimplemented !"];
/// Files with a test that is not run by itself, and why.
const IGNORES_TESTS: [(&str, &str); 6] = [
    ("infra/local/src/edge/visit/fuzz.rs", "`make test-all` runs the ten million"),
    ("tests/kafka/backlog.rs", "`make test-all` runs the twenty thousand"),
    ("tests/kafka/killed.rs", "`make test-all` runs the ten minutes"),
    ("tests/feed/schedules.rs", "`make test-all` runs the ten thousand"),
    ("tests/acceptance/trained.rs", "`make test-all` runs AWS's toolkit"),
    ("tests/conformance/crash.rs", "a test is the process that another one starts and kills"),
];
const REGISTRIES: [&str; 8] = [
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("pypi.", "org"),
    concat!("files.", "pythonhosted.org"),
    concat!("registry.", "npmjs.org"),
    concat!("repo.", "maven.apache.org"),
    concat!("deb.", "debian.org"),
    concat!("proxy.", "golang.org"),
];
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/tm", "p/"), concat!("/ho", "me/")];

#[test]
fn nothing_is_left_unfinished() {
    let mut violations = Vec::new();
    for file in files() {
        violations.extend(lines_with(&file, |line| {
            UNFINISHED.iter().any(|mark| line.split(is_no_letter).any(|word| word == *mark))
        }));
    }
    for file in rust_files() {
        let tokens = tokens(&file);
        let lines = UNFINISHED_CODE.iter().flat_map(|pattern| lines_of(&tokens, pattern));
        violations.extend(at(&file, lines));
    }
    assert_none(&violations, "Do it, or file an issue and take the mark out of the code.");
}

#[test]
fn no_test_is_skipped() {
    let skips = |file: &File| at(file, lines_of(&tokens(file), "# [ ignore"));
    let violations = outside(|_| false, &IGNORES_TESTS, skips);
    assert_none(&violations, "Make it pass, or delete it: a test that nobody runs says nothing.");
}

#[test]
fn no_registry_is_named() {
    let mut violations = Vec::new();
    for file in files() {
        violations.extend(lines_with(&file, |line| {
            REGISTRIES.iter().any(|registry| line.contains(registry))
        }));
    }
    assert_none(&violations, "Name the package; whoever installs it decides from where.");
}

#[test]
fn no_path_of_one_machine_is_used() {
    let mut violations = Vec::new();
    for file in files() {
        violations.extend(lines_with(&file, |line| {
            MACHINE_PATHS.iter().any(|path| starts_a_path(line, path))
        }));
    }
    assert_none(
        &violations,
        "Start from the repository's root, an argument, or a temporary folder (tempfile, mktemp).",
    );
}

/// Whether `path` stands in `line` at the beginning of a path and not inside a longer one.
fn starts_a_path(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-/})*~".contains(c);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(inside))
}

fn is_no_letter(character: char) -> bool {
    !character.is_alphanumeric()
}

fn lines_with(file: &File, wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = file.text.lines().enumerate().filter(|(_, line)| wrong(line));
    lines.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}
