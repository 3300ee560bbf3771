//! The SDK's connector as one life of a process sees it: answers get lost, come late or not at all, and the process may
//! die before or after any request. Time passes in turns of the scheduler, so that a minute's delay costs nothing.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use customer::{Buckets, BucketsConfig};
use tests::random::Random;
use tokio::{
    sync::{Notify, oneshot},
    task::yield_now,
};

use crate::memory::{Memory, S3, STS, error};

/// An attempt at S3 times out after 5 s: after 50 turns.
const TURN: Duration = Duration::from_millis(100);
/// Some requests are applied before the attempt times out, and some long after.
const LATE_TURNS_MAX: usize = 150;

/// The store, and the requests on their way to it, whoever sent them.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) memory: Memory,
    underway: AtomicUsize,
}

/// A process from its start to its death.
#[derive(Clone, Debug)]
pub(crate) struct Life(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    world: Arc<World>,
    random: Mutex<Random>,
    /// Of a hundred requests.
    faults: usize,
    requests: AtomicUsize,
    /// It dies at this request, if it lives to see it.
    dies_at: usize,
    died: Notify,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    /// Applied, but so late that the SDK may have tried again or given up, or the process be dead.
    Late(usize),
    /// Applied, and nobody hears of it.
    Unheard,
    /// Applied, and the answer is that of a server that broke.
    Broke,
    Refused,
    Conflict,
    /// What a store says whose copies do not agree yet.
    Untrue,
    DiesBefore,
    DiesAfter,
}

impl World {
    pub(crate) fn new(memory: Memory) -> Arc<Self> {
        Arc::new(Self { memory, underway: AtomicUsize::new(0) })
    }

    /// Waits until whatever was sent has arrived, by the dead too.
    pub(crate) async fn settle(&self) {
        while self.underway.load(Ordering::Relaxed) > 0 {
            yield_now().await;
        }
    }
}

impl Life {
    /// Without faults and without an end.
    pub(crate) fn healthy(world: &Arc<World>) -> Self {
        Self::new(world, Random::new(0), 0, usize::MAX)
    }

    pub(crate) fn new(world: &Arc<World>, random: Random, faults: usize, dies_at: usize) -> Self {
        Self(Arc::new(Inner {
            world: world.clone(),
            random: Mutex::new(random),
            faults,
            requests: AtomicUsize::new(0),
            dies_at,
            died: Notify::new(),
        }))
    }

    pub(crate) async fn died(&self) {
        self.0.died.notified().await;
    }

    /// How many requests it has made.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// The buckets as this life reaches them.
    pub(crate) fn buckets(&self) -> Buckets {
        let life = self.clone();
        let connector = SharedHttpConnector::new(life);
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "id", "secret", None, None, "test",
            )))
            .retry_config(RetryConfig::standard())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .sleep_impl(SharedAsyncSleep::new(Turns))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let config = BucketsConfig {
            s3_endpoint: Some(S3.to_owned()),
            s3_public_endpoint: None,
            sts_endpoint: Some(STS.to_owned()),
            customer_role: "arn:aws:iam::000000000000:role/customer".to_owned(),
            service_bucket: "service".to_owned(),
            feed_bucket: "feed".to_owned(),
        };
        Buckets::new(sdk, config)
    }

    fn fate(&self, request: &HttpRequest) -> Fate {
        let Inner { random, faults, requests, dies_at, .. } = &*self.0;
        let mut random = random.lock().unwrap();
        if requests.fetch_add(1, Ordering::Relaxed) == *dies_at {
            return random.one_of(&[Fate::DiesBefore, Fate::DiesAfter]);
        }
        if random.below(100) >= *faults {
            return Fate::Done;
        }
        let is_conditional =
            ["if-match", "if-none-match"].iter().any(|name| request.headers().get(name).is_some());
        let of_all = [
            Fate::Late(1 + random.below(LATE_TURNS_MAX)),
            Fate::Unheard,
            Fate::Broke,
            Fate::Refused,
        ];
        if request.method() == "PUT" && is_conditional && random.below(3) == 0 {
            return random.one_of(&[Fate::Conflict, Fate::Untrue]);
        }
        random.one_of(&of_all)
    }

    /// `None` where nobody hears of it.
    async fn send(
        self,
        request: HttpRequest,
        fate: Fate,
    ) -> Option<Result<HttpResponse, ConnectorError>> {
        let turns = if let Fate::Late(turns) = fate { turns } else { 1 };
        wait(turns).await;
        let apply = || self.0.world.memory.answer(&request);
        let answered = match fate {
            Fate::Done | Fate::Late(_) => Some(apply()),
            Fate::Unheard | Fate::DiesAfter => {
                apply();
                None
            }
            Fate::Broke => {
                apply();
                Some(error(500, "InternalError"))
            }
            Fate::Refused => Some(error(503, "SlowDown")),
            Fate::Conflict => Some(error(409, "ConditionalRequestConflict")),
            Fate::Untrue => Some(error(412, "PreconditionFailed")),
            Fate::DiesBefore => None,
        };
        if matches!(fate, Fate::DiesBefore | Fate::DiesAfter) {
            self.0.died.notify_one();
            return None;
        }
        Some(answered.ok_or_else(|| ConnectorError::io("the connection was reset".into())))
    }
}

impl HttpConnector for Life {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (life, fate) = (self.clone(), self.fate(&request));
        let (answer, heard) = oneshot::channel();
        self.0.world.underway.fetch_add(1, Ordering::Relaxed);
        // A request on its way arrives, whatever becomes of its sender.
        tokio::spawn(async move {
            let world = life.0.world.clone();
            let sent = life.send(request, fate).await;
            world.underway.fetch_sub(1, Ordering::Relaxed);
            if let Some(sent) = sent {
                drop(answer.send(sent));
            }
        });
        HttpConnectorFuture::new(async move {
            match heard.await {
                Ok(answered) => answered,
                Err(_) => pending().await,
            }
        })
    }
}

/// The SDK's clock.
#[derive(Debug)]
struct Turns;

impl AsyncSleep for Turns {
    fn sleep(&self, duration: Duration) -> Sleep {
        let turns = duration.as_millis().div_ceil(TURN.as_millis());
        Sleep::new(wait(usize::try_from(turns).unwrap_or(usize::MAX)))
    }
}

async fn wait(turns: usize) {
    for _ in 0..turns {
        yield_now().await;
    }
}
