//! What becomes of one record of a batch.
//!
//! - **superseded** where this batch or an earlier commit has the version or a higher one;
//! - **withheld** unless the record may be trained on (default deny);
//! - otherwise **staged**, whatever it was that changed. A label or a new visibility stages the
//!   sample again, so that a segment always holds the newest labels beside the pixels; snapshots
//!   take the highest version and drop the older sample;
//! - **rejected** where it is poison.

use std::collections::HashMap;

use customer::{Chain, Customer, CustomerId, ImageId, Record, StoreError};
use resizer::Limits;
use tokio::task::spawn_blocking;
use tracing::{Instrument, Span, info_span};

use crate::{
    Incoming, Marker, Outcome, Poison, Sample, Stage, StageError,
    commit::{Entry, Rejected, Subject, Taken},
    sample::Lineage,
};

/// Version and offset of the highest version of each image in a batch; of repeats the first.
#[derive(Debug)]
pub(crate) struct Newest<'a>(HashMap<(&'a CustomerId, ImageId), (u64, i64)>);

/// What stands between a record and its outcome.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error(transparent)]
    Poison(#[from] Poison),
    #[error(transparent)]
    NotNow(#[from] StageError),
}

impl<'a> Newest<'a> {
    pub(crate) fn of(fresh: &[&'a Incoming]) -> Self {
        let mut newest = HashMap::new();
        for incoming in fresh {
            let Ok(record) = &incoming.event else { continue };
            let found = (record.version, incoming.offset);
            let image = newest.entry((&record.customer, record.image)).or_insert(found);
            if found.0 > image.0 {
                *image = found;
            }
        }
        Self(newest)
    }

    fn is_at(&self, record: &Record, offset: i64) -> bool {
        self.0.get(&(&record.customer, record.image)) == Some(&(record.version, offset))
    }
}

impl Stage {
    /// Fails only for reasons that pass.
    pub(crate) async fn take(
        &self,
        chain: &Chain,
        incoming: &Incoming,
        newest: &Newest<'_>,
    ) -> Result<Taken, StageError> {
        let offset = incoming.offset;
        let record = match &incoming.event {
            Ok(record) => record,
            Err(poison) => return Ok(Taken::Rejected(Rejected::new(offset, None, poison))),
        };
        let subject = Subject::of(record);
        let span = span(incoming, &subject);
        match self.decide(chain, incoming, record, newest).instrument(span).await {
            Ok((outcome, sample)) => Ok(Taken::Record {
                entry: Entry { offset, subject, outcome, place: None },
                sample: sample.map(Box::new),
            }),
            Err(Obstacle::Poison(poison)) => {
                Ok(Taken::Rejected(Rejected::new(offset, Some(subject), &poison)))
            }
            Err(Obstacle::NotNow(error)) => Err(error),
        }
    }

    async fn decide(
        &self,
        chain: &Chain,
        incoming: &Incoming,
        record: &Record,
        newest: &Newest<'_>,
    ) -> Result<(Outcome, Option<Sample>), Obstacle> {
        let found = self.registry.find(&record.customer).await.map_err(StageError::from)?;
        let customer = found.ok_or_else(|| Poison::UnknownCustomer(record.customer.clone()))?;
        if !newest.is_at(record, incoming.offset) || self.is_covered(record).await? {
            return Ok((Outcome::Superseded, None));
        }
        if !record.may_be_trained_on() {
            return Ok((Outcome::Withheld, None));
        }
        let lineage = Lineage {
            chain: chain.clone(),
            offset: incoming.offset,
            timestamp: incoming.timestamp,
        };
        Ok((Outcome::Staged, Some(self.sample(&customer, record, lineage).await?)))
    }

    async fn is_covered(&self, record: &Record) -> Result<bool, StageError> {
        let marker = Marker::read(&self.feed(), &record.customer, record.image).await?;
        Ok(marker.is_some_and(|marker| marker.covers(record.version)))
    }

    async fn sample(
        &self,
        customer: &Customer,
        record: &Record,
        lineage: Lineage,
    ) -> Result<Sample, Obstacle> {
        check(record)?;
        let _core = self.cores.acquire().await;
        let original = self.buckets.of(customer).await.original(&record.original).await;
        let original = original.map_err(poison_or_error)?.bytes;
        let (record, staging) = (record.clone(), self.staging);
        let rendered =
            spawn_blocking(move || Sample::make(&record, lineage, &original, staging)).await;
        match rendered {
            Ok(sample) => Ok(sample?),
            Err(error) if error.is_panic() => Err(Poison::RendererPanicked(error).into()),
            Err(error) => Err(StageError::from(error).into()),
        }
    }
}

/// A part of the trace in which the message was sent.
fn span(incoming: &Incoming, Subject { customer, image, version }: &Subject) -> Span {
    let span = info_span!("stage", %customer, %image, version, offset = incoming.offset, "otel.kind" = "consumer");
    if let Some(trace) = &incoming.trace {
        trace.adopt(&span);
    }
    span
}

/// What can be refused before anything is fetched.
fn check(record: &Record) -> Result<(), Poison> {
    let source_bytes_max = Limits::default().source_bytes_max;
    if record.bytes > source_bytes_max {
        return Err(Poison::TooLarge { bytes: record.bytes, source_bytes_max });
    }
    Poison::check_reference(&record.original)
}

/// Tells an original that is not to be had from a store that is not there.
fn poison_or_error(error: StoreError) -> Obstacle {
    match error {
        StoreError::NotFound { .. } => Poison::OriginalMissing(error).into(),
        StoreError::PreconditionFailed { .. } => Poison::OriginalChanged(error).into(),
        StoreError::AccessDenied { .. } => Poison::AccessDenied(error).into(),
        StoreError::Unavailable { .. } | StoreError::Broken { .. } => {
            StageError::from(error).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use customer::{Event, Record};

    use super::*;

    fn incoming(offset: i64, version: u64) -> Incoming {
        const GOLDEN: &str = include_str!("../../fixtures/events/image.uploaded.v1.json");
        let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
        let mut record: Record = serde_json::from_value(golden["value"].clone()).unwrap();
        record.version = version;
        let event = Event { record };
        let headers = event.headers();
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        Incoming::read(offset, None, headers, &event.payload().unwrap())
    }

    #[test]
    fn of_an_image_the_highest_version_counts_and_of_repeats_the_first() {
        let batch = [incoming(4, 1), incoming(5, 3), incoming(6, 3), incoming(7, 2)];
        let fresh: Vec<_> = batch.iter().collect();
        let newest = Newest::of(&fresh);
        let counts: Vec<_> = batch
            .iter()
            .map(|incoming| newest.is_at(incoming.event.as_ref().unwrap(), incoming.offset))
            .collect();
        assert_eq!(counts, [false, true, false, false]);
    }

    #[test]
    fn a_store_that_is_down_is_no_poison() {
        let of = |error| match poison_or_error(error) {
            Obstacle::Poison(poison) => Some(poison.reason()),
            Obstacle::NotNow(_) => None,
        };
        let key = || "originals/x".to_owned();
        let source = || "refused".into();
        assert_eq!(of(StoreError::Unavailable { key: key(), source: source() }), None);
        assert_eq!(of(StoreError::NotFound { key: key() }), Some("original_missing"));
        assert_eq!(of(StoreError::PreconditionFailed { key: key() }), Some("original_changed"));
        assert_eq!(
            of(StoreError::AccessDenied { key: key(), source: source() }),
            Some("access_denied")
        );
    }
}
