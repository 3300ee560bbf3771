//! Which images become samples, of which class and in which split; of all others, why not. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use customer::Record;
use serde::Serialize;

use super::{
    feed_state::StagedSample,
    recipe::Recipe,
    split::{Group, Split, order},
};

/// An image of a customer as it is when the snapshot is built.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) record: Record,
    /// Its newest sample in the feed, unless that is erased.
    pub(crate) sample: Option<StagedSample>,
}

/// An image that becomes a sample.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// SHA-256 of the original.
    pub(crate) key: String,
    pub(crate) split: Split,
    /// Number of its class, where it has exactly one.
    pub(crate) class: Option<usize>,
    pub(crate) record: Record,
    pub(crate) sample: StagedSample,
}

/// An image that does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) customer: String,
    pub(crate) image: String,
    pub(crate) version: u64,
    #[serde(flatten)]
    pub(crate) reason: Reason,
}

/// Why an image is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Its owner has not agreed, or has withdrawn.
    NoConsent,
    Deleted,
    /// The feed has not taken it in yet, or has rejected it.
    NotStaged,
    OtherCustomer,
    OtherTime,
    TooSmall,
    OtherLabels,
    /// The same bytes, uploaded earlier, are in the snapshot.
    Duplicate {
        of_customer: String,
        of_image: String,
    },
    /// The recipe wants fewer of its class.
    OverBalance,
}

impl Reason {
    /// As in statistics.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Deleted => "deleted",
            Self::NotStaged => "not_staged",
            Self::OtherCustomer => "other_customer",
            Self::OtherTime => "other_time",
            Self::TooSmall => "too_small",
            Self::OtherLabels => "other_labels",
            Self::Duplicate { .. } => "duplicate",
            Self::OverBalance => "over_balance",
        }
    }
}

/// What became of all candidates.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// By split, and within it in the order of the shards.
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) classes: Vec<String>,
}

impl Choice {
    /// Chooses by a recipe. `dataset` shuffles.
    pub(crate) fn of(dataset: &str, recipe: &Recipe, mut candidates: Vec<Candidate>) -> Self {
        // Who came first keeps a duplicate out.
        candidates.sort_by(|one, other| first_come(&one.record).cmp(&first_come(&other.record)));
        let mut choice = Self::default();
        let (mut meant, mut kept) = (Vec::new(), HashMap::new());
        for Candidate { record, sample } in candidates {
            if let Some(reason) = refused(recipe, &record, sample.as_ref(), &kept) {
                choice.leave_out(&record, reason);
                continue;
            }
            let id = (record.customer.to_string(), record.image.to_string());
            kept.insert(record.sha256.clone(), id);
            meant.extend(sample.map(|sample| (record, sample)));
        }
        choice.classes = classes(recipe, &meant);
        let chosen =
            meant.into_iter().map(|(record, sample)| choice.choose(recipe, record, sample));
        let mut chosen: Vec<_> = chosen.collect();
        chosen.sort_by_cached_key(|one| (one.split, order(dataset, &one.key)));
        choice.balance(recipe, chosen);
        choice.left_out.sort_by(|one, other| {
            (&one.customer, &one.image).cmp(&(&other.customer, &other.image))
        });
        choice
    }

    fn choose(&self, recipe: &Recipe, record: Record, sample: StagedSample) -> Chosen {
        let group = match recipe.split.group {
            Group::Original => &record.sha256,
            Group::Customer => record.customer.as_str(),
        };
        let split = recipe.split.of(group);
        let of_record = |class: &String| record.labels.contains(class);
        let mut numbers = (0..).zip(&self.classes).filter(|(_, class)| of_record(class));
        let class = numbers.next().map(|(number, _)| number);
        let class = class.filter(|_| numbers.next().is_none());
        Chosen { key: record.sha256.clone(), split, class, record, sample }
    }

    /// Leaves out what is over the bound of its class, in the order of the shards.
    fn balance(&mut self, recipe: &Recipe, chosen: Vec<Chosen>) {
        let max = recipe.balance.images_of_a_class_max.unwrap_or(usize::MAX);
        let mut counts = HashMap::new();
        // Each split gives up the same share: where its samples lie in the order of their hashes says which.
        let mut ranked: Vec<_> = (0..chosen.len()).collect();
        ranked.sort_by_key(|&at| order("balance", &chosen[at].key));
        let mut over = BTreeSet::new();
        for at in ranked {
            let Some(class) = chosen[at].class else { continue };
            let count = counts.entry(class).or_insert(0);
            *count += 1;
            if *count > max {
                over.insert(at);
            }
        }
        for (at, one) in chosen.into_iter().enumerate() {
            if over.contains(&at) {
                self.leave_out(&one.record, Reason::OverBalance);
            } else {
                self.chosen.push(one);
            }
        }
    }

    fn leave_out(&mut self, record: &Record, reason: Reason) {
        let (customer, image) = (record.customer.to_string(), record.image.to_string());
        self.left_out.push(LeftOut { customer, image, version: record.version, reason });
    }

    /// How many images are left out, by reason.
    pub(crate) fn reasons(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        for one in &self.left_out {
            *reasons.entry(one.reason.word()).or_insert(0) += 1;
        }
        reasons
    }
}

/// Of equal bytes the first counts; which that is must be the same on every machine.
fn first_come(record: &Record) -> impl Ord + use<'_> {
    (record.uploaded_at, &record.customer, record.image)
}

fn refused(
    recipe: &Recipe,
    record: &Record,
    sample: Option<&StagedSample>,
    kept: &HashMap<String, (String, String)>,
) -> Option<Reason> {
    if !record.is_live() {
        return Some(Reason::Deleted);
    }
    if !record.may_be_trained_on() {
        return Some(Reason::NoConsent);
    }
    let refused = recipe.filter.refuses(record);
    let refused = refused.or_else(|| sample.is_none().then_some(Reason::NotStaged));
    refused.or_else(|| {
        let (of_customer, of_image) = kept.get(&record.sha256)?.clone();
        Some(Reason::Duplicate { of_customer, of_image })
    })
}

fn classes(recipe: &Recipe, meant: &[(Record, StagedSample)]) -> Vec<String> {
    if !recipe.classes.is_empty() {
        return recipe.classes.clone();
    }
    let labels = meant.iter().flat_map(|(record, _)| &record.labels);
    let wanted = &recipe.filter.labels;
    let labels = labels.filter(|label| wanted.is_empty() || wanted.contains(*label));
    labels.cloned().collect::<BTreeSet<_>>().into_iter().collect()
}
