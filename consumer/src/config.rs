//! Settings and where they come from. The README has the table.

use std::num::ParseIntError;

use customer::{EnvironmentError, optional, required};
use kafka::KafkaConfig;

use crate::{BatchLimits, Staging};

/// What the consumer needs to know, however it was told.
#[derive(Clone, Debug)]
pub struct Config {
    pub kafka: KafkaConfig,
    /// The consumer group.
    pub group: String,
    /// Name of one life of the Kafka cluster, in every name of segment and commit. Offsets that
    /// begin anew need a new one. `[a-z0-9-]`, at most 64.
    pub epoch: String,
    pub batch: BatchLimits,
    pub staging: Staging,
}

/// What the feed's Lambda function needs to know; its batches and their size are the event source's.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// As in [`Config`].
    pub epoch: String,
    pub staging: Staging,
    /// Where dead letters go; nowhere without.
    pub kafka: Option<KafkaConfig>,
    /// Whether the event source mapping has `ReportBatchItemFailures`. Where it has not, Lambda takes no notice of
    /// failures that are reported, so that the whole batch has to fail.
    pub reports_failures: bool,
}

/// A setting that is missing or cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Kafka(#[from] kafka::ConfigError),
    #[error("{name}={value} is not a number of its range")]
    NotANumber { name: &'static str, value: String, source: ParseIntError },
    #[error("{name}={value} is not known; {expected}")]
    Unknown { name: &'static str, value: String, expected: &'static str },
    #[error("epoch '{0}' is not 1 to 64 lower-case letters, digits and hyphens")]
    Epoch(String),
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}

impl Config {
    pub const GROUP_DEFAULT: &'static str = "darkroom-feed";

    pub fn from_env() -> Result<Self, ConfigError> {
        let config = Self {
            kafka: KafkaConfig::from_env()?,
            group: optional("KAFKA_GROUP")?.unwrap_or_else(|| Self::GROUP_DEFAULT.to_owned()),
            epoch: required("FEED_EPOCH")?,
            batch: batch_from_env()?,
            staging: staging_from_env()?,
        };
        config.check()?;
        Ok(config)
    }

    /// What no type says.
    pub fn check(&self) -> Result<(), ConfigError> {
        check_epoch(&self.epoch)?;
        if self.batch.records_max == 0 {
            return Err(ConfigError::Zero("BATCH_RECORDS_MAX"));
        }
        check_staging(self.staging)
    }
}

impl FunctionConfig {
    pub fn from_env() -> Result<Self, ConfigError> {
        let (epoch, staging) = (required("FEED_EPOCH")?, staging_from_env()?);
        check_epoch(&epoch)?;
        check_staging(staging)?;
        let reports_failures = match optional("REPORT_BATCH_ITEM_FAILURES")?.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(value) => {
                return Err(ConfigError::Unknown {
                    name: "REPORT_BATCH_ITEM_FAILURES",
                    value: value.to_owned(),
                    expected: "it is true or false",
                });
            }
        };
        let brokers = optional("KAFKA_BROKERS")?;
        let kafka = brokers.map(|_| KafkaConfig::from_env()).transpose()?;
        Ok(Self { epoch, staging, kafka, reports_failures })
    }
}

fn check_epoch(epoch: &str) -> Result<(), ConfigError> {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let sound = (1..=64).contains(&epoch.len()) && epoch.bytes().all(known);
    if sound { Ok(()) } else { Err(ConfigError::Epoch(epoch.to_owned())) }
}

fn check_staging(staging: Staging) -> Result<(), ConfigError> {
    match staging {
        Staging::Rendition { edge_max_px: 0, .. } => Err(ConfigError::Zero("STAGING_EDGE_MAX_PX")),
        Staging::Rendition { quality, .. } if !(1..=100).contains(&quality) => {
            let (name, value) = ("STAGING_QUALITY", quality.to_string());
            Err(ConfigError::Unknown { name, value, expected: "it is 1 to 100" })
        }
        _ => Ok(()),
    }
}

fn batch_from_env() -> Result<BatchLimits, ConfigError> {
    let default = BatchLimits::default();
    Ok(BatchLimits {
        records_max: number("BATCH_RECORDS_MAX")?.unwrap_or(default.records_max),
        bytes_max: number("BATCH_BYTES_MAX")?.unwrap_or(default.bytes_max),
        age_max_ms: number("BATCH_AGE_MAX_MS")?.unwrap_or(default.age_max_ms),
    })
}

fn staging_from_env() -> Result<Staging, ConfigError> {
    match optional("STAGING")?.as_deref() {
        None | Some("rendition") => Ok(Staging::Rendition {
            edge_max_px: number("STAGING_EDGE_MAX_PX")?.unwrap_or(Staging::EDGE_MAX_PX),
            quality: number("STAGING_QUALITY")?.unwrap_or(Staging::QUALITY),
        }),
        Some("original") => Ok(Staging::Original),
        Some(value) => Err(ConfigError::Unknown {
            name: "STAGING",
            value: value.to_owned(),
            expected: "it is rendition or original",
        }),
    }
}

fn number<T: std::str::FromStr<Err = ParseIntError>>(
    name: &'static str,
) -> Result<Option<T>, ConfigError> {
    let parse = |value: String| {
        value.parse().map_err(|source| ConfigError::NotANumber { name, value, source })
    };
    optional(name)?.map(parse).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            kafka: KafkaConfig::open("127.0.0.1:9092"),
            group: "g".into(),
            epoch: "e-1".into(),
            batch: BatchLimits::default(),
            staging: Staging::default(),
        }
    }

    #[test]
    fn an_epoch_is_one_segment_of_a_key() {
        assert!(config().check().is_ok());
        for epoch in ["", "a/b", "..", "E1", "é", &"e".repeat(65)] {
            let config = Config { epoch: epoch.to_owned(), ..config() };
            assert!(matches!(config.check(), Err(ConfigError::Epoch(named)) if named == epoch));
        }
    }

    #[test]
    fn settings_that_could_never_flush_or_render_are_refused() {
        let batch = BatchLimits { records_max: 0, ..BatchLimits::default() };
        assert!(matches!(Config { batch, ..config() }.check(), Err(ConfigError::Zero(_))));
        for (edge_max_px, quality) in [(0, 95), (1_024, 0), (1_024, 101)] {
            let staging = Staging::Rendition { edge_max_px, quality };
            assert!(Config { staging, ..config() }.check().is_err(), "{staging:?}");
        }
    }
}
