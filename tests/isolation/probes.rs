use customer::Role;
use ingest::{ACCESS, Needs};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::client::Client;

use crate::{
    machine::{Machine, bucket_of, uploaded},
    picture::{id_of, picture},
};

/// What asks for an image at the edge, whoever's it is.
const DELIVERY: [&str; 6] = [
    "/acme/{image}",
    "/acme/{image}?w=8&fm=png",
    "/acme/{image}/original",
    "/acme/iiif/3/{image}/info.json",
    "/acme/iiif/3/{image}/full/8,/0/default.png",
    "/acme/{image}?explain=1",
];

/// How a probe is sent: the token, the cookie, or nothing.
const CREDENTIALS: [&str; 3] = ["token", "cookie", "none"];

/// A customer's administrator asks every route for an image and a ticket of somebody else's, and for what nobody has.
/// The answers are the same but for the name that was asked for, and nothing has changed.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_is_answered_as_what_nobody_has() {
    let machine = Machine::start().await;
    let (acme, beta) = (machine.customer("acme", &[]).await, machine.customer("beta", &[]).await);
    let bytes = picture(4, 4, [1, 2, 3]);
    let image = uploaded(&acme, bytes.clone(), "consent=training&label=cup").await;
    acme.wait(&format!("/v1/images/{image}"), |image| image["feed"] == "staged").await;
    let asked = json!({"type": "image/bmp", "bytes": bytes.len()});
    let ticket: Value = acme.post_json("/v1/uploads", &asked).await.json().await.unwrap();
    let theirs = [image.clone(), ticket["id"].as_str().unwrap().to_owned()];
    let nobodys = [id_of(&picture(4, 4, [3, 2, 1])), "a".repeat(theirs[1].len())];
    let before = machine.objects(&bucket_of("acme")).await;

    let mut probed = 0;
    for (method, path) in routes() {
        for credential in CREDENTIALS {
            let of_theirs = probe(&beta, &method, path, &theirs, credential).await;
            let of_nobodys = probe(&beta, &method, path, &nobodys, credential).await;
            assert_eq!(of_theirs, of_nobodys, "{method} {path} by {credential}");
            assert!(of_theirs.0 >= 400, "{method} {path} by {credential}: {of_theirs:?}");
            probed += 1;
        }
    }
    assert!(probed >= 3 * (DELIVERY.len() + 7), "{probed} probes");
    assert_eq!(machine.objects(&bucket_of("acme")).await, before);
}

/// Of each image that a batch names there is an answer of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_deletes_nothing_of_somebody_elses() {
    let machine = Machine::start().await;
    let (acme, beta) = (machine.customer("acme", &[]).await, machine.customer("beta", &[]).await);
    let image = uploaded(&acme, picture(4, 4, [1, 2, 3]), "").await;
    let nobodys = id_of(&picture(4, 4, [3, 2, 1]));
    let batch = json!({"ids": [image, nobodys]});
    let answer: Value =
        beta.post_json("/v1/images:batchDelete", &batch).await.json().await.unwrap();
    let text = answer.to_string();
    let (of_theirs, of_nobodys) = (text.matches(&image).count(), text.matches(&nobodys).count());
    assert!(of_theirs > 0 && of_theirs == of_nobodys, "{answer}");
    let (status, shown) = acme.show(&image).await;
    assert_eq!((status.as_u16(), &shown["state"]), (200, &json!("live")));
}

/// Every route that names an image or a ticket, and delivery.
fn routes() -> impl Iterator<Item = (Method, &'static str)> {
    let named = ACCESS.iter().filter(|(_, path, needs)| {
        (path.contains("{image}") || path.contains("{upload}"))
            && matches!(needs, Needs::Role(Role::Viewer | Role::Uploader))
    });
    let api = named.map(|(method, path, _)| (method.clone(), *path));
    let delivery = DELIVERY.iter().flat_map(|path| [(Method::GET, *path), (Method::HEAD, *path)]);
    api.chain(delivery)
}

/// Status, caching and text of an answer, without what names the request.
async fn probe(
    client: &Client,
    method: &Method,
    path: &str,
    [image, upload]: &[String; 2],
    credential: &str,
) -> (u16, String, String) {
    let path = path.replace("{image}", image).replace("{upload}", upload);
    let url = format!("{}{path}", client.url);
    let request = signed(client, client.http.request(method.clone(), url), credential);
    let request = match *method {
        Method::PATCH => request.json(&json!({"labels": ["stolen"]})),
        Method::POST => request.json(&json!({})),
        _ => request,
    };
    let answer = request.send().await.unwrap();
    let caching = format!("{:?}", answer.headers().get("cache-control"));
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap().replace(image, "IMAGE").replace(upload, "UPLOAD");
    let Ok(mut problem) = serde_json::from_str::<Value>(&text) else {
        return (status, caching, text);
    };
    problem.as_object_mut().unwrap().remove("request_id");
    (status, caching, problem.to_string())
}

fn signed(client: &Client, request: RequestBuilder, credential: &str) -> RequestBuilder {
    match credential {
        "token" => request.bearer_auth(&client.id_token),
        "cookie" => request.header("cookie", &client.cookie),
        _ => request,
    }
}
