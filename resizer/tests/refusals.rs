//! Every file of fixtures/bad is refused with its own variant and sentence, listed in fixtures/bad/expected.tsv.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use resizer::{Limits, Transform, check, render};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/bad")
}

/// File name to "Variant<tab>sentence".
type Refusals = BTreeMap<String, String>;

fn described(error: impl std::error::Error) -> String {
    let debug = format!("{error:?}");
    let variant =
        debug.split(|c: char| !c.is_alphanumeric()).find(|word| *word != "Original").unwrap();
    format!("{variant}\t{error}")
}

fn refused(refuse: impl Fn(&[u8]) -> String) -> Refusals {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.file_name().unwrap() != "expected.tsv");
    files
        .map(|path| {
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                refuse(&fs::read(&path).unwrap()),
            )
        })
        .collect()
}

fn expected() -> Refusals {
    let table = fs::read_to_string(folder().join("expected.tsv")).unwrap();
    let lines = table.lines().skip(1).map(|line| line.split_once('\t').unwrap());
    lines.map(|(file, refusal)| (file.to_owned(), refusal.to_owned())).collect()
}

#[test]
fn check_refuses_each_with_its_variant_and_sentence() {
    let found = refused(|bytes| {
        check(bytes, &Limits::default()).map_or_else(described, |_| "taken\t".to_owned())
    });
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let lines = found.iter().map(|(file, refusal)| format!("{file}\t{refusal}\n"));
        let table = format!("file\tvariant\tsentence\n{}", lines.collect::<String>());
        fs::write(folder().join("expected.tsv"), table).unwrap();
    }
    assert_eq!(found, expected());
}

#[test]
fn render_refuses_each_alike() {
    let transform: Transform = "w=40,fm=webp".parse().unwrap();
    let found = refused(|bytes| {
        render(bytes, &transform, &Limits::default())
            .map_or_else(described, |_| "taken\t".to_owned())
    });
    assert_eq!(found, expected());
}

#[test]
fn every_good_image_passes() {
    for entry in fs::read_dir(folder().join("../images")).unwrap() {
        let path = entry.unwrap().path();
        check(&fs::read(&path).unwrap(), &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
    }
}
