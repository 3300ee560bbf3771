use std::time::Duration;

use serde_json::json;

use crate::machine::{Machine, eventually};

const MIB: u64 = 1 << 20;
/// Three files take a thousandth of it.
const READ_IN: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_before_a_kill_is_asked_about_once_and_used() {
    let machine = Machine::start(&[]).await;
    let (public, private) = (machine.upload(1, "public").await, machine.upload(2, "private").await);
    let before = [
        machine.anybody(&format!("{public}?w=4")).await,
        machine.anybody(&format!("{public}?w=8")).await,
        machine.member(&private).await,
    ];
    eventually("all is on disk", async || machine.kept().len() == 3).await;
    let machine = machine.restart();
    // What lies there is read beside the first requests, to which it is not there yet.
    tokio::time::sleep(READ_IN).await;
    for came in ["revalidated", "hit"] {
        let after = [
            machine.anybody(&format!("{public}?w=4")).await,
            machine.anybody(&format!("{public}?w=8")).await,
            machine.member(&private).await,
        ];
        for (before, after) in before.iter().zip(after) {
            assert_eq!(after.outcome(), (200, came));
            assert_eq!(
                (after.bytes.clone(), after.header("etag")),
                (before.bytes.clone(), before.header("etag"))
            );
        }
    }
    assert_eq!(machine.anybody(&private).await.problem().0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_or_hidden_before_a_kill_stays_so() {
    let machine = Machine::start(&[]).await;
    let (deleted, hidden) = (machine.upload(1, "public").await, machine.upload(2, "public").await);
    for image in [&deleted, &hidden] {
        assert_eq!(machine.anybody(image).await.outcome(), (200, "miss"));
        assert_eq!(machine.member(image).await.outcome(), (200, "miss"));
    }
    eventually("all is on disk", async || machine.kept().len() == 4).await;
    tokio::join!(machine.delete(&deleted), machine.show_to(&hidden, "private"));
    let machine = machine.restart();
    assert_eq!(machine.member(&deleted).await.problem().0, 404);
    assert_eq!(machine.anybody(&deleted).await.problem().0, 401);
    assert_eq!(machine.anybody(&hidden).await.problem().0, 401);
    assert_eq!(machine.member(&hidden).await.status, 200);
    machine.patch(&deleted, &json!({"undelete": true})).await;
    assert_eq!(machine.anybody(&deleted).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_of_the_edge_stays_within_its_bound() {
    let machine = Machine::start(&["--edge-disk-mib", "1"]).await;
    let (_, image) = machine.client.upload("images/astronaut.jpg", "visibility=public").await;
    let path = format!("/demo/{}", image["id"].as_str().unwrap());
    let mut bytes = 0;
    let mut largest = 0;
    for width in 300..320 {
        let seen = machine.anybody(&format!("{path}?w={width}&fm=png")).await;
        assert_eq!(seen.outcome(), (200, "miss"));
        bytes += seen.bytes.len() as u64;
        // Room is made once an answer is written: the last one may be one too many.
        largest = largest.max(machine.kept().iter().sum());
    }
    assert!(bytes > 3 * MIB, "{bytes} bytes do not fill it");
    assert!((MIB / 2..2 * MIB).contains(&largest), "{largest} bytes on disk");
    within_bound(&machine).await;
    within_bound(&machine.restart()).await;
}

async fn within_bound(machine: &Machine) {
    let is_within = async || (MIB / 2..=MIB).contains(&machine.kept().iter().sum());
    eventually("the folder is within its bound", is_within).await;
}
