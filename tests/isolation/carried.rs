use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use tests::client::read;

use crate::{
    machine::{Machine, uploaded},
    picture::{id_of, picture},
};

/// Names and bytes of the files of a folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
    };
    entries.map(file).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_and_a_strangers_bucket_are_imported_and_told_file_by_file() {
    let machine = Machine::start().await;
    let client = machine.customer("acme", &[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (picture(4, 4, [1, 2, 3]), picture(8, 4, [4, 5, 6]));
    fs::create_dir(folder.path().join("below")).unwrap();
    let [a, b, note] = ["a.bmp", "below/b.BMP", "note.txt"].map(|name| folder.path().join(name));
    fs::write(&a, &first).unwrap();
    fs::write(&b, &second).unwrap();
    fs::write(note, "no image, by its name").unwrap();
    let source = folder.path().to_str().unwrap();
    let import = ["import", source, "--customer=acme", "--label=carried"];
    let lines = |was_here: &str| {
        let line =
            |file: &[u8], path: &Path| format!("{}  {}{was_here}\n", id_of(file), path.display());
        line(&first, &a) + &line(&second, &b)
    };
    assert_eq!(machine.darkroom.verb(&import), lines(""));
    assert_eq!(machine.darkroom.verb(&import), lines("  was here"));
    let (_, shown) = client.show(&id_of(&second)).await;
    assert_eq!((&shown["name"], &shown["labels"][0]), (&"b.BMP".into(), &"carried".into()));

    machine.s3.create_bucket().bucket("strangers").send().await.unwrap();
    let third = read("images/gray.jpg");
    machine.put("strangers", "2026/gray.jpg", third.clone()).await;
    machine.put("strangers", "other/coffee.jpg", read("images/coffee.jpg")).await;
    let import = ["import", "s3://strangers/2026/", "--customer=acme"];
    let line = format!("{}  2026/gray.jpg\n", id_of(&third));
    assert_eq!(machine.darkroom.verb(&import), line);
    for source in [source, "s3://strangers/2026/"] {
        let stay = ["import", source, "--customer=acme", "--in-place"];
        assert_ne!(machine.darkroom.attempt(&stay).code, Some(0), "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_what_was_uploaded_with_its_record() {
    let machine = Machine::start().await;
    let client = machine.customer("acme", &[]).await;
    let (kept, deleted) = (read("images/small-1.jpg"), picture(4, 4, [7, 8, 9]));
    let image = uploaded(&client, kept.clone(), "label=kept").await;
    let gone = uploaded(&client, deleted, "").await;
    client.delete(&gone).await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("backup");
    let export = ["export", "acme", target.to_str().unwrap()];
    assert_eq!(machine.darkroom.verb(&export), "1 exported, 0 were there, 0 not exported\n");
    let found = files(&target);
    let names: Vec<_> = found.keys().cloned().collect();
    assert_eq!(names, [format!("{image}.jpeg"), format!("{image}.json")]);
    assert_eq!(found[&names[0]], kept);
    let record: Value = serde_json::from_slice(&found[&names[1]]).unwrap();
    assert_eq!((&record["image"], &record["labels"][0]), (&image.clone().into(), &"kept".into()));
    // What was cut off is written anew, and nothing else.
    assert_eq!(machine.darkroom.verb(&export), "0 exported, 1 were there, 0 not exported\n");
    fs::write(target.join(&names[0]), &kept[..10]).unwrap();
    assert_eq!(machine.darkroom.verb(&export), "1 exported, 0 were there, 0 not exported\n");
    assert_eq!(files(&target), found);
}
