//! One link of a partition's commit chain: which Kafka records were taken in, and what became of
//! each. Format only; [`crate::CommitChain`] writes it.
//!
//! Every record between `first` and `last` that the writer saw is in `records` or in `rejected`,
//! never in both and never in neither: `count` is the sum of the two.

use std::{error::Error, iter};

use customer::{Chain, CustomerId, ImageId, Record};
use serde::{Deserialize, Serialize};

use crate::{Poison, Sample};

/// Texts of causes can quote what a stranger sent.
const DETAIL_CHARS_MAX: usize = 300;

/// `commits/{epoch}/{topic}/{partition}/{seq}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub schema: u32,
    #[serde(flatten)]
    pub chain: Chain,
    /// 0 for the first; no number is left out.
    pub seq: u64,
    /// Lowest offset taken in.
    pub first: i64,
    /// Highest offset taken in; the next commit begins after it.
    pub last: i64,
    pub count: usize,
    /// Offsets after the previous commit that Kafka did not hand out: expired, compacted or
    /// transaction markers. `None` where this commit follows on the previous one.
    pub gap_before: Option<Gap>,
    /// Where this commit goes back to fill a gap, instead of following on the previous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// Of the previous commit's bytes.
    pub prev_sha256: Option<String>,
    /// `None` where nothing was staged.
    pub segment: Option<SegmentReference>,
    pub records: Vec<Entry>,
    pub rejected: Vec<Rejected>,
    /// Which process wrote it; for people.
    pub writer: String,
}

/// Offsets that are missing, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub from: i64,
    pub to: i64,
}

/// The part of a gap that a commit fills. Of its offsets, Kafka no longer had those that the commit does not tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    #[serde(flatten)]
    pub filled: Gap,
    /// How far the chain had come, and has: the next commit goes on after this offset.
    pub reached: i64,
}

/// The data object of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentReference {
    pub key: String,
    pub sha256: String,
    pub bytes: usize,
    pub samples: usize,
}

/// A version of an image, as Kafka announced it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    pub customer: CustomerId,
    pub image: ImageId,
    pub version: u64,
}

/// A Kafka record that was an event of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub offset: i64,
    #[serde(flatten)]
    pub subject: Subject,
    pub outcome: Outcome,
    /// Of what is staged, where it lies in the segment; commits of before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The bytes of a segment that hold one sample: its members with their headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub offset: usize,
    pub bytes: usize,
}

/// What the feed did with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its sample is in the segment.
    Staged,
    /// No consent, or deleted: known, and no pixel of it taken.
    Withheld,
    /// This batch or an earlier commit has this version or a higher one.
    Superseded,
}

/// A Kafka record that can never become a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub offset: i64,
    /// One word, from [`Poison::reason`].
    pub reason: String,
    pub detail: String,
    /// Where as much could be read.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
}

/// What became of one Kafka record, its pixels included.
#[derive(Debug)]
pub(crate) enum Taken {
    Record { entry: Entry, sample: Option<Box<Sample>> },
    Rejected(Rejected),
}

/// The parts of a commit that do not depend on where in the chain it comes.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) records: Vec<Entry>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) samples: Vec<Sample>,
}

impl Commit {
    /// The newest layout that this code reads. It writes 1 wherever that says all, so that an older release goes on
    /// beside it, and 2 for a repair, which an older one would take for the end of the chain.
    pub const SCHEMA: u32 = 2;

    pub(crate) fn schema_of(repair: Option<Repair>) -> u32 {
        if repair.is_some() { 2 } else { 1 }
    }

    /// The offset up to which the chain has come with this commit: the next one goes on after it.
    pub fn reached(&self) -> i64 {
        self.repair.map_or(self.last, |repair| repair.reached)
    }
}

impl Gap {
    /// How many offsets are missing.
    pub fn offsets(self) -> u64 {
        u64::try_from(self.to - self.from + 1).unwrap_or_default()
    }
}

impl Subject {
    pub(crate) fn of(record: &Record) -> Self {
        Self { customer: record.customer.clone(), image: record.image, version: record.version }
    }

    /// The name of its sample in a segment.
    pub(crate) fn sample_key(&self) -> String {
        let Self { customer, image, version } = self;
        format!("{customer}-{image}-{version}")
    }
}

impl Draft {
    /// Notes where the samples came to lie, which are those of the staged records in their order.
    pub(crate) fn place(&mut self, places: &[Place]) {
        let staged = self.records.iter_mut().filter(|entry| entry.outcome == Outcome::Staged);
        for (entry, place) in staged.zip(places) {
            entry.place = Some(*place);
        }
    }

    /// Lowest and highest offset, or `None` of nothing.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let offsets = || {
            let records = self.records.iter().map(|entry| entry.offset);
            records.chain(self.rejected.iter().map(|rejected| rejected.offset))
        };
        Some((offsets().min()?, offsets().max()?))
    }
}

impl Rejected {
    pub(crate) fn new(offset: i64, subject: Option<Subject>, poison: &Poison) -> Self {
        let detail = explain(poison).chars().take(DETAIL_CHARS_MAX).collect();
        Self { offset, reason: poison.reason().to_owned(), detail, subject }
    }
}

/// The error and what caused it, in one sentence.
fn explain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl FromIterator<Taken> for Draft {
    fn from_iter<T: IntoIterator<Item = Taken>>(taken: T) -> Self {
        let mut draft = Self::default();
        for taken in taken {
            match taken {
                Taken::Record { entry, sample } => {
                    draft.records.push(entry);
                    draft.samples.extend(sample.map(|sample| *sample));
                }
                Taken::Rejected(rejected) => draft.rejected.push(rejected),
            }
        }
        draft
    }
}

#[cfg(test)]
mod tests {
    use customer::EventError;

    use super::*;

    fn subject() -> Subject {
        let image = ImageId::of(b"abc").0;
        Subject { customer: "acme".parse().unwrap(), image, version: 3 }
    }

    /// The format that snapshots, the verifier and `feed: staged` read.
    #[test]
    fn the_json_is_the_documented_one() {
        let poison = Poison::from(EventError::NoType);
        let commit = Commit {
            schema: 1,
            chain: Chain { epoch: "e1".into(), topic: "images".into(), partition: 2 },
            seq: 7,
            first: 10,
            last: 12,
            count: 3,
            gap_before: Some(Gap { from: 8, to: 9 }),
            repair: None,
            prev_sha256: Some("00".into()),
            segment: None,
            records: vec![Entry {
                offset: 10,
                subject: subject(),
                outcome: Outcome::Withheld,
                place: None,
            }],
            rejected: vec![
                Rejected::new(11, None, &poison),
                Rejected::new(12, Some(subject()), &Poison::BadReference),
            ],
            writer: "w".into(),
        };
        let mut json = serde_json::json!({
            "schema": 1, "epoch": "e1", "topic": "images", "partition": 2,
            "seq": 7, "first": 10, "last": 12, "count": 3,
            "gap_before": {"from": 8, "to": 9}, "prev_sha256": "00", "segment": null,
            "records": [{
                "offset": 10, "customer": "acme", "image": "xj4bnp4pahh6uqkbidpf3lrceoyagynd",
                "version": 3, "outcome": "withheld",
            }],
            "rejected": [
                {
                    "offset": 11, "reason": "not_an_event",
                    "detail": "the message has no ce_type header and is no structured CloudEvent",
                },
                {
                    "offset": 12, "reason": "bad_reference",
                    "detail": "the record's reference to its original is no key and ETag of S3",
                    "customer": "acme", "image": "xj4bnp4pahh6uqkbidpf3lrceoyagynd", "version": 3,
                },
            ],
            "writer": "w",
        });
        assert_eq!(serde_json::to_value(&commit).unwrap(), json);
        assert_eq!(serde_json::from_value::<Commit>(json.clone()).unwrap(), commit);

        let repair = Some(Repair { filled: Gap { from: 8, to: 9 }, reached: 12 });
        let repairing = Commit { repair, ..commit.clone() };
        json["repair"] = serde_json::json!({"from": 8, "to": 9, "reached": 12});
        assert_eq!(serde_json::to_value(&repairing).unwrap(), json);
        assert_eq!((commit.reached(), Commit { last: 9, ..repairing }.reached()), (12, 12));
    }

    #[test]
    fn a_strangers_text_is_cut() {
        let poison = Poison::from(EventError::UnknownType("é".repeat(5_000)));
        assert_eq!(Rejected::new(0, None, &poison).detail.chars().count(), DETAIL_CHARS_MAX);
    }

    #[test]
    fn a_draft_spans_records_and_rejects() {
        let entry = |offset| Entry {
            offset,
            subject: subject(),
            outcome: Outcome::Superseded,
            place: None,
        };
        let draft: Draft = [
            Taken::Record { entry: entry(5), sample: None },
            Taken::Rejected(Rejected::new(9, None, &Poison::BadReference)),
        ]
        .into_iter()
        .collect();
        assert_eq!((draft.span(), draft.samples.len()), (Some((5, 9)), 0));
        assert_eq!(Draft::default().span(), None);
    }
}
