//! Originals carry what renditions strip, so they are for those who upload and decide.

use customer::Visibility;
use http::StatusCode;

use crate::stand::{Stand, fixture};

#[tokio::test]
async fn an_uploader_takes_the_very_bytes_and_others_do_not() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Public).await.record.image;
    let path = format!("/acme/{image}/original");
    let [uploader, viewer, foreign] = [
        stand.sign_in("acme", "uploader").await,
        stand.sign_in("acme", "viewer").await,
        stand.sign_in("beta", "uploader").await,
    ];
    for (request, status) in [
        (stand.get(&path), StatusCode::UNAUTHORIZED),
        (stand.get_as_customer(&path), StatusCode::FORBIDDEN),
        (stand.get(&path).bearer_auth(&viewer), StatusCode::FORBIDDEN),
        (stand.get(&path).bearer_auth(&foreign), StatusCode::NOT_FOUND),
        (stand.get(&path).bearer_auth("forged"), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(request.send().await.unwrap().status(), status, "{status}");
    }
    let taken = stand.get(&path).bearer_auth(&uploader).send().await.unwrap();
    assert_eq!(taken.status(), StatusCode::OK);
    let disposition = format!("attachment; filename=\"{image}.jpeg\"");
    assert_eq!(taken.headers()["content-disposition"], disposition);
    assert_eq!(taken.headers()["cache-control"], "private, no-store");
    assert_eq!(taken.bytes().await.unwrap(), std::fs::read(fixture("astronaut.jpg")).unwrap());
}

#[tokio::test]
async fn a_bearers_renditions_are_kept_nowhere() {
    let stand = Stand::start().await;
    let image = stand.upload("astronaut.jpg", Visibility::Private).await.record.image;
    let token = stand.sign_in("acme", "viewer").await;
    for _ in 0..2 {
        let request = stand.get(&format!("/acme/{image}?w=60")).bearer_auth(&token);
        let seen = request.send().await.unwrap();
        assert_eq!(seen.status(), StatusCode::OK);
        assert_eq!(seen.headers()["x-cache"], "pass");
        assert_eq!(seen.headers()["cache-control"], "private, no-store");
        assert!(!seen.headers().contains_key("cache-tag"));
    }
}
