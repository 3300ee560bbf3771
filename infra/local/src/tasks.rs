//! What runs beside the port: announcing, accepting, sweeping, reconciling, staging, building snapshots.

use std::{collections::HashSet, sync::Arc, time::Duration};

use consumer::{Settled, Snapshots};
use customer::{ObjectKey, RegistryError, Timestamp};
use futures::{StreamExt, stream};
use ingest::{Steps, Swept};
use serde_json::json;
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender},
    },
    time::{Interval, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use crate::{kafka::Backlog, metrics::Metrics, s3};

/// Notifications handled at a time: decoding has two cores, the rest is waiting.
const HANDLED_AT_ONCE: usize = 16;
const MEASURED_EVERY: Duration = Duration::from_secs(5);
const RECONCILED_EVERY: Duration = Duration::from_mins(10);
const ERASED_EVERY: Duration = Duration::from_mins(1);
/// What is due is done within this time.
const SWEPT_EVERY: Duration = Duration::from_secs(15);
/// How long a notification may take before the sweep does its work.
const NOTIFIED_WITHIN: Duration = Duration::from_mins(1);
/// A store that tells us nothing is swept like this.
const POLLED_EVERY: Duration = Duration::from_secs(2);

/// Listings are compared this often; what nothing leads to has to be as old.
const LEFTOVERS_SWEPT_EVERY: Duration = Duration::from_hours(1);
/// A change of a record is told of this much later: a render that had read the record before has
/// ended by then.
const RECORDS_TOLD_AFTER: Duration = Duration::from_secs(15);

/// What the tasks share.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    pub steps: Steps,
    pub backlog: Backlog,
    pub stop: CancellationToken,
}

/// Where notifications go, each kind its own way: with Kafka down, announcements pile up, and
/// uploads are still accepted.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub uploads: UnboundedSender<s3::ObjectCreated>,
    pub announcements: UnboundedSender<s3::ObjectCreated>,
    /// Somebody wants a snapshot.
    pub wanted: Arc<Notify>,
}

impl Tasks {
    /// Hears of every object first and hands on what asks for work, as EventBridge's rules do, until all is to end.
    pub(crate) async fn listen(
        self,
        mut created: UnboundedReceiver<s3::ObjectCreated>,
        work: Work,
    ) {
        let mut changing = HashSet::new();
        let stop = self.stop.clone();
        while let Some(Some(event)) = stop.run_until_cancelled(created.recv()).await {
            let sent = match ObjectKey::parse(&event.key) {
                Some(ObjectKey::Outbox { image, version }) => {
                    // It lies there before the record. A first version asks for no work.
                    if version > 1 {
                        changing.insert(image);
                    }
                    work.announcements.send(event)
                }
                Some(ObjectKey::Record(image)) => {
                    if changing.remove(&image) {
                        self.tell_later(event);
                    }
                    Ok(())
                }
                Some(ObjectKey::Incoming(_)) => work.uploads.send(event),
                Some(ObjectKey::Wanted { .. }) => {
                    work.wanted.notify_one();
                    Ok(())
                }
                _ => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
    }

    fn tell_later(&self, event: s3::ObjectCreated) {
        let tasks = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(RECORDS_TOLD_AFTER).await;
            tasks.handle(event).await;
        });
    }

    /// Handles "Object Created" as EventBridge would deliver it, until the store is gone. Waits
    /// while `backlog` says so.
    pub(crate) async fn notify(
        self,
        created: UnboundedReceiver<s3::ObjectCreated>,
        backlog: Backlog,
    ) {
        let events = stream::unfold(created, |mut created| async {
            created.recv().await.map(|event| (event, created))
        });
        let handled = events
            .map(async |event| {
                backlog.wait().await;
                self.handle(event).await;
            })
            .buffer_unordered(HANDLED_AT_ONCE);
        let stop = self.stop.clone();
        handled.take_until(stop.cancelled()).for_each(async |()| ()).await;
    }

    async fn handle(&self, event: s3::ObjectCreated) {
        let notification = serde_json::from_value::<ingest::ObjectCreated>(event_bridge(&event));
        let handled = match notification {
            Ok(created) => created.handle(&self.steps).await,
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
        let (every, patience) =
            if notified { (SWEPT_EVERY, NOTIFIED_WITHIN) } else { (POLLED_EVERY, Duration::ZERO) };
        let mut before = Timestamp::now();
        let mut timer = self.timer(every);
        while timer.tick().await {
            self.backlog.wait().await;
            report(ingest::sweep(&self.steps, before).await);
            before = ago(patience);
        }
    }

    /// Removes leftovers at the start and every hour. At the start, where nobody else uses the
    /// store, whatever is older than this process has lost the one who needed it.
    pub(crate) async fn sweep_leftovers(self, alone: bool) {
        let mut before = if alone { Timestamp::now() } else { ago(LEFTOVERS_SWEPT_EVERY) };
        let mut timer = self.timer(LEFTOVERS_SWEPT_EVERY);
        while timer.tick().await {
            report(ingest::sweep_leftovers(&self.steps, before).await);
            before = ago(LEFTOVERS_SWEPT_EVERY);
        }
    }

    /// Compares records with the feed at the start and every ten minutes.
    pub(crate) async fn reconcile(self) {
        let mut timer = self.timer(RECONCILED_EVERY);
        while timer.tick().await {
            let reconciled = consumer::reconcile(&self.steps.buckets, &self.steps.registry).await;
            if let Err(error) = reconciled {
                tracing::warn!(error = &error as &dyn std::error::Error, "reconcile broke off");
            }
        }
    }

    /// Builds the snapshots that the API was asked for: those of before the start, then each as it is wanted.
    pub(crate) async fn build_snapshots(self, wanted: Arc<Notify>) {
        let snapshots = Snapshots::new(self.steps.buckets.clone(), self.steps.registry.clone());
        let mut timer = self.timer(SWEPT_EVERY);
        loop {
            tokio::select! {
                more = timer.tick() => if !more { return },
                () = wanted.notified() => {}
            }
            let built = consumer::build_requested(&snapshots);
            let built = tokio::select! {
                () = self.stop.cancelled() => return,
                built = built => built,
            };
            if let Err(error) = built {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "a snapshot that is wanted is tried again");
            }
        }
    }

    /// Erases from the feed what was erased from customers' buckets, at the start and every minute.
    pub(crate) async fn erase(self) {
        let (feed, mut timer) = (self.steps.buckets.feed(), self.timer(ERASED_EVERY));
        while timer.tick().await {
            if let Err(error) = consumer::erase(&feed, Settled::default()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the erasure broke off");
            }
        }
    }

    /// Measures what no request tells of.
    pub(crate) async fn measure(self, metrics: Metrics) {
        let mut timer = self.timer(MEASURED_EVERY);
        while timer.tick().await {
            if let Err(error) = ingest::measure_outbox(&self.steps).await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "nobody knows what waits for Kafka");
            }
            metrics.upkeep();
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

fn report(swept: Result<Swept, RegistryError>) {
    match swept {
        Ok(swept) if swept == Swept::default() => {}
        Ok(swept) => tracing::info!(?swept, "swept"),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the sweep broke off");
        }
    }
}

fn ago(duration: Duration) -> Timestamp {
    let ms = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_ms(Timestamp::now().ms() - ms)
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
