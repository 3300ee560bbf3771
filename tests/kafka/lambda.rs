//! Lambda's Runtime API for one function, and the poller of an event source mapping before it.
//!
//! Source: Lambda's developer guide, "Using the Lambda runtime API".

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc, watch},
    time::timeout,
};

/// A function that has not answered by then has died.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(20);

/// Where one function asks for its events.
#[derive(Clone)]
pub(crate) struct RuntimeApi(Arc<Inner>);

struct Inner {
    address: String,
    events: mpsc::Sender<(u64, String)>,
    waiting: Mutex<mpsc::Receiver<(u64, String)>>,
    numbers: AtomicU64,
    /// The last answer and the event that it answers; `None` of a failure.
    answers: watch::Sender<(u64, Option<Value>)>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (events, waiting) = mpsc::channel(1);
        let (answers, _) = watch::channel((0, None));
        let (waiting, numbers) = (Mutex::new(waiting), AtomicU64::new(1));
        let api = Self(Arc::new(Inner { address, events, waiting, numbers, answers }));
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        api
    }

    pub(crate) fn address(&self) -> &str {
        &self.0.address
    }

    /// Invokes the function with an event until it has taken all of it, through any death. Returns how often it took.
    pub(crate) async fn invoke(&self, event: &BTreeMap<String, Vec<Value>>) -> usize {
        let event = json!({"eventSource": "aws:kafka", "records": event}).to_string();
        for tries in 1.. {
            let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
            let mut answers = self.0.answers.subscribe();
            let answer = async {
                self.0.events.send((number, event.clone())).await.unwrap();
                answers.wait_for(|(answered, _)| *answered == number).await.unwrap().1.clone()
            };
            let answer = timeout(FUNCTION_TIMEOUT, answer).await.ok().flatten();
            if answer == Some(json!({"batchItemFailures": []})) {
                return tries;
            }
        }
        unreachable!("numbers have no end")
    }
}

async fn next(State(RuntimeApi(inner)): State<RuntimeApi>) -> Response {
    let Some((number, event)) = inner.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let deadline_ms = (now + FUNCTION_TIMEOUT).as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", number.to_string()),
        ("lambda-runtime-deadline-ms", deadline_ms),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:consumer".to_owned(),
        ),
    ];
    (headers, event).into_response()
}

async fn answered(
    State(api): State<RuntimeApi>,
    Path(number): Path<u64>,
    body: String,
) -> StatusCode {
    api.0.answers.send_replace((number, serde_json::from_str(&body).ok()));
    StatusCode::ACCEPTED
}

async fn failed(State(api): State<RuntimeApi>, Path(number): Path<u64>) -> StatusCode {
    api.0.answers.send_replace((number, None));
    StatusCode::ACCEPTED
}
