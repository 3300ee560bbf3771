//! The one reader of the environment.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `SERVICE_BUCKET` | required | customers' settings |
//! | `CUSTOMER_ROLE_ARN` | required | role under which a customer without its own is served |
//! | `USER_POOL_ISSUER` | required | `iss` of ID tokens |
//! | `USER_POOL_CLIENT_ID` | required | `aud` of ID tokens |
//! | `USER_POOL_JWKS` | issuer + `/.well-known/jwks.json` | where the pool's keys are |
//! | `EDGE_SECRET` | required | shared with the edge; proves its requests |
//! | `PUBLIC_URL` | required | where viewers find images: what IIIF's `id` begins with |
//! | `S3_ENDPOINT` `STS_ENDPOINT` | AWS | S3 and STS elsewhere |
//! | `FETCH_TIMEOUT_MS` | 5000 | one read from the store |
//! | `REQUEST_TIMEOUT_MS` | 10000 | a whole request |
//! | `RENDER_QUEUE_MAX` | 32 | renders that may wait for a core |

use std::{num::ParseIntError, thread::available_parallelism, time::Duration};

use customer::{BucketsConfig, HttpClient, Issuer, Jwks, Proof};
use resizer::Limits;

/// Everything that differs between deployments.
#[derive(Clone, Debug)]
pub struct Config {
    pub buckets: BucketsConfig,
    /// Whose ID tokens count.
    pub issuer: Issuer,
    /// The secret shared with the edge.
    pub proof: Proof,
    /// Scheme and host of images, as viewers know them; without a slash at the end.
    pub public_url: String,
    pub budget: Budget,
}

/// What one request, and all of them together, may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// One read from the store.
    pub fetch_timeout: Duration,
    /// A whole request, up to the first byte of its answer.
    pub request_timeout: Duration,
    /// Renders at the same time.
    pub render_workers: usize,
    /// Renders that may wait; more are answered 429.
    pub render_queue_max: usize,
    pub limits: Limits,
}

/// Why the environment makes no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{name} is not a whole number")]
    NotANumber { name: &'static str, source: ParseIntError },
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            fetch_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(10),
            render_workers: available_parallelism().map_or(1, usize::from),
            render_queue_max: 32,
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// `http` fetches the user pool's keys.
    pub fn from_env(http: &HttpClient) -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the file that reads it")]
        Self::read(|name| std::env::var(name).ok(), http)
    }

    fn read(
        variable: impl Fn(&str) -> Option<String>,
        http: &HttpClient,
    ) -> Result<Self, ConfigError> {
        let required = |name| variable(name).ok_or(ConfigError::Missing(name));
        let issuer = required("USER_POOL_ISSUER")?;
        let jwks =
            variable("USER_POOL_JWKS").unwrap_or_else(|| format!("{issuer}/.well-known/jwks.json"));
        Ok(Self {
            buckets: BucketsConfig {
                s3_endpoint: variable("S3_ENDPOINT"),
                // Delivery presigns nothing.
                s3_public_endpoint: None,
                sts_endpoint: variable("STS_ENDPOINT"),
                customer_role: required("CUSTOMER_ROLE_ARN")?,
                service_bucket: required("SERVICE_BUCKET")?,
                // Delivery never opens it.
                feed_bucket: String::new(),
            },
            issuer: Issuer {
                issuer,
                audience: required("USER_POOL_CLIENT_ID")?,
                jwks: Jwks::new(jwks, http),
            },
            proof: Proof::new(&required("EDGE_SECRET")?),
            public_url: required("PUBLIC_URL")?.trim_end_matches('/').to_owned(),
            budget: Budget::read(variable)?,
        })
    }
}

impl Budget {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let number = |name| -> Result<Option<u32>, ConfigError> {
            let parsed = variable(name).map(|text| text.parse()).transpose();
            parsed.map_err(|source| ConfigError::NotANumber { name, source })
        };
        let mut budget = Self::default();
        if let Some(ms) = number("FETCH_TIMEOUT_MS")? {
            budget.fetch_timeout = Duration::from_millis(ms.into());
        }
        if let Some(ms) = number("REQUEST_TIMEOUT_MS")? {
            budget.request_timeout = Duration::from_millis(ms.into());
        }
        if let Some(max) = number("RENDER_QUEUE_MAX")? {
            budget.render_queue_max = max as usize;
        }
        Ok(budget)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [&str; 6] = [
        "SERVICE_BUCKET",
        "CUSTOMER_ROLE_ARN",
        "USER_POOL_ISSUER",
        "USER_POOL_CLIENT_ID",
        "EDGE_SECRET",
        "PUBLIC_URL",
    ];

    fn read(extra: &[(&str, &str)], left_out: &str) -> Result<Config, ConfigError> {
        let variable = |name: &str| {
            let extra = extra.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            let required = REQUIRED.contains(&name).then_some("x");
            extra.or(required).filter(|_| name != left_out).map(str::to_owned)
        };
        Config::read(variable, &HttpClient::new())
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for name in REQUIRED {
            assert_eq!(read(&[], name).unwrap_err().to_string(), format!("{name} is not set"));
        }
        let wrong = read(&[("FETCH_TIMEOUT_MS", "5s")], "").unwrap_err();
        assert_eq!(wrong.to_string(), "FETCH_TIMEOUT_MS is not a whole number");
    }

    #[test]
    fn what_is_set_replaces_the_default() {
        let budget =
            read(&[("FETCH_TIMEOUT_MS", "70"), ("RENDER_QUEUE_MAX", "3")], "").unwrap().budget;
        let expected = Budget {
            fetch_timeout: Duration::from_millis(70),
            render_queue_max: 3,
            ..Budget::default()
        };
        assert_eq!(budget, expected);
    }
}
