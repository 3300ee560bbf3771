//! Parameters beyond the box: that they reach the pixels, and what a watermark may be.

use customer::{ImageId, Visibility};
use local::edge::Forgotten;
use reqwest::Response;
use resizer::{Layout, Limits, Raster, Transform};
use serde_json::Value;

use crate::stand::Stand;

/// The pixels of an answer.
async fn pixels(response: Response) -> Raster {
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    let picture = resizer::pixels(&bytes, &Transform::default(), &Limits::default()).unwrap();
    picture.rasters().next().unwrap().clone()
}

async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    (status, problem["code"].as_str().unwrap().to_owned())
}

/// Mean of a channel over a square of 8 pixels.
fn mean(raster: &Raster, x: usize, y: usize, channel: usize) -> u32 {
    let channels = raster.layout().channels();
    let at = |x: usize, y: usize| {
        u32::from(raster.pixels()[(y * raster.size().width as usize + x) * channels + channel])
    };
    (y..y + 8).flat_map(|y| (x..x + 8).map(move |x| at(x, y))).sum::<u32>() / 64
}

#[tokio::test]
async fn parameters_reach_the_pixels() {
    let stand = Stand::start().await;
    let image = stand.upload("coffee.jpg", Visibility::Public).await.record.image;
    let ask = async |query: &str| {
        pixels(stand.get(&format!("/acme/{image}?{query}")).send().await.unwrap()).await
    };

    let plain = ask("w=200&fm=png").await;
    let size = |raster: &Raster| (raster.size().width, raster.size().height);
    assert_eq!(size(&ask("rect=0,0,100,50&fm=png").await), (100, 50));
    assert_eq!(size(&ask("w=100&h=100&fit=crop&crop=entropy&fm=png").await), (100, 100));
    assert_eq!(ask("w=200&tone=gray&fm=png").await.layout(), Layout::Gray);
    let dark = ask("w=200&bri=-50&fm=png").await;
    assert!(mean(&dark, 90, 60, 0).abs_diff(mean(&plain, 90, 60, 0) / 2) <= 1);
    let round = ask("w=200&border-radius=20&fm=png").await;
    assert_eq!((round.layout(), round.pixels()[3]), (Layout::Rgba, 0));
    let padded = ask("w=200&pad=10&bg=0f0&fm=png").await;
    assert_eq!(padded.size().width, 200);
    assert_eq!(padded.pixels()[..3], [0, 255, 0]);
    assert_ne!(ask("w=200&blur=50&fm=png").await, plain);
    assert_ne!(ask("w=200&sharp=80&fm=png").await, plain);

    assert_eq!(size(&ask("ar=2:1&fm=png").await).0 / 2, size(&ask("ar=2:1&fm=png").await).1);
    assert_eq!(size(&ask("w=200&max-h=90&fm=png").await), (200, 90));
    assert_eq!(size(&ask("w=200&orient=6&fm=png").await).0, 200);
    assert!(size(&ask("w=200&orient=6&fm=png").await).1 > 200, "on its side");
    let [_, green, blue] = ask("w=200&mono=0000ff&fm=png").await.pixels()[..3] else {
        panic!("RGB")
    };
    assert!(blue > green, "shades of blue");

    let outside = stand.get(&format!("/acme/{image}?rect=5000,0,10,10")).send().await.unwrap();
    assert_eq!(refusal(outside).await, (400, "region_outside".to_owned()));
}

#[tokio::test]
async fn a_watermark_is_a_public_image_and_dies_with_it() {
    let stand = Stand::start().await;
    let image = stand.upload("coffee.jpg", Visibility::Public).await.record.image;
    let logo = stand.upload("astronaut.jpg", Visibility::Public).await;
    let mark = logo.record.image;
    let private = stand.upload("chelsea.png", Visibility::Private).await.record.image;
    let path =
        |mark: ImageId| format!("/acme/{image}?w=200&fm=png&mark={mark}&mark-scale=50&mark-pad=0");

    let plain =
        pixels(stand.get(&format!("/acme/{image}?w=200&fm=png")).send().await.unwrap()).await;
    let marked = pixels(stand.get(&path(mark)).send().await.unwrap()).await;
    assert_eq!(marked.size(), plain.size());
    assert_eq!(marked.pixels()[..600], plain.pixels()[..600], "the upper edge stays");
    let (right, low) = (plain.size().width as usize - 8, plain.size().height as usize - 8);
    assert_ne!(mean(&marked, right, low, 0), mean(&plain, right, low, 0));

    let stored = format!("renditions/{image}/{}/w=200,fm=png.png", resizer::ENGINE);
    assert_eq!(stand.stored(image).await, [stored], "an erasure of the watermark leaves nothing");

    for hidden in [private, ImageId::of(b"absent").0] {
        let refused = (400, "no_such_mark".to_owned());
        assert_eq!(refusal(stand.get(&path(hidden)).send().await.unwrap()).await, refused);
        assert_eq!(
            refusal(stand.get_as_customer(&path(hidden)).send().await.unwrap()).await,
            refused
        );
    }

    stand.delete(&logo).await;
    stand.edge.purge(Forgotten::Tag(format!("i:{mark}"))).await;
    let gone = refusal(stand.get(&path(mark)).send().await.unwrap()).await;
    assert_eq!(gone, (400, "no_such_mark".to_owned()), "its tag is on what it was laid over");
}
