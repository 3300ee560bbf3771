//! What runs beside the port: announcing, accepting, sweeping, reconciling, staging.

use std::time::Duration;

use customer::{Buckets, ObjectKey, Registry};
use futures::{StreamExt, stream};
use ingest::Announcer;
use resizer::Limits;
use serde_json::json;
use tokio::{sync::mpsc::UnboundedReceiver, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::{kafka::Backlog, s3};

/// Notifications handled at a time: decoding has two cores, the rest is waiting.
const HANDLED_AT_ONCE: usize = 16;
const RECONCILED_EVERY: Duration = Duration::from_mins(10);
/// What S3 did not tell us of is found after this time.
const SWEPT_EVERY: Duration = Duration::from_mins(1);
/// A store that tells us nothing is swept like this.
const POLLED_EVERY: Duration = Duration::from_secs(2);

/// What the tasks share.
#[derive(Clone, Debug)]
pub struct Tasks {
    pub buckets: Buckets,
    pub registry: Registry,
    pub announcer: Announcer,
    pub backlog: Backlog,
    pub limits: Limits,
    pub stop: CancellationToken,
}

impl Tasks {
    /// Handles "Object Created" as EventBridge would deliver it, until the store is gone.
    pub async fn notify(self, created: UnboundedReceiver<s3::ObjectCreated>) {
        let events = stream::unfold(created, |mut created| async {
            created.recv().await.map(|event| (event, created))
        });
        let wanted = events.filter(|event| {
            let wanted = matches!(
                ObjectKey::parse(&event.key),
                Some(ObjectKey::Incoming(_) | ObjectKey::Outbox { .. })
            );
            std::future::ready(wanted)
        });
        let handled = wanted.map(|event| self.handle(event)).buffer_unordered(HANDLED_AT_ONCE);
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

    /// Sweeps now and again and again.
    pub async fn sweep(self, notified: bool) {
        let (every, older_than_ms) =
            if notified { (SWEPT_EVERY, 60_000) } else { (POLLED_EVERY, 0) };
        let mut first = true;
        self.repeat(every, async |tasks| {
            let older_than_ms = if std::mem::take(&mut first) { 0 } else { older_than_ms };
            let Tasks { buckets, registry, announcer, limits, .. } = tasks;
            tasks.backlog.wait().await;
            match ingest::sweep(buckets, registry, announcer, *limits, older_than_ms).await {
                Ok(swept) if swept == ingest::Swept::default() => {}
                Ok(swept) => tracing::info!(?swept, "swept"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the sweep broke off");
                }
            }
        })
        .await;
    }

    /// Compares records with the feed now and every ten minutes.
    pub async fn reconcile(self) {
        self.repeat(RECONCILED_EVERY, async |tasks| {
            match consumer::reconcile(&tasks.buckets, &tasks.registry).await {
                Ok(reconciled) => tracing::info!(?reconciled, "compared records with the feed"),
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "reconcile broke off");
                }
            }
        })
        .await;
    }

    async fn repeat(&self, every: Duration, mut work: impl AsyncFnMut(&Self)) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = ticks.tick() => work(self).await,
            }
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
