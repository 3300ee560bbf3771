//! Nothing here waits: the edge has forgotten when the API answers.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use http::Method;
use serde_json::json;

use crate::machine::Machine;

/// Query and `Accept` of renditions that are one image.
const RENDITIONS: [(&str, &str); 6] = [
    ("", "*/*"),
    ("?w=4", "*/*"),
    ("?w=8&fm=png", "*/*"),
    ("?auto=format", "image/avif"),
    ("?auto=format", "image/webp"),
    ("?auto=format", "*/*"),
];
const VISITORS: usize = 6;
const CHANGES: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_image_is_gone_from_the_edge_when_the_api_answers_and_back_after_the_undo() {
    let machine = Machine::start(&[]).await;
    let [image, other] = [machine.upload(1, "public").await, machine.upload(2, "public").await];
    warm(&machine, &image).await;
    warm(&machine, &other).await;
    machine.delete(&image).await;
    assert_eq!(statuses(&machine, &image).await, [[401, 404]; 6]);
    machine.patch(&image, &json!({"undelete": true})).await;
    assert_eq!(statuses(&machine, &image).await, [[200, 200]; 6]);
    assert_eq!(outcomes(&machine, &other).await, [[(200, "hit"); 2]; 6].map(named));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_private_is_refused_to_anybody_when_the_api_answers() {
    let machine = Machine::start(&[]).await;
    let [image, other] = [machine.upload(1, "public").await, machine.upload(2, "public").await];
    warm(&machine, &image).await;
    warm(&machine, &other).await;
    machine.show_to(&image, "private").await;
    assert_eq!(outcomes(&machine, &image).await, [[(401, "miss"), (200, "miss")]; 6].map(named));
    let member = machine.member(&image).await;
    assert_eq!(member.header("cache-control"), "private, max-age=300");
    assert_eq!(member.header("access-control-allow-origin"), "");
    assert_eq!(outcomes(&machine, &other).await, [[(200, "hit"); 2]; 6].map(named));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_public_is_shown_to_everybody_as_public_when_the_api_answers() {
    let machine = Machine::start(&[]).await;
    let [image, other] = [machine.upload(1, "private").await, machine.upload(2, "public").await];
    for _ in 0..2 {
        outcomes(&machine, &image).await;
    }
    warm(&machine, &other).await;
    machine.show_to(&image, "public").await;
    assert_eq!(outcomes(&machine, &image).await, [[(200, "miss"); 2]; 6].map(named));
    for seen in [machine.member(&image).await, machine.anybody(&image).await] {
        assert_eq!(seen.header("cache-control"), "public, max-age=600");
        assert_eq!(seen.header("access-control-allow-origin"), "*");
    }
    assert_eq!(outcomes(&machine, &other).await, [[(200, "hit"); 2]; 6].map(named));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_label_forgets_nothing() {
    let machine = Machine::start(&[]).await;
    let image = machine.upload(1, "public").await;
    machine.announced(&image).await;
    warm(&machine, &image).await;
    for change in [json!({"labels": ["cat"]}), json!({"annotations": {"by": "me"}})] {
        machine.patch(&image, &change).await;
        machine.announced(&image).await;
        assert_eq!(outcomes(&machine, &image).await, [[(200, "hit"); 2]; 6].map(named), "{change}");
    }
}

/// With visitors who never stop asking, nobody whose request comes after the answer sees what the
/// change has hidden.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_comes_after_the_change_sees_what_it_hid() {
    let machine = Arc::new(Machine::start(&[]).await);
    let image = machine.upload(1, "public").await;
    for change in 0..CHANGES {
        let (hidden, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let visitors: Vec<_> = (0..VISITORS)
            .map(|visitor| {
                let (machine, hidden, over) = (machine.clone(), hidden.clone(), over.clone());
                let path = format!("{image}?w={}", 4 + visitor + VISITORS * change);
                tokio::spawn(visit(machine, path, hidden, over))
            })
            .collect();
        machine.show_to(&image, "private").await;
        hidden.store(true, Ordering::SeqCst);
        for visitor in 0..VISITORS {
            let path = format!("{image}?w={}", 4 + visitor + VISITORS * change);
            assert_eq!(machine.anybody(&path).await.status, 401);
        }
        over.store(true, Ordering::SeqCst);
        for visitor in visitors {
            visitor.await.unwrap();
        }
        machine.show_to(&image, "public").await;
    }
}

async fn visit(
    machine: Arc<Machine>,
    path: String,
    hidden: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
) {
    while !over.load(Ordering::SeqCst) {
        let was_hidden = hidden.load(Ordering::SeqCst);
        let status = machine.anybody(&path).await.status;
        assert!([200, 401].contains(&status), "{status}");
        assert!(!was_hidden || status == 401, "{path} was shown after it was hidden");
    }
}

/// Has all renditions kept, for anybody and for members.
async fn warm(machine: &Machine, image: &str) {
    outcomes(machine, image).await;
    assert_eq!(outcomes(machine, image).await, [[(200, "hit"); 2]; 6].map(named));
}

async fn statuses(machine: &Machine, image: &str) -> [[u16; 2]; 6] {
    outcomes(machine, image).await.map(|both| both.map(|(status, _)| status))
}

/// Each rendition as anybody and as a member is shown it.
async fn outcomes(machine: &Machine, image: &str) -> [[(u16, String); 2]; 6] {
    let cookie = ("cookie", &*machine.client.cookie);
    let mut outcomes = Vec::new();
    for (query, accept) in RENDITIONS {
        let (path, accept) = (format!("{image}{query}"), ("accept", accept));
        let anybody = machine.ask(Method::GET, &path, &[accept]).await;
        let member = machine.ask(Method::GET, &path, &[accept, cookie]).await;
        outcomes.push(named([anybody.outcome(), member.outcome()]));
    }
    outcomes.try_into().unwrap()
}

fn named(both: [(u16, &str); 2]) -> [(u16, String); 2] {
    both.map(|(status, came)| (status, came.to_owned()))
}
