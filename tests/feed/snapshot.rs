use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use consumer::SnapshotError;
use customer::{Consent, Patch, Recipe, Timestamp};
use serde_json::{Value, json};

use crate::store::fixture;

/// Two snapshots, image by image.
mod difference;
/// Images that the feed has not come to, or could not take.
mod incomplete;
/// Snapshots that were asked for through the API.
mod requests;

/// A feed and records to build from.
pub(crate) mod stand;

use stand::{NAMES, Stand, sha256, size, text};

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_each_image_once_as_its_record_is_now() {
    let mut stand = Stand::new().await;
    let coffee = stand.staged("acme", "coffee.jpg", &["old"]).await;
    let again = stand.staged("beta", "coffee.jpg", &["dog"]).await;
    let withdrawn = stand.staged("acme", "astronaut.jpg", &["cat"]).await;
    let deleted = stand.staged("acme", "rocket.jpg", &["cat"]).await;
    let labels = Patch { labels: Some(vec!["cat".to_owned()]), ..Patch::default() };
    let later = Timestamp::from_ms(1_795_246_150_000);
    let coffee = coffee.patched(&labels, later).unwrap();
    stand.put(&coffee).await;
    let no = Patch { consent: Some(Consent::None), ..Patch::default() };
    stand.put(&withdrawn.patched(&no, later).unwrap()).await;
    stand.put(&deleted.deleted(time::Duration::days(7), later)).await;
    let unseen = stand.store.upload("beta", &fixture("chelsea.png"), Consent::Training).await;
    stand.put(&unseen).await;

    let snapshot = stand.build("").await.unwrap();
    assert_eq!((snapshot.number, snapshot.images, snapshot.shards), (1, 1, 1));
    let members = stand.members(1).await;
    let key = &coffee.sha256;
    let names: Vec<_> = members.keys().cloned().collect();
    assert_eq!(names, [format!("{key}.cls"), format!("{key}.jpg"), format!("{key}.json")]);
    assert_eq!(members[&format!("{key}.cls")], b"0");
    let description: Value = serde_json::from_slice(&members[&format!("{key}.json")]).unwrap();
    let told = ["labels", "version", "customer", "class"].map(|name| description[name].clone());
    assert_eq!(told, [json!(["cat"]), json!(2), json!("acme"), json!(0)], "{description}");
    assert_eq!(description["lineage"]["offset"], 0);
    assert_eq!(stand.published(1).await["classes"], json!(["cat"]));
    assert_eq!(stand.members_of("acme", 1).await, [coffee.image.to_string()]);
    let sheet = stand.file(1, "contact_sheet.svg").await;
    assert_eq!(std::str::from_utf8(&sheet).unwrap().matches("data:image/jpeg").count(), 1);
    let mut expected = [
        (withdrawn.image, "no_consent"),
        (deleted.image, "deleted"),
        (again.image, "duplicate"),
        (unseen.image, "not_staged"),
    ]
    .map(|(image, reason)| (image.to_string(), reason.to_owned()));
    let mut left_out = stand.left_out(1).await;
    expected.sort();
    left_out.sort();
    assert_eq!(left_out, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_state_is_the_same_snapshot_and_an_old_one_stays() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    assert_eq!(stand.build("").await.unwrap().number, 1);
    let files =
        ["snapshot.json", "index/index.parquet", "README.md", "stats.json", "train.manifest"];
    let mut before = Vec::new();
    for file in files {
        before.push(stand.file(1, file).await);
    }
    assert_eq!(stand.build("").await.unwrap().number, 1, "nothing has changed");
    let other = stand.staged("beta", "gray.jpg", &["dog"]).await;
    assert_eq!(stand.build("").await.unwrap().number, 2);
    assert!(stand.members(2).await.contains_key(&format!("{}.json", other.sha256)));
    for (file, before) in files.into_iter().zip(before) {
        assert_eq!(stand.file(1, file).await, before, "{file}");
    }
    assert_eq!(stand.json("datasets/pets/LATEST").await, json!({"snapshot": 2}));
    assert_eq!(stand.members_of("beta", 2).await, [other.image.to_string()]);
    let feed = stand.store.buckets.feed();
    assert_eq!(
        feed.list_all("members/beta/").await.unwrap().len(),
        1,
        "the first has none of beta's"
    );
    assert!(feed.list_all("datasets/pets/building/").await.unwrap().is_empty());
    assert_eq!(stand.members(1).await.len(), 3 * NAMES.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_broke_off_goes_on_where_it_was() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    let recipe = Recipe::parse("[shards]\nbytes = 1").unwrap();
    let plan = async || {
        stand.snapshots.plan("pets".parse().unwrap(), recipe.clone(), Duration::ZERO).await.unwrap()
    };
    let down = &stand.store.faults.is_down;
    let broken = stand.snapshots.build(plan().await, |_| down.store(true, Ordering::SeqCst)).await;
    assert!(matches!(broken, Err(SnapshotError::Store(_))), "{broken:?}");
    down.store(false, Ordering::SeqCst);
    let feed = stand.store.buckets.feed();
    let shards = async || -> BTreeSet<_> {
        let found = feed.list_all("datasets/pets/shards/").await.unwrap();
        found.into_iter().map(|found| (found.key, found.modified_at)).collect()
    };
    let before = shards().await;
    assert_eq!(before.len(), 1);
    let snapshot = stand.snapshots.build(plan().await, |_| ()).await.unwrap();
    assert_eq!((snapshot.number, snapshot.shards), (1, NAMES.len()));
    let after = shards().await;
    assert!(
        after.len() == NAMES.len() && after.is_superset(&before),
        "the first was not put again"
    );
    assert_eq!(stand.members(1).await.len(), 3 * NAMES.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_builders_have_a_number_each() {
    let mut stand = Stand::new().await;
    for name in NAMES {
        stand.staged("acme", name, &["cat"]).await;
    }
    let recipes: Vec<_> =
        (64..72).map(|edge| format!("[transform]\nedge_max_px = {edge}")).collect();
    let builds = recipes.iter().map(|recipe| stand.build(recipe));
    let built: Vec<_> = futures::future::join_all(builds).await;
    let numbers: BTreeSet<_> = built.iter().map(|built| built.as_ref().unwrap().number).collect();
    assert_eq!(numbers.len(), recipes.len(), "{built:?}");
    for (built, edge) in built.iter().zip(64..) {
        let number = built.as_ref().unwrap().number;
        let published = stand.published(number).await;
        assert_eq!(published["recipe"]["transform"]["edge_max_px"], edge);
        let index = stand.file(number, "index/index.parquet").await;
        assert_eq!(sha256(&index), text(&published["index"]["sha256"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipe_filters_balances_and_resizes() {
    let mut stand = Stand::new().await;
    for (name, label) in NAMES.into_iter().zip(["cat", "cat", "dog", "bird"]) {
        stand.staged("acme", name, &[label]).await;
    }
    let recipe = "classes = [\"dog\", \"cat\"]\n[filter]\nlabels = [\"cat\", \"dog\"]\n\
                  [balance]\nimages_of_a_class_max = 1\n[transform]\nedge_max_px = 32\n";
    assert_eq!(stand.build(recipe).await.unwrap().images, 2);
    let reasons: Vec<_> = stand.left_out(1).await.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(
        reasons.into_iter().collect::<BTreeSet<_>>(),
        ["other_labels", "over_balance"].map(str::to_owned).into()
    );
    let members = stand.members(1).await;
    let keys: BTreeSet<_> = members.keys().filter_map(|name| name.strip_suffix(".json")).collect();
    assert_eq!(keys.len(), 2);
    for key in keys {
        let description: Value = serde_json::from_slice(&members[&format!("{key}.json")]).unwrap();
        assert_eq!(size(&description["width"]).max(size(&description["height"])), 32, "{key}");
        let class = usize::from(description["labels"] == json!(["cat"]));
        assert_eq!(description["class"], class);
        let image = &members[&format!("{key}.jpg")];
        assert_eq!(image.len(), size(&description["bytes"]));
    }
    let nothing = stand.build("[filter]\ncustomers = [\"nobody\"]").await;
    assert!(matches!(nothing, Err(SnapshotError::Empty)));
}
