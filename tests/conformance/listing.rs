//! ListObjectsV2 and ListObjects over 2,500 keys.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use tokio::task::JoinSet;

use crate::backend::Backend;

const KEYS: usize = 2_500;

/// `000/0000` to `024/2499`: 25 folders of 100.
fn key(number: usize) -> String {
    format!("{:03}/{number:04}", number / 100)
}

async fn filled(backend: &Backend, name: &str) -> String {
    let bucket = backend.bucket(name).await;
    let mut puts = JoinSet::new();
    for worker in 0..16 {
        let (backend, bucket) = (backend.clone(), bucket.clone());
        puts.spawn(async move {
            for number in (worker..KEYS).step_by(16) {
                backend.put(&bucket, &key(number), b"").await;
            }
        });
    }
    puts.join_all().await;
    bucket
}

fn keys(page: &ListObjectsV2Output) -> impl Iterator<Item = String> {
    page.contents().iter().filter_map(|object| object.key().map(str::to_owned))
}

fn folders(page: &ListObjectsV2Output) -> impl Iterator<Item = String> {
    page.common_prefixes().iter().filter_map(|common| common.prefix().map(str::to_owned))
}

pub(crate) async fn in_pages_without_loss(backend: Backend) {
    let bucket = filled(&backend, "pages").await;
    let (mut listed, mut sizes) = (Vec::new(), Vec::new());
    let mut pages = backend.s3.list_objects_v2().bucket(&bucket).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.key_count.unwrap());
        listed.extend(keys(&page));
    }
    assert_eq!(sizes, [1000, 1000, 500]);
    assert!(listed == (0..KEYS).map(key).collect::<Vec<_>>(), "every key once, in order");
    let first = backend
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .max_keys(7)
        .prefix("013/")
        .send()
        .await
        .unwrap();
    assert_eq!((first.key_count, first.is_truncated), (Some(7), Some(true)));
    let token = first.next_continuation_token.unwrap();
    let second = backend
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .prefix("013/")
        .continuation_token(token)
        .send()
        .await
        .unwrap();
    assert_eq!((keys(&second).next(), second.is_truncated), (Some(key(1307)), Some(false)));
}

pub(crate) async fn from_somewhere(backend: Backend) {
    let bucket = backend.bucket("from").await;
    for name in ["a", "b", "b/1", "c"] {
        backend.put(&bucket, name, b"").await;
    }
    let after = async |after: &str| {
        let page =
            backend.s3.list_objects_v2().bucket(&bucket).start_after(after).send().await.unwrap();
        keys(&page).collect::<Vec<_>>()
    };
    assert_eq!(after("b").await, ["b/1", "c"]);
    assert_eq!(after("aa").await, ["b", "b/1", "c"]);
    assert!(after("c").await.is_empty());
}

pub(crate) async fn folded_by_a_delimiter(backend: Backend) {
    let bucket = backend.bucket("folded").await;
    for name in ["a", "x/1", "x/2", "x/y/3", "z", "z/"] {
        backend.put(&bucket, name, b"").await;
    }
    let root = backend.s3.list_objects_v2().bucket(&bucket).delimiter("/").send().await.unwrap();
    assert_eq!(keys(&root).collect::<Vec<_>>(), ["a", "z"]);
    assert_eq!(folders(&root).collect::<Vec<_>>(), ["x/", "z/"]);
    assert_eq!(root.key_count, Some(4));
    let x = backend
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .delimiter("/")
        .prefix("x/")
        .send()
        .await
        .unwrap();
    assert_eq!(keys(&x).collect::<Vec<_>>(), ["x/1", "x/2"]);
    assert_eq!(folders(&x).collect::<Vec<_>>(), ["x/y/"]);
    let mut one_by_one = Vec::new();
    let mut pages = backend
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .delimiter("/")
        .max_keys(1)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        one_by_one.extend(keys(&page).chain(folders(&page)));
    }
    assert_eq!(one_by_one, ["a", "x/", "z", "z/"]);
}

pub(crate) async fn of_the_first_version(backend: Backend) {
    let bucket = backend.bucket("first").await;
    for name in ["a", "b/1", "b/2", "c"] {
        backend.put(&bucket, name, b"hello").await;
    }
    let page =
        backend.s3.list_objects().bucket(&bucket).delimiter("/").max_keys(2).send().await.unwrap();
    assert_eq!(
        (page.contents().len(), page.common_prefixes().len(), page.is_truncated()),
        (1, 1, Some(true))
    );
    let object = &page.contents()[0];
    assert_eq!((object.key(), object.size()), (Some("a"), Some(5)));
    assert_eq!(object.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let marker = page.next_marker().unwrap();
    let page = backend
        .s3
        .list_objects()
        .bucket(&bucket)
        .delimiter("/")
        .marker(marker)
        .send()
        .await
        .unwrap();
    assert_eq!(page.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["c"]);
    assert_eq!((page.common_prefixes().len(), page.is_truncated()), (0, Some(false)));
}

pub(crate) async fn with_names_encoded(backend: Backend) {
    let bucket = backend.bucket("encoded").await;
    backend.put(&bucket, "ü/a&b\u{1}", b"").await;
    let page = backend
        .s3
        .list_objects_v2()
        .bucket(&bucket)
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    assert_eq!(keys(&page).collect::<Vec<_>>(), ["%C3%BC/a%26b%01"]);
}
