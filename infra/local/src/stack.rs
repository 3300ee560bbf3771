//! `darkroom up`: puts the parts together, in the order in which they need each other.
//!
//! First the stand-ins and the port, for everything else reaches them through it; then buckets and
//! the demo customer; then Kafka and the tasks. `/healthz` says ok when all of it runs.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};

use customer::{Buckets, Registry};
use ingest::{Announcer, Steps};
use resizer::Limits;
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc::unbounded_channel},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    connection::{self, Connection},
    data_folder::{DataFolder, DataFolderError},
    demo::{self, Demo},
    kafka::{Backlog, Kafka, KafkaStartError},
    names,
    parts::{self, Parts},
    secrets::Secrets,
    serve,
    settings::Settings,
    tasks::{Tasks, Work},
};

/// A running darkroom.
#[derive(Debug)]
pub(crate) struct Stack {
    pub connection: Connection,
    pub demo: Demo,
    pub data: std::path::PathBuf,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    // Dropped last, in this order: Kafka keeps its log in the folder, and the lock keeps others out.
    kafka: Kafka,
    _folder: DataFolder,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Data(#[from] DataFolderError),
    #[error("cannot listen on {address}; is another program using it? Choose another with --port")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Parts(#[from] parts::PartsError),
    #[error(transparent)]
    Demo(#[from] demo::DemoError),
    #[error("the service's buckets cannot be made")]
    Buckets(#[from] customer::StoreError),
    #[error("what was trained and deployed before cannot be read")]
    SageMaker(#[source] io::Error),
    #[error(transparent)]
    Kafka(#[from] KafkaStartError),
    #[error(transparent)]
    Lag(#[from] kafka::LagError),
    #[error(transparent)]
    Announce(#[from] ingest::FeedError),
    #[error("the connection cannot be written as JSON")]
    Connection(#[from] serde_json::Error),
}

impl Stack {
    /// Starts everything and returns when it is ready.
    pub(crate) async fn start(settings: Settings) -> Result<Self, StartError> {
        let folder = DataFolder::open(&settings.data)?;
        let secrets = Secrets::open(&folder)?;
        let listener = listen(&settings).await?;
        let port = listener.local_addr().map_or(settings.port, |address| address.port());
        let (created, notifications) = unbounded_channel();
        let parts = Parts::new(&settings, &folder, &secrets, port, created).await?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let gateway = Arc::new(parts.gateway.clone());
        let answer = move |request| {
            let gateway = Arc::clone(&gateway);
            async move { gateway.answer(request).await }
        };
        tasks.spawn(serve::serve(listener, answer, stop.clone()));

        let operator = parts.operator_buckets(&secrets).await;
        operator.create(names::SERVICE_BUCKET).await?;
        operator.create(names::FEED_BUCKET).await?;
        let demo = Demo::prepare(&settings, &folder, &parts, &operator).await?;

        if let Some(sagemaker) = &parts.gateway.sagemaker {
            sagemaker.resume().map_err(StartError::SageMaker)?;
        }
        let kafka = Box::pin(Kafka::start(&settings, &folder)).await?;
        let connection = parts.connection(&secrets, &kafka);
        folder.write(connection::FILE, &serde_json::to_string_pretty(&connection)?)?;
        let backlog = kafka.backlog()?;
        let edge_cache = parts.edge_cache(&secrets).await;
        let announcer = Announcer::connect(&kafka.config, edge_cache)?;
        let steps = Steps {
            buckets: parts.buckets.clone(),
            registry: parts.registry.clone(),
            announcer,
            predictions: parts.predictions.clone(),
            limits: Limits::default(),
        };
        let work = Tasks { steps, backlog, stop: stop.clone() };
        if !settings.without_consumer {
            let Tasks { steps: Steps { buckets, registry, .. }, stop, .. } = work.clone();
            let config = consumer_config(&kafka);
            tasks.spawn(stage(config, buckets, registry, stop));
        }
        tasks.spawn(work.clone().measure(parts.gateway.metrics.clone()));
        start_tasks(&mut tasks, work, notifications, parts.is_notified());
        parts.gateway.ready.store(true, Ordering::Release);
        let data = settings.data;
        Ok(Self { connection, demo, data, stop, tasks, kafka, _folder: folder })
    }

    /// Runs until `signal`, then lets what is being answered end.
    pub(crate) async fn run(mut self, signal: impl Future<Output = ()>) {
        tokio::select! {
            () = signal => {}
            Some(ended) = self.tasks.join_next() => {
                tracing::error!(?ended, "a part ended that must not; stopping");
            }
        }
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(serve::SHUTDOWN_TIMEOUT, ended).await.is_err() {
            tracing::warn!("stopped while something was still running");
        }
        self.kafka.stop().await;
    }
}

async fn listen(settings: &Settings) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(settings.host, settings.port);
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn consumer_config(kafka: &Kafka) -> consumer::Config {
    consumer::Config {
        kafka: kafka.config.clone(),
        group: kafka.group.clone(),
        epoch: kafka.epoch.clone(),
        batch: consumer::BatchLimits::default(),
        staging: consumer::Staging::default(),
    }
}

fn start_tasks(
    tasks: &mut JoinSet<()>,
    work: Tasks,
    notifications: tokio::sync::mpsc::UnboundedReceiver<crate::s3::ObjectCreated>,
    is_notified: bool,
) {
    let wanted = Arc::new(Notify::new());
    tasks.spawn(work.clone().build_snapshots(Arc::clone(&wanted)));
    tasks.spawn(work.clone().erase());
    if is_notified {
        let (uploads, uploaded) = unbounded_channel();
        let (announcements, changed) = unbounded_channel();
        tasks.spawn(work.clone().listen(notifications, Work { uploads, announcements, wanted }));
        tasks.spawn(work.clone().notify(uploaded, Backlog::default()));
        tasks.spawn(work.clone().notify(changed, work.backlog.clone()));
    }
    tasks.spawn(work.clone().sweep(is_notified));
    tasks.spawn(work.clone().sweep_leftovers(is_notified));
    tasks.spawn(work.reconcile());
}

async fn stage(
    config: consumer::Config,
    buckets: Buckets,
    registry: Registry,
    stop: CancellationToken,
) {
    let consumer = consumer::Consumer::new(config, buckets, registry);
    if let Err(error) = consumer.run(Box::pin(stop.cancelled_owned())).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the consumer gave up");
    }
}
