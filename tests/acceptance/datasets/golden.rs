//! A snapshot of a state that lies in the repository, made anew on each machine that runs this: every object of it has the
//! SHA-256 that another machine found.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use tests::darkroom::Darkroom;

use super::killed::objects;

const STATE: &str = "../fixtures/state/data.tar.gz";
const GOLDEN: &str = include_str!("../../../fixtures/state/pets.sha256");
/// Smaller than what is staged, so that pixels are made as well as copied.
const RECIPE: &str = "[shards]\nbytes = 20000\n[transform]\nedge_max_px = 150\n";

#[tokio::test]
async fn this_machine_makes_what_other_machines_made() {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").args(["xzf", STATE, "-C"]).arg(folder.path()).status();
    assert!(unpacked.unwrap().success());
    let recipe = folder.path().join("recipe.toml");
    fs::write(&recipe, RECIPE).unwrap();
    let darkroom = Darkroom::start(&folder.path().join("data"), &[]);
    darkroom.verb(&["snapshot", "pets", "--recipe", recipe.to_str().unwrap()]);
    let made = objects(&darkroom.s3().await).await;
    let made: BTreeMap<_, _> = made.into_iter().map(|(key, bytes)| (key, hash(&bytes))).collect();
    let golden = GOLDEN.lines().filter_map(|line| line.split_once("  "));
    let golden: BTreeMap<_, _> =
        golden.map(|(hash, key)| (key.to_owned(), hash.to_owned())).collect();
    assert!(made == golden, "on {}:\n{}", processor(), list(&made));
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}

/// As `sha256sum` writes it, and as fixtures/state/pets.sha256 has it.
fn list(made: &BTreeMap<String, String>) -> String {
    let lines: Vec<_> = made.iter().map(|(key, hash)| format!("{hash}  {key}")).collect();
    lines.join("\n")
}

fn processor() -> String {
    let known = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let name = known.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("an unknown processor", |(_, name)| name).to_owned()
}
