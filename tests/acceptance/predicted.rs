//! Predictions while SageMaker is in trouble: each of its errors is a sentence and a status of its own, and an endpoint
//! that fails again and again is left alone.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aws_sdk_s3::primitives::ByteStream;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tests::{
    client::{Client, read_json},
    darkroom::Darkroom,
};
use tokio::net::TcpListener;

/// Failures in a row after which nobody asks for a while.
const FAILURES_MAX: usize = 5;

/// What the next requests are answered: status, error type and body.
type Script = VecDeque<(u16, &'static str, String)>;

/// SageMaker Runtime as it is on bad days.
#[derive(Clone, Default)]
struct Runtime {
    script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<usize>>,
}

impl Runtime {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/endpoints/{name}/invocations", post(invoked));
        let serving = axum::serve(listener, router.with_state(self.clone()));
        tokio::spawn(async move { drop(serving.await) });
        url
    }

    /// Answers this next, and says how many requests came for one prediction.
    async fn answering(
        &self,
        script: impl IntoIterator<Item = (u16, &'static str, Value)>,
        client: &Client,
        path: &str,
    ) -> (StatusCode, Value, usize) {
        let script =
            script.into_iter().map(|(status, kind, body)| (status, kind, body.to_string()));
        *self.script.lock().unwrap() = script.collect();
        *self.asked.lock().unwrap() = 0;
        let (status, body) = read_json(client.post(path, "").await).await;
        (status, body, *self.asked.lock().unwrap())
    }
}

async fn invoked(
    State(runtime): State<Runtime>,
    Path(endpoint): Path<String>,
) -> (StatusCode, HeaderMap, String) {
    if endpoint == "mute" {
        std::future::pending::<()>().await;
    }
    *runtime.asked.lock().unwrap() += 1;
    let next = runtime.script.lock().unwrap().pop_front();
    let (status, kind, body) = next.unwrap_or((500, "Unexpected", String::new()));
    let mut headers = HeaderMap::new();
    if !kind.is_empty() {
        headers.insert("x-amzn-errortype", kind.parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

#[tokio::test]
async fn each_trouble_of_sagemakers_is_a_problem_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::default();
    let url = runtime.start().await;
    let darkroom = Darkroom::start(&folder.path().join("data"), &["--sagemaker-endpoint", &url]);
    let endpoints = ["pets", "large", "mute"].map(|endpoint| ["--endpoint", endpoint]);
    darkroom.verb(&[&["customer", "set", "demo"][..], endpoints.as_flattened()].concat());
    declare_large(&darkroom).await;
    let darkroom = darkroom.kill_and_restart();
    let client = Client::demo(&darkroom).await;
    let (_, image) = client.upload("images/astronaut.jpg", "").await;
    let path = format!("/v1/images/{}/predictions", image["id"].as_str().unwrap());

    let unavailable = || (503, "ServiceUnavailable", json!({"Message": "busy"}));
    let model_error = |status: u16| {
        (424, "ModelError", json!({"OriginalStatusCode": status, "OriginalMessage": "no"}))
    };
    let good = || (200, "", json!({"label": "cat"}));
    let (status, answer, asked) = runtime.answering([unavailable(), good()], &client, &path).await;
    assert_eq!((status, asked, &answer["prediction"]["label"]), (StatusCode::OK, 2, &json!("cat")));
    // Of a model that is not Darkroom's own nothing is known, and so nothing is kept.
    assert_eq!(answer["stored"], false);
    let cases = [
        (vec![unavailable(), unavailable()], 503, "endpoint_unavailable", 2),
        (
            vec![(400, "ThrottlingException", json!({"Message": "slow"}))],
            429,
            "endpoint_throttled",
            1,
        ),
        (
            vec![(429, "ModelNotReadyException", json!({"Message": "soon"}))],
            503,
            "model_not_ready",
            1,
        ),
        (vec![(400, "ValidationError", json!({"Message": "none"}))], 502, "endpoint_not_found", 1),
        (vec![model_error(415)], 422, "model_refused", 1),
        (vec![model_error(500)], 502, "model_failed", 1),
        (vec![(200, "", json!(null)), good()], 200, "", 1),
    ];
    for (script, expected, code, requests) in cases {
        let (status, answer, asked) = runtime.answering(script, &client, &path).await;
        assert_eq!((status.as_u16(), asked), (expected, requests), "{code}: {answer}");
        assert_eq!(answer["code"].as_str().unwrap_or_default(), code, "{answer}");
    }
    let others = [("large", 413, "prediction_input_too_large"), ("mute", 504, "model_timed_out")];
    for (endpoint, expected, code) in others {
        let asked = client.post_json(&path, &json!({"endpoint": endpoint})).await;
        let (status, answer) = read_json(asked).await;
        assert_eq!((status.as_u16(), &answer["code"]), (expected, &json!(code)), "{answer}");
    }

    for _ in 0..FAILURES_MAX {
        let failing = [unavailable(), unavailable()];
        assert_eq!(runtime.answering(failing, &client, &path).await.2, 2);
    }
    let (status, answer, asked) = runtime.answering([good()], &client, &path).await;
    assert_eq!((status.as_u16(), asked), (503, 0), "it is left alone: {answer}");
    assert!(answer["detail"].as_str().unwrap().contains("left alone"), "{answer}");
}

/// An endpoint whose model wants more than an endpoint takes.
async fn declare_large(darkroom: &Darkroom) {
    let declared = json!({
        "endpoint": "large",
        "model": "large-1",
        "snapshot": "pets/1",
        "rendition": "w=4000,h=4000,fit=cover,enlarge=1,fm=png",
        "classes": ["cat"],
    });
    let body = ByteStream::from(declared.to_string().into_bytes());
    let put =
        darkroom.s3().await.put_object().bucket("darkroom-service").key("endpoints/large.json");
    put.body(body).send().await.unwrap();
}
