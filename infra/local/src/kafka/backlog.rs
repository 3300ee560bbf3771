//! How far the consumer is behind: told to whoever measures, and a reason for announce to wait.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kafka::{KafkaConfig, Lag, LagError};
use metrics::gauge;

/// A cluster that could drop messages is asked this often, another one seldom.
const BOUNDED_CHECKED_EVERY: Duration = Duration::from_millis(500);
const CHECKED_EVERY: Duration = Duration::from_secs(5);
/// Messages of a partition that are not yet staged, past which announce waits.
const LAG_MAX: i64 = 1_000;

/// Whether the consumer group is so far behind that the cluster could drop what it has not seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backlog(Arc<AtomicBool>);

impl Backlog {
    /// Watches `group` on a thread of its own until the last clone is dropped. Nobody has to wait
    /// where the cluster is not `bounded`.
    pub(super) fn watch(
        config: &KafkaConfig,
        group: &str,
        is_bounded: bool,
    ) -> Result<Self, LagError> {
        let lag = Lag::of(config, group)?;
        let backlog = Self::default();
        let shared = Arc::downgrade(&backlog.0);
        let every = if is_bounded { BOUNDED_CHECKED_EVERY } else { CHECKED_EVERY };
        std::thread::spawn(move || {
            while let Some(behind) = shared.upgrade() {
                match measure(&lag) {
                    Ok(most) => behind.store(is_bounded && most > LAG_MAX, Ordering::Relaxed),
                    Err(error) => {
                        tracing::debug!(
                            error = &error as &dyn std::error::Error,
                            "the lag is not known"
                        );
                    }
                }
                drop(behind);
                std::thread::sleep(every);
            }
        });
        Ok(backlog)
    }

    /// Returns when the group is not, or no longer, too far behind.
    pub(crate) async fn wait(&self) {
        while self.0.load(Ordering::Relaxed) {
            tokio::time::sleep(BOUNDED_CHECKED_EVERY).await;
        }
    }
}

/// The lag of the partition where it is most.
fn measure(lag: &Lag) -> Result<i64, LagError> {
    let lag = lag.read()?;
    for (partition, messages) in &lag {
        let messages = u32::try_from(*messages).unwrap_or(u32::MAX);
        gauge!("darkroom_feed_lag_messages", "partition" => partition.to_string()).set(messages);
    }
    Ok(lag.into_values().max().unwrap_or_default())
}
