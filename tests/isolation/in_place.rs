use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::client::{Client, read};

use crate::{
    machine::{FEED_BUCKET, Machine},
    picture::{id_of, picture},
    waiting::within_a_minute,
};

const PHOTOS: &str = "acme-photos";
const CUP: &str = "photos/2026/cup.jpg";
const CAT: &str = "photos/cat.png";

/// A customer whose bucket has two images and other things, and its administrator.
async fn start() -> (Machine, Client) {
    let machine = Machine::start().await;
    machine.s3.create_bucket().bucket(PHOTOS).send().await.unwrap();
    machine.put(PHOTOS, CUP, read("images/coffee.jpg")).await;
    machine.put(PHOTOS, CAT, read("images/palette.png")).await;
    machine.put(PHOTOS, "private/plan.jpg", read("images/gray.jpg")).await;
    let options = ["--bucket", PHOTOS, "--source=photos/", "--retention-days=0"];
    let client = machine.customer("acme", &options).await;
    (machine, client)
}

const IMPORT: [&str; 6] =
    ["import", "photos/", "--customer=acme", "--in-place", "--label=archive", "--consent=training"];

#[tokio::test(flavor = "multi_thread")]
async fn an_image_imported_in_place_stays_the_customers_object() {
    let (machine, client) = start().await;
    let before = machine.objects(PHOTOS).await;
    let [cup, cat] = ["images/coffee.jpg", "images/palette.png"].map(|file| id_of(&read(file)));
    assert_eq!(machine.darkroom.verb(&IMPORT), format!("{cup}  {CUP}\n{cat}  {CAT}\n"));
    let again = machine.darkroom.verb(&IMPORT);
    assert_eq!(again, format!("{cup}  {CUP}  was here\n{cat}  {CAT}  was here\n"));

    let record = machine.get(PHOTOS, &format!("records/{cup}.json")).await;
    let record: Value = serde_json::from_slice(&record).unwrap();
    assert_eq!(record["original"], json!({"key": CUP, "etag": before[CUP].0}));
    assert_eq!((&record["labels"], &record["name"]), (&json!(["archive"]), &json!("cup.jpg")));
    assert_eq!(record["version"], 1);
    let names = machine.names(PHOTOS).await.unwrap();
    assert!(!names.iter().any(|name| name.starts_with("originals/")), "{names:?}");

    let (_, shown) = client.show(&cup).await;
    assert_eq!((&shown["width"], &shown["height"]), (&json!(600), &json!(400)));
    let original = client.get(&format!("/acme/{cup}/original")).await;
    assert_eq!(original.bytes().await.unwrap(), before[CUP].1);
    let rendition = client.image(&format!("/acme/{cup}?w=60&fm=png")).await;
    assert_eq!(rendition.status(), StatusCode::OK);
    for image in [&cup, &cat] {
        client.wait(&format!("/v1/images/{image}"), |image| image["feed"] == "staged").await;
    }

    for image in [&cup, &cat] {
        client.delete(image).await;
    }
    let gone = client.image(&format!("/acme/{cup}?w=60&fm=png")).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let erased = async || (machine.objects(PHOTOS).await == before).then_some(());
    within_a_minute("nothing is left but what was there before", erased).await;
    for image in [&cup, &cat] {
        let order = machine.get(FEED_BUCKET, &format!("erasure/orders/acme/{image}.json")).await;
        let order: Value = serde_json::from_slice(&order).unwrap();
        assert_eq!(order["version"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_overwritten_is_never_taken_for_the_image() {
    let (machine, client) = start().await;
    machine.darkroom.verb(&IMPORT);
    let (old, new) = (id_of(&read("images/coffee.jpg")), read("images/rocket.jpg"));
    let known = format!("/acme/{old}?w=60&fm=png");
    let rendered = client.get(&known).await.bytes().await.unwrap();
    client.wait(&format!("/v1/images/{old}"), |image| image["feed"] == "staged").await;

    machine.put(PHOTOS, CUP, new.clone()).await;
    for path in [format!("/acme/{old}?w=61&fm=png"), format!("/acme/{old}/original")] {
        let lost = client.get(&path).await;
        assert_eq!(lost.status(), StatusCode::BAD_GATEWAY, "{path}");
        assert_eq!(lost.json::<Value>().await.unwrap()["code"], "original_lost", "{path}");
    }
    assert_eq!(client.get(&known).await.bytes().await.unwrap(), rendered, "rendered before");

    let imported = machine.darkroom.verb(&IMPORT);
    assert!(imported.contains(&format!("{}  {CUP}\n", id_of(&new))), "{imported}");
    let original = client.get(&format!("/acme/{}/original", id_of(&new))).await;
    assert_eq!(original.bytes().await.unwrap(), new, "a new image");
    let lost = client.get(&format!("/acme/{old}?w=61&fm=png")).await;
    assert_eq!(lost.status(), StatusCode::BAD_GATEWAY, "and the old one is not it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_image_is_told_and_the_rest_is_imported_as_copies() {
    let (machine, client) = start().await;
    machine.put(PHOTOS, "photos/list.txt", b"no image".to_vec()).await;
    machine.put(PHOTOS, "photos/folder/", Vec::new()).await;
    let before = machine.objects(PHOTOS).await;
    let copied = machine.darkroom.attempt(&["import", "photos/", "--customer=acme"]);
    assert_eq!(copied.code, Some(1));
    let refused = "refused  photos/list.txt  the file is not an image of a known format; send JPEG, PNG, WebP, GIF, TIFF or BMP\n";
    assert!(copied.printed.contains(refused), "{}", copied.printed);
    assert_eq!(copied.printed.lines().count(), 3, "{}", copied.printed);

    let cup = id_of(&before[CUP].1);
    assert_eq!(machine.get(PHOTOS, &format!("originals/{cup}")).await, before[CUP].1);
    machine.put(PHOTOS, CUP, picture(4, 4, [1, 2, 3])).await;
    let original = client.get(&format!("/acme/{cup}/original")).await;
    assert_eq!(original.bytes().await.unwrap(), before[CUP].1, "a copy does not depend on it");
    let private = machine.darkroom.attempt(&["import", "private/", "--customer=acme"]);
    assert_ne!(private.code, Some(0));
    assert!(!private.printed.contains("plan.jpg"), "{}", private.printed);
}
