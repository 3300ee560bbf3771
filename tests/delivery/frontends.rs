//! URLs that front-ends' own libraries build: imgix's js-core, unpic, and a loader for next/image.

use std::{collections::BTreeMap, path::Path, process::Command};

use customer::Visibility;
use http::StatusCode;
use resizer::{Format, Limits, Size, probe};
use serde::Deserialize;

use crate::stand::Stand;

/// What a library asks for, and the size that it counts on.
#[derive(Deserialize)]
struct Asked {
    path: String,
    width: u32,
    height: Option<u32>,
}

/// What came.
struct Seen {
    size: Size,
    format: Format,
    bytes: usize,
}

/// By library and layout.
fn urls(image: &str) -> BTreeMap<String, Vec<Asked>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("delivery/frontends");
    assert!(folder.join("node_modules").exists(), "`make setup-test` installs the libraries");
    let printed = Command::new("node").arg(folder.join("urls.mjs")).arg(image).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    serde_json::from_slice(&printed.stdout).unwrap()
}

async fn seen(stand: &Stand, asked: &Asked) -> Seen {
    let request = stand.get(&asked.path).header("accept", "image/avif,image/webp,*/*");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", asked.path);
    assert_eq!(answer.headers().get("x-darkroom-ignored"), None, "{}", asked.path);
    let bytes = answer.bytes().await.unwrap();
    let probed = probe(&bytes, &Limits::default()).unwrap();
    Seen { size: probed.upright(), format: probed.format, bytes: bytes.len() }
}

/// The size to expect of an original that is not enlarged, where the box keeps its shape.
fn within(asked: &Asked, original: Size) -> Size {
    let Some(height) = asked.height else {
        let width = asked.width.min(original.width);
        let height = f64::from(width) * f64::from(original.height) / f64::from(original.width);
        return Size { width, height: rounded(height) };
    };
    let (wide, high) = (f64::from(asked.width), f64::from(height));
    let scale = (f64::from(original.width) / wide).min(f64::from(original.height) / high).min(1.0);
    Size { width: rounded(wide * scale), height: rounded(high * scale) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
fn rounded(length: f64) -> u32 {
    length.round() as u32
}

#[tokio::test(flavor = "multi_thread")]
async fn every_url_of_every_library_is_answered_as_it_expects() {
    let stand = Stand::start().await;
    let record = stand.upload("seeding-2mb.jpg", Visibility::Public).await.record;
    let original = Size { width: record.width, height: record.height };
    let groups = urls(&format!("/acme/{}", record.image));
    assert_eq!(groups.len(), 7);
    for (group, all) in groups {
        let mut smaller: Option<Seen> = None;
        for asked in &all {
            let seen = seen(&stand, asked).await;
            assert_eq!(seen.size, within(asked, original), "{}", asked.path);
            let negotiated = asked.path.contains("auto=format");
            let is_small = seen.size.pixels() <= 2_000_000;
            let expected = match (negotiated, is_small) {
                (true, true) => Format::Avif,
                (true, false) => Format::WebP,
                (false, _) => Format::Jpeg,
            };
            assert_eq!(seen.format, expected, "{}", asked.path);
            if let Some(smaller) = smaller.filter(|smaller| smaller.size != seen.size) {
                // js-core lowers the quality as the density of a screen rises.
                let grows = smaller.bytes < seen.bytes || group == "js-core fixed";
                assert!(grows, "{} bytes, then {}: {}", smaller.bytes, seen.bytes, asked.path);
            }
            smaller = Some(seen);
        }
    }
}
