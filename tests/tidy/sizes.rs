use crate::assert_none;
use crate::repository::{File, rust_files};

const FILE_LINES_MAX: usize = 500;
const MAIN_LINES_MAX: usize = 40;

#[test]
fn files_are_short() {
    let long = |file: &File| {
        let (lines, max) = (file.text.lines().count(), lines_max(file));
        (lines > max).then(|| format!("{}: {lines} lines, at most {max}", file.path))
    };
    let violations: Vec<String> = rust_files().iter().filter_map(long).collect();
    assert_none(
        &violations,
        "Split a file by what its parts are about, tests into NAME/tests.rs. A program's main.rs reads its \
         configuration, builds the app and runs it; the rest belongs in the library.",
    );
}

fn lines_max(file: &File) -> usize {
    if file.path.ends_with("src/main.rs") { MAIN_LINES_MAX } else { FILE_LINES_MAX }
}
