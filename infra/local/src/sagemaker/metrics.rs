//! Numbers in what a script prints, found as its job's request says.

use std::collections::BTreeMap;

use model::api::{Metric, MetricDefinition};
use regex::Regex;

/// What is looked for, and the last of each that was found.
#[derive(Debug)]
pub(super) struct Metrics {
    wanted: Vec<(String, Regex)>,
    found: BTreeMap<String, Metric>,
}

impl Metrics {
    pub(super) fn new(definitions: &[MetricDefinition]) -> Result<Self, regex::Error> {
        let compiled = definitions.iter().map(|definition| {
            Regex::new(&definition.regex).map(|regex| (definition.name.clone(), regex))
        });
        Ok(Self { wanted: compiled.collect::<Result<_, _>>()?, found: BTreeMap::new() })
    }

    /// Looks at a line.
    pub(super) fn read(&mut self, line: &str, timestamp: f64) {
        for (name, regex) in &self.wanted {
            let captured = regex.captures(line).and_then(|captures| captures.get(1));
            if let Some(value) = captured.and_then(|value| value.as_str().parse().ok()) {
                let metric_name = name.clone();
                self.found.insert(name.clone(), Metric { metric_name, value, timestamp });
            }
        }
    }

    /// In the order in which they are looked for.
    pub(super) fn last(mut self) -> Vec<Metric> {
        self.wanted.iter().filter_map(|(name, _)| self.found.remove(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_of_each_is_kept() {
        let definition = |name: &str, regex: &str| MetricDefinition {
            name: name.to_owned(),
            regex: regex.to_owned(),
        };
        let definitions =
            [definition("test", "test=([0-9.]+)"), definition("train", "train=([0-9.]+)")];
        let mut metrics = Metrics::new(&definitions).unwrap();
        for (second, line) in ["train=0.5", "nothing", "train=0.75", "test=x"].iter().enumerate() {
            metrics.read(line, f64::from(u32::try_from(second).unwrap()));
        }
        let last = metrics.last();
        assert_eq!(last.len(), 1);
        assert_eq!(
            (last[0].metric_name.as_str(), last[0].value, last[0].timestamp),
            ("train", 0.75, 2.0)
        );
        assert!(Metrics::new(&[definition("x", "(")]).is_err());
    }
}
