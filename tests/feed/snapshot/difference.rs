use consumer::{Difference, DifferenceError};
use customer::{Consent, Patch, Timestamp};
use serde_json::{Value, json};

use super::stand::{NAMES, Stand};

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_came_what_went_and_why_and_what_changed() {
    let mut stand = Stand::new().await;
    let [withdrawn, corrected, _same] = [
        stand.staged("acme", NAMES[0], &["cat"]).await,
        stand.staged("acme", NAMES[1], &["cat"]).await,
        stand.staged("beta", NAMES[2], &["dog"]).await,
    ];
    stand.build("").await.unwrap();
    let later = Timestamp::from_ms(1_795_246_150_000);
    let no = Patch { consent: Some(Consent::None), ..Patch::default() };
    stand.put(&withdrawn.patched(&no, later).unwrap()).await;
    let dog = Patch { labels: Some(vec!["dog".to_owned()]), ..Patch::default() };
    stand.put(&corrected.patched(&dog, later).unwrap()).await;
    let added = stand.staged("beta", NAMES[3], &[]).await;
    assert_eq!(stand.build("").await.unwrap().number, 2);

    let between = async |from: &str, to: &str| {
        Difference::between(&stand.snapshots, &from.parse().unwrap(), &to.parse().unwrap()).await
    };
    let difference = between("pets/1", "pets/2").await.unwrap();
    let counts: Vec<_> = difference.counts().into_iter().collect();
    assert_eq!(counts, [("added", 1), ("changed", 1), ("removed", 1)]);
    let lines: Vec<Value> =
        difference.lines().map(|line| serde_json::from_str(&line).unwrap()).collect();
    let line = |key: &str| lines.iter().find(|line| line["key"] == key).unwrap();
    let gone = line(&withdrawn.sha256);
    let told = ["change", "reason", "customer", "class"].map(|name| gone[name].clone());
    assert_eq!(told, [json!("removed"), json!("no_consent"), json!("acme"), json!("cat")]);
    let changed = line(&corrected.sha256);
    assert_eq!(changed["from"]["class"], "cat", "{changed}");
    assert_eq!(changed["to"]["class"], "dog", "{changed}");
    let new = line(&added.sha256);
    assert_eq!(new["change"], "added");
    assert_eq!((&new["customer"], &new["class"]), (&json!("beta"), &Value::Null));

    let none = between("pets/1", "pets/1").await.unwrap();
    assert_eq!((none.lines().count(), none.counts()["changed"]), (0, 0));
    let missing = between("pets/1", "pets/3").await;
    assert!(matches!(missing, Err(DifferenceError::NoSnapshot(name)) if name.number == 3));
}
