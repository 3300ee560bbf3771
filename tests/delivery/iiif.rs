//! IIIF through the whole chain; its own validator asks in `tests/python/iiif.py`.

use customer::{ImageId, Scope, Viewer, Visibility};
use http::StatusCode;
use reqwest::Response;
use resizer::{Limits, Size};
use serde_json::{Value, json};

use crate::stand::Stand;

/// 512 x 512.
const ASTRONAUT: &str = "astronaut.jpg";

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

async fn size(response: Response) -> Size {
    assert_eq!(response.status(), StatusCode::OK);
    resizer::probe(&response.bytes().await.unwrap(), &Limits::default()).unwrap().stored
}

async fn public(stand: &Stand) -> ImageId {
    stand.upload(ASTRONAUT, Visibility::Public).await.record.image
}

#[tokio::test]
async fn the_information_says_what_there_is() {
    let stand = Stand::start().await;
    let base = format!("/acme/iiif/3/{}", public(&stand).await);
    let info = stand.get(&format!("{base}/info.json")).send().await.unwrap();
    assert_eq!(info.status(), StatusCode::OK);
    let media_type = "application/ld+json;profile=\"http://iiif.io/api/image/3/context.json\"";
    assert_eq!(header(&info, "content-type"), media_type);
    assert_eq!(header(&info, "access-control-allow-origin"), "*");
    assert_eq!(header(&info, "cache-control"), "public, max-age=60");
    let etag = header(&info, "etag").to_owned();
    let document: Value = info.json().await.unwrap();
    assert_eq!(
        document,
        json!({
            "@context": "http://iiif.io/api/image/3/context.json",
            "id": stand.url(&base),
            "type": "ImageService3",
            "protocol": "http://iiif.io/api/image",
            "profile": "level2",
            "width": 512,
            "height": 512,
            "maxWidth": 8192,
            "maxHeight": 8192,
            "maxArea": 40_000_000,
            "sizes": [{"width": 512, "height": 512}],
            "tiles": [{"width": 512, "height": 512, "scaleFactors": [1]}],
            "extraFormats": ["avif", "gif", "webp"],
            "extraQualities": ["bitonal", "color", "gray"],
            "extraFeatures": ["canonicalLinkHeader", "mirroring", "profileLinkHeader", "sizeUpscaling"],
        })
    );
    let again = stand.get(&format!("{base}/info.json?x=y")).header("if-none-match", &etag);
    let again = again.send().await.unwrap();
    assert_eq!((again.status(), header(&again, "x-cache")), (StatusCode::NOT_MODIFIED, "hit"));
    let followed = stand.get(&base).send().await.unwrap();
    assert_eq!(followed.url().as_str(), stand.url(&format!("{base}/info.json")));
}

#[tokio::test]
async fn an_image_shares_its_rendition_and_names_its_canonical_url() {
    let stand = Stand::start().await;
    let image = public(&stand).await;
    let base = format!("/acme/iiif/3/{image}");
    for path in [
        "full/200,/0/default.jpg",
        "full/!200,300/0/color.jpg",
        "0,0,512,512/pct:39.0625/360/default.jpg",
    ] {
        let shown = stand.get(&format!("{base}/{path}")).send().await.unwrap();
        let links = format!(
            "<http://iiif.io/api/image/3/level2.json>;rel=\"profile\", \
             <{}/full/200,200/0/default.jpg>;rel=\"canonical\"",
            stand.url(&base)
        );
        assert_eq!(header(&shown, "link"), links);
        assert_eq!(header(&shown, "content-type"), "image/jpeg");
        assert_eq!(size(shown).await, Size { width: 200, height: 200 });
    }
    let same = stand.get(&format!("/acme/{image}?w=200&fm=jpg")).send().await.unwrap();
    assert_eq!(size(same).await, Size { width: 200, height: 200 });
    let stored = format!("renditions/{image}/{}/w=200,fm=jpg.jpg", resizer::ENGINE);
    assert_eq!(stand.stored(image).await, [stored]);
}

#[tokio::test]
async fn what_asks_for_nothing_there_is_says_why() {
    let stand = Stand::start().await;
    let base = format!("/acme/iiif/3/{}", public(&stand).await);
    for (path, status, code) in [
        ("full/full/0/default.jpg", 400, "bad_parameter"),
        ("full/600,/0/default.jpg", 400, "size_not_enlarged"),
        ("512,0,9,9/max/0/default.jpg", 400, "region_outside"),
        ("full/^9000,9000/0/default.jpg", 400, "result_too_large"),
        ("full/max/45/default.jpg", 400, "bad_parameter"),
        ("full/max/0/default.tif", 400, "bad_parameter"),
        ("full/max/default.jpg", 404, "no_such_path"),
    ] {
        let refused = stand.get(&format!("{base}/{path}")).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), status, "{path}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["code"], code, "{path}: {problem}");
    }
}

#[tokio::test]
async fn a_private_image_is_for_cookies_and_for_credentials_in_the_path() {
    let stand = Stand::start().await;
    let image = stand.upload(ASTRONAUT, Visibility::Private).await.record.image;
    let (base, tile) = (format!("/acme/iiif/3/{image}"), "0,0,256,256/128,/0/default.jpg");
    for path in [format!("{base}/info.json"), format!("{base}/{tile}"), base.clone()] {
        let nobody = stand.get(&path).send().await.unwrap();
        assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let own = stand.get_as_customer(&format!("{base}/info.json")).send().await.unwrap();
    assert_eq!(header(&own, "access-control-allow-origin"), "");
    assert_eq!(header(&own, "cache-control"), "private, max-age=60");
    assert_eq!(own.json::<Value>().await.unwrap()["id"], stand.url(&base));

    let credential = stand.credential("acme", Scope::Image(image));
    let signed = format!("/acme/iiif/3/{credential}/{image}");
    for path in [format!("{base}/info.json?sig={credential}"), format!("{signed}/info.json")] {
        let told = stand.get(&path).send().await.unwrap();
        assert_eq!(header(&told, "access-control-allow-origin"), "*", "{path}");
        assert_eq!(told.json::<Value>().await.unwrap()["id"], stand.url(&signed), "{path}");
    }
    let shown = stand.get(&format!("{signed}/{tile}")).send().await.unwrap();
    assert_eq!(
        (header(&shown, "x-cache"), header(&shown, "access-control-allow-origin")),
        ("miss", "*")
    );
    assert!(
        !header(&shown, "link").contains(&credential),
        "what is kept names nobody's credential"
    );
    assert_eq!(size(shown).await, Size { width: 128, height: 128 });
    let other = stand.credential("acme", Scope::Image(image));
    let again = stand.get(&format!("{base}/{tile}?sig={other}")).send().await.unwrap();
    assert_eq!(header(&again, "x-cache"), "hit", "one entry for whoever has been shown the image");
}

#[tokio::test]
async fn the_edge_and_the_origin_read_escapes_alike() {
    let stand = Stand::start().await;
    let base = format!("/acme/iiif/3/{}", public(&stand).await);
    let (plain, escaped) = ("full/^600,/!0/default.jpg", "full/%5E600%2C/%210/default.jpg");
    let miss = stand.get(&format!("{base}/{plain}")).send().await.unwrap();
    assert_eq!(header(&miss, "x-cache"), "miss");
    assert_eq!(size(miss).await, Size { width: 600, height: 600 });
    let hit = stand.get(&format!("{base}/{escaped}")).send().await.unwrap();
    assert_eq!((hit.status(), header(&hit, "x-cache")), (StatusCode::OK, "hit"));
    // A gateway between them may escape what the edge has not.
    let asked = stand.ask_origin(Viewer::Anon, &format!("{base}/{escaped}")).await;
    assert_eq!(asked.status(), StatusCode::OK);
}
