//! What fuzzing found in text and what was mended since: each file of tests/fuzz/regressions, and each of
//! tests/fuzz/seeds, checked as the fuzz target does. Pictures are in resizer/tests/regressions.rs.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(unreachable_pub, reason = "tests/fuzz uses the same modules from without")]
#![expect(clippy::print_stdout, reason = "tells which file it was that panics")]

#[path = "../fuzz/requests/src/checks/mod.rs"]
mod checks;
#[path = "../../resizer/tests/counting/mod.rs"]
mod counting;

use std::fs;
use std::path::Path;

/// Runs a target's check over what it begins with and what was kept of it.
fn again(target: &str, check: impl Fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut checked = 0;
    for kept in ["seeds", "regressions"] {
        for entry in fs::read_dir(fuzz.join(kept).join(target)).into_iter().flatten() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            check(&fs::read(path).unwrap());
            checked += 1;
        }
    }
    assert!(checked > 2, "{checked} files");
}

#[test]
fn paths_and_queries() {
    again("dialect", checks::dialect);
}

#[test]
fn credentials_proofs_and_tokens() {
    again("tokens", checks::tokens);
}

#[test]
fn messages_of_kafka() {
    again("events", checks::events);
}

#[test]
fn what_sets_a_function_off() {
    again("lambda", checks::lambda);
}

#[test]
fn names_of_objects() {
    again("keys", checks::keys);
}
