//! Why an image is left out of a snapshot. Pure.

use std::collections::{BTreeMap, HashMap};

use customer::{CustomerId, ImageId, Record, recipe::Filter};
use serde::{Deserialize, Serialize};

use super::choose::Candidate;

/// An image that becomes no sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LeftOut {
    pub(crate) customer: CustomerId,
    pub(crate) image: ImageId,
    pub(crate) version: u64,
    #[serde(flatten)]
    pub(crate) reason: Reason,
}

/// Why it becomes none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum Reason {
    /// Its owner has not agreed, or has withdrawn.
    NoConsent,
    Deleted,
    /// The customer is being removed, or has taken the bucket back.
    CustomerGone,
    /// The feed has not come to it.
    NotStaged,
    /// The feed has come to it and could not take it; the commit says why.
    Rejected,
    OtherCustomer,
    OtherTime,
    TooSmall,
    OtherLabels,
    /// The same bytes, uploaded earlier, are in the snapshot.
    Duplicate {
        of_customer: CustomerId,
        of_image: ImageId,
    },
    /// The recipe wants fewer of its class.
    OverBalance,
}

/// By their SHA-256, originals that are in the snapshot, and whose they are.
pub(crate) type Kept = HashMap<String, (CustomerId, ImageId)>;

/// How many images are left out, by reason.
pub(crate) fn counts(left_out: &[LeftOut]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for one in left_out {
        *counts.entry(one.reason.word()).or_insert(0) += 1;
    }
    counts
}

impl Reason {
    /// As in statistics.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Deleted => "deleted",
            Self::CustomerGone => "customer_gone",
            Self::NotStaged => "not_staged",
            Self::Rejected => "rejected",
            Self::OtherCustomer => "other_customer",
            Self::OtherTime => "other_time",
            Self::TooSmall => "too_small",
            Self::OtherLabels => "other_labels",
            Self::Duplicate { .. } => "duplicate",
            Self::OverBalance => "over_balance",
        }
    }

    /// Why the image is none of those that the recipe means and that may be taken.
    pub(crate) fn against(filter: &Filter, candidate: &Candidate, kept: &Kept) -> Option<Self> {
        let Candidate { record, sample } = candidate;
        if !record.is_live() {
            return Some(Self::Deleted);
        }
        if !record.may_be_trained_on() {
            return Some(Self::NoConsent);
        }
        if let Some(reason) = Self::in_filter(filter, record) {
            return Some(reason);
        }
        if let Err(reason) = sample {
            return Some(reason.clone());
        }
        let (of_customer, of_image) = kept.get(&record.sha256)?.clone();
        Some(Self::Duplicate { of_customer, of_image })
    }

    fn in_filter(filter: &Filter, record: &Record) -> Option<Self> {
        let Filter { labels, customers, uploaded_from, uploaded_before, shorter_edge_min_px } =
            filter;
        let at = record.uploaded_at;
        if !customers.is_empty() && !customers.contains(&record.customer) {
            Some(Self::OtherCustomer)
        } else if uploaded_from.is_some_and(|from| at < from)
            || uploaded_before.is_some_and(|before| at >= before)
        {
            Some(Self::OtherTime)
        } else if shorter_edge_min_px.is_some_and(|min| record.width.min(record.height) < min) {
            Some(Self::TooSmall)
        } else if !labels.is_empty() && !record.labels.iter().any(|label| labels.contains(label)) {
            Some(Self::OtherLabels)
        } else {
            None
        }
    }
}
