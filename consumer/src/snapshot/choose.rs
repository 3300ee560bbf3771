//! Which images become samples, of which class and in which split. Pure.

use std::collections::{BTreeSet, HashMap};

use customer::{DatasetName, Recipe, Record, recipe::Group};

use super::{
    feed_state::StagedSample,
    reason::{Kept, LeftOut, Reason},
    split::{Split, order},
    statistics::{self, Counts},
};

/// An image of a customer as it is when the snapshot is built.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) record: Record,
    /// Its newest sample in the feed, or why there is none.
    pub(crate) sample: Result<StagedSample, Reason>,
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

/// What became of all candidates.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    /// By split, and within it in the order of the shards.
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) classes: Vec<String>,
}

impl Choice {
    /// Chooses by a recipe. `dataset` shuffles; `left_out` are images that are none of the candidates.
    pub(crate) fn of(
        dataset: &DatasetName,
        recipe: &Recipe,
        mut candidates: Vec<Candidate>,
        left_out: Vec<LeftOut>,
    ) -> Self {
        // Who came first keeps a duplicate out.
        candidates.sort_by(|one, other| first_come(&one.record).cmp(&first_come(&other.record)));
        let mut choice = Self { left_out, ..Self::default() };
        let (mut meant, mut kept) = (Vec::new(), Kept::new());
        for candidate in candidates {
            match (Reason::against(&recipe.filter, &candidate, &kept), candidate) {
                (None, Candidate { record, sample: Ok(sample) }) => {
                    let id = (record.customer.clone(), record.image);
                    kept.insert(record.sha256.clone(), id);
                    meant.push((record, sample));
                }
                (reason, Candidate { record, .. }) => {
                    choice.leave_out(&record, reason.unwrap_or(Reason::NotStaged));
                }
            }
        }
        choice.classes = classes(recipe, &meant);
        let chosen =
            meant.into_iter().map(|(record, sample)| choice.choose(recipe, record, sample));
        let mut chosen: Vec<_> = chosen.collect();
        chosen.sort_by_cached_key(|one| (one.split, order(dataset.as_str(), &one.key)));
        choice.balance(recipe, chosen);
        choice
            .left_out
            .sort_by(|one, other| (&one.customer, one.image).cmp(&(&other.customer, other.image)));
        choice
    }

    fn choose(&self, recipe: &Recipe, record: Record, sample: StagedSample) -> Chosen {
        let group = match recipe.split.group {
            Group::Original => &record.sha256,
            Group::Customer => record.customer.as_str(),
        };
        let split = Split::of(&recipe.split, group);
        let of_record = |class: &String| record.labels.contains(class);
        let mut numbers = (0..).zip(&self.classes).filter(|(_, class)| of_record(class));
        let class = numbers.next().map(|(number, _)| number);
        let class = class.filter(|_| numbers.next().is_none());
        Chosen { key: record.sha256.clone(), split, class, record, sample }
    }

    /// Leaves out what is over the bound of its class. A hash of its own says which, so that each split gives up the same
    /// share.
    fn balance(&mut self, recipe: &Recipe, chosen: Vec<Chosen>) {
        let max = recipe.balance.images_of_a_class_max.unwrap_or(u32::MAX);
        let mut counts = HashMap::new();
        let mut ranked: Vec<_> = (0..chosen.len()).collect();
        ranked.sort_by_cached_key(|&at| order("balance", &chosen[at].key));
        let mut over = BTreeSet::new();
        for at in ranked {
            let Some(class) = chosen[at].class else { continue };
            let count = counts.entry(class).or_insert(0_u32);
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
        let (customer, image) = (record.customer.clone(), record.image);
        self.left_out.push(LeftOut { customer, image, version: record.version, reason });
    }

    /// How many images are taken.
    pub(crate) fn counts(&self) -> Counts {
        let class_of = |chosen: &Chosen| chosen.class.and_then(|class| self.classes.get(class));
        statistics::counts(
            self.chosen
                .iter()
                .map(|chosen| (chosen.split, class_of(chosen).map_or("", String::as_str))),
        )
    }
}

/// Of equal bytes the first counts; which that is must be the same on every machine.
fn first_come(record: &Record) -> impl Ord + use<'_> {
    (record.uploaded_at, &record.customer, record.image)
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
