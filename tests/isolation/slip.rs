use std::{collections::BTreeSet, fs, path::Path};

use serde_json::json;
use tests::client::Client;

use crate::{
    machine::{FEED_BUCKET, Machine},
    picture::picture,
};

/// What somebody may call an image, in the hope that somebody else's program makes a path of it.
const NAMES: [&str; 6] =
    ["../../outside", "/etc/outside", "a/../../outside.jpg", "..\\outside", "~/outside", "-rf"];

/// Of a sample: what it is of, and what it is.
const MEMBER: [&str; 3] = ["jpg", "json", "cls"];

#[tokio::test(flavor = "multi_thread")]
async fn no_name_that_somebody_gave_is_one_in_a_tar_or_a_folder() {
    let machine = Machine::start().await;
    let demo = Client::demo(&machine.darkroom).await;
    for (number, name) in (0..).zip(NAMES) {
        let query = [("name", name), ("label", name), ("consent", "training")];
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let (status, image) = demo.upload_bytes(picture(8, 8, [number, 9, 9]), &query).await;
        assert_eq!(status.as_u16(), 201, "{image}");
        let path = format!("/v1/images/{}", image["id"].as_str().unwrap());
        demo.patch(image["id"].as_str().unwrap(), &json!({"annotations": {name: name}})).await;
        demo.wait(&path, |image| image["feed"] == "staged").await;
    }
    machine.darkroom.verb(&["snapshot", "names"]);
    let feed = machine.names(FEED_BUCKET).await.unwrap();
    let mut members = 0;
    for tar in
        feed.iter().filter(|name| Path::new(name).extension().is_some_and(|end| end == "tar"))
    {
        for member in members_of(&machine.get(FEED_BUCKET, tar).await) {
            let (sample, kind) = member.split_once('.').unwrap();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(sample.chars().all(plain) && MEMBER.contains(&kind), "{member} in {tar}");
            members += 1;
        }
    }
    assert!(members >= 2 * 2 * NAMES.len(), "{members} members of {feed:?}");

    let folder = tempfile::tempdir().unwrap();
    let within = folder.path().join("a/b");
    machine.darkroom.verb(&["export", "demo", within.to_str().unwrap()]);
    let written = fs::read_dir(&within).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(written.collect::<BTreeSet<_>>().len(), 2 * NAMES.len());
    assert_eq!(entries(folder.path()), ["a"]);
    assert_eq!(entries(&folder.path().join("a")), ["b"]);
}

fn members_of(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap();
    entries.map(|entry| entry.unwrap().path().unwrap().to_str().unwrap().to_owned()).collect()
}

fn entries(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}
