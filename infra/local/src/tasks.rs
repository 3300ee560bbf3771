//! What runs beside the port: announcing, accepting, sweeping, reconciling, staging.

use std::{collections::HashSet, sync::Arc, time::Duration};

use customer::{Buckets, ObjectKey, Registry};
use futures::{StreamExt, stream};
use ingest::Announcer;
use resizer::Limits;
use serde_json::json;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    time::{Interval, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use crate::{edge::Edge, kafka::Backlog, s3};

/// Notifications handled at a time: decoding has two cores, the rest is waiting.
const HANDLED_AT_ONCE: usize = 16;
const RECONCILED_EVERY: Duration = Duration::from_mins(10);
/// What S3 did not tell us of is found after this time.
const SWEPT_EVERY: Duration = Duration::from_mins(1);
/// A store that tells us nothing is swept like this.
const POLLED_EVERY: Duration = Duration::from_secs(2);

/// What the tasks share.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    pub buckets: Buckets,
    pub registry: Registry,
    pub announcer: Announcer,
    pub edge: Arc<Edge>,
    pub backlog: Backlog,
    pub limits: Limits,
    pub stop: CancellationToken,
}

impl Tasks {
    /// Hears of every object first: has the edge forget an image whose record has changed, and
    /// hands on what asks for work. Never waits, so a backlog of work delays no deletion.
    pub(crate) async fn listen(
        self,
        mut created: UnboundedReceiver<s3::ObjectCreated>,
        work: UnboundedSender<s3::ObjectCreated>,
    ) {
        let mut changing = HashSet::new();
        while let Some(event) = created.recv().await {
            let wanted = match ObjectKey::parse(&event.key) {
                Some(ObjectKey::Outbox { image, version }) => {
                    // It lies there before the record. A first version has nothing to forget.
                    if version > 1 {
                        changing.insert(image);
                    }
                    true
                }
                Some(ObjectKey::Record(image)) => {
                    if changing.remove(&image) {
                        self.edge.purge(&format!("i:{image}"));
                    }
                    false
                }
                Some(ObjectKey::Incoming(_)) => true,
                _ => false,
            };
            if wanted && work.send(event).is_err() {
                return;
            }
        }
    }

    /// Handles "Object Created" as EventBridge would deliver it, until the store is gone.
    pub(crate) async fn notify(self, created: UnboundedReceiver<s3::ObjectCreated>) {
        let events = stream::unfold(created, |mut created| async {
            created.recv().await.map(|event| (event, created))
        });
        let handled = events.map(|event| self.handle(event)).buffer_unordered(HANDLED_AT_ONCE);
        let stop = self.stop.clone();
        handled.take_until(stop.cancelled()).for_each(async |()| ()).await;
    }

    async fn handle(&self, event: s3::ObjectCreated) {
        self.backlog.wait().await;
        let notification = serde_json::from_value::<ingest::ObjectCreated>(event_bridge(&event));
        let handled = match notification {
            Ok(created) => {
                created.handle(&self.buckets, &self.registry, &self.announcer, self.limits).await
            }
            Err(error) => {
                tracing::error!(%error, "the notification cannot be read");
                return;
            }
        };
        if let Err(error) = handled {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(key = event.key, error, "left for the sweep");
        }
    }

    /// Sweeps at the start, when no notification is on its way, and then again and again.
    pub(crate) async fn sweep(self, notified: bool) {
        let (every, patience_ms) = if notified { (SWEPT_EVERY, 60_000) } else { (POLLED_EVERY, 0) };
        let mut older_than_ms = 0;
        let mut timer = self.timer(every);
        while timer.tick().await {
            self.backlog.wait().await;
            let Self { buckets, registry, announcer, limits, .. } = &self;
            match ingest::sweep(buckets, registry, announcer, *limits, older_than_ms).await {
                Ok(swept) if swept == ingest::Swept::default() => {}
                Ok(swept) => tracing::info!(?swept, "swept"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the sweep broke off");
                }
            }
            older_than_ms = patience_ms;
        }
    }

    /// Compares records with the feed at the start and every ten minutes.
    pub(crate) async fn reconcile(self) {
        let mut timer = self.timer(RECONCILED_EVERY);
        while timer.tick().await {
            match consumer::reconcile(&self.buckets, &self.registry).await {
                Ok(reconciled) => tracing::info!(?reconciled, "compared records with the feed"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "reconcile broke off");
                }
            }
        }
    }

    fn timer(&self, every: Duration) -> Timer {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Timer { ticks, stop: self.stop.clone() }
    }
}

/// Ticks at once, then regularly, until everything stops.
struct Timer {
    ticks: Interval,
    stop: CancellationToken,
}

impl Timer {
    /// Waits for the next tick; false when there is none any more.
    async fn tick(&mut self) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            _ = self.ticks.tick() => true,
        }
    }
}

/// EventBridge's form of the notification.
fn event_bridge(event: &s3::ObjectCreated) -> serde_json::Value {
    json!({
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "version": "0",
            "bucket": {"name": event.bucket},
            "object": {"key": event.key, "size": event.size, "etag": event.etag},
            "reason": event.reason.as_str(),
        },
    })
}
