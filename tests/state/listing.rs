use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use futures::{StreamExt, stream};
use http::{Method, StatusCode};
use serde_json::Value;

use crate::{
    picture::{id_of, picture},
    stand::Stand,
};

const IMAGES: u32 = 5_000;
const PUT_AT_ONCE: usize = 64;
/// Of one page, whatever it shows.
const LISTINGS_MAX: u64 = 2;
const FIRST_MS: i64 = 1_795_246_140_000;
/// Uploaded in the same millisecond, so that pages end between them.
const TOGETHER: u32 = 3;

/// One of the images that were put, newest first.
struct Put {
    id: String,
    labels: Vec<&'static str>,
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_images_newest_first() {
    let stand = Stand::start().await;
    let all = put(&stand).await;
    let ids: Vec<_> = all.iter().map(|put| put.id.clone()).collect();
    for limit in [50, 200] {
        let (walked, pages) = walk(&stand, &format!("limit={limit}")).await;
        assert!(walked == ids, "limit={limit} walks all in order");
        assert_eq!(pages, ids.len() / limit);
    }
    for (label, count) in [("tenth", 500), ("rare", 4), ("nothing", 0)] {
        let labelled = all.iter().filter(|put| put.labels.contains(&label));
        let labelled: Vec<_> = labelled.map(|put| put.id.clone()).collect();
        assert_eq!(labelled.len(), count);
        let (walked, _) = walk(&stand, &format!("limit=50&label={label}")).await;
        assert_eq!(walked, labelled, "label={label}");
    }
    walk_while_images_come_and_go(&stand, &ids).await;
}

/// Puts all images, many at once, in no order.
async fn put(stand: &Stand) -> Vec<Put> {
    let puts = (0..IMAGES).map(async |number| {
        let uploaded_ms = FIRST_MS + i64::from(number / TOGETHER);
        let mut labels = vec!["every"];
        labels.extend((number % 10 == 7).then_some("tenth"));
        labels.extend((number % 1_250 == 1_249).then_some("rare"));
        let id = stand.put(number, uploaded_ms, &labels).await.to_string();
        (Reverse(uploaded_ms), Put { id, labels })
    });
    let mut all: Vec<_> = stream::iter(puts).buffer_unordered(PUT_AT_ONCE).collect().await;
    all.sort_by(|(one, a), (other, b)| (one, &a.id).cmp(&(other, &b.id)));
    all.into_iter().map(|(_, put)| put).collect()
}

/// All ids from the first page to the last, and how many pages there were.
async fn walk(stand: &Stand, query: &str) -> (Vec<String>, usize) {
    let (mut walked, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let (ids, next) = page(stand, query, cursor.as_deref()).await;
        walked.extend(ids);
        pages += 1;
        cursor = next;
        if cursor.is_none() {
            return (walked, pages);
        }
    }
}

/// One page: its ids and the next cursor. Counts what S3 was asked for it.
async fn page(stand: &Stand, query: &str, cursor: Option<&str>) -> (Vec<String>, Option<String>) {
    let listings = stand.s3.requests().of("ListObjectsV2");
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let (status, page) = stand.get(&format!("/v1/images?{query}{cursor}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let asked = stand.s3.requests().of("ListObjectsV2") - listings;
    assert!((1..=LISTINGS_MAX).contains(&asked), "{asked} listings for {query}{cursor}");
    let images = page["images"].as_array().unwrap().iter();
    let ids = images.map(|image| image["id"].as_str().unwrap().to_owned()).collect();
    (ids, page["next_cursor"].as_str().map(str::to_owned))
}

/// Between pages, images that were shown and that are to come are deleted, the one at the cursor
/// among them, some come back, and new ones are uploaded.
async fn walk_while_images_come_and_go(stand: &Stand, ids: &[String]) {
    let (mut walked, mut cursor, mut number) = (Vec::new(), None, 0);
    let mut deleted = HashMap::new();
    let mut uploaded = BTreeSet::new();
    loop {
        let (shown, next) = page(stand, "limit=200", cursor.as_deref()).await;
        walked.extend(shown);
        cursor = next;
        if cursor.is_none() {
            break;
        }
        let at = position(ids, walked.last().unwrap());
        for index in [at, at - 1, at + 1, at + 100, at + 250] {
            let Some(id) = ids.get(index) else { continue };
            delete(stand, id).await;
            deleted.insert(id.clone(), index > at);
        }
        undelete(stand, &ids[at - 1]).await;
        uploaded.insert(upload(stand, number).await);
        number += 1;
    }
    assert!(number > 20, "{number}");
    let once: BTreeSet<_> = walked.iter().collect();
    assert_eq!(once.len(), walked.len(), "none twice");
    let throughout: Vec<_> = ids.iter().filter(|id| !deleted.contains_key(*id)).collect();
    let mut left = walked.clone();
    left.retain(|id| !deleted.contains_key(id));
    assert!(left.iter().eq(throughout), "whoever was there throughout was shown, in order");
    let shown_later = deleted.iter().filter(|(id, to_come)| **to_come && once.contains(id));
    assert_eq!(shown_later.count(), 0, "nobody was shown who was deleted before");
    assert!(uploaded.iter().all(|id| !once.contains(id)), "the new are before the first page");
    let (first, _) = page(stand, "limit=200", None).await;
    let newest: BTreeSet<_> = first[..uploaded.len()].iter().cloned().collect();
    assert_eq!(newest, uploaded);
}

fn position(ids: &[String], id: &str) -> usize {
    ids.iter().position(|other| other == id).unwrap()
}

async fn upload(stand: &Stand, number: u32) -> String {
    let picture = picture(number);
    let id = id_of(&picture);
    let (status, image) = stand.ask(Method::POST, "/v1/images", picture).await;
    assert_eq!((status, &image["id"]), (StatusCode::CREATED, &Value::from(id.clone())));
    id
}

async fn delete(stand: &Stand, id: &str) {
    let (status, gone) = stand.ask(Method::DELETE, &format!("/v1/images/{id}"), "").await;
    assert_eq!((status, &gone["state"]), (StatusCode::OK, &Value::from("deleted")));
}

async fn undelete(stand: &Stand, id: &str) {
    let path = format!("/v1/images/{id}");
    let (status, back) = stand.ask(Method::PATCH, &path, r#"{"undelete": true}"#).await;
    assert_eq!((status, &back["state"]), (StatusCode::OK, &Value::from("live")));
}
