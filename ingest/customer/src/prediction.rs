//! What a classifier says of an image, as Darkroom's own models answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The likeliest class, and how likely each is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub label: String,
    /// Of `label`, 0 to 1.
    pub confidence: f32,
    /// By class; their sum is 1.
    pub probabilities: BTreeMap<String, f32>,
}

impl Prediction {
    /// `None` without classes.
    pub fn new<'a>(classes: impl IntoIterator<Item = (&'a String, f32)>) -> Option<Self> {
        let probabilities: BTreeMap<_, _> =
            classes.into_iter().map(|(class, probability)| (class.clone(), probability)).collect();
        let likeliest = probabilities.iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
        let (label, confidence) =
            likeliest.map(|(label, confidence)| (label.clone(), *confidence))?;
        Some(Self { label, confidence, probabilities })
    }
}
