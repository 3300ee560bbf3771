//! The one reader of the environment.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `RUST_LOG` | the program's own | what is logged |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | none | collector of traces, such as `http://localhost:4318` |
//!
//! OpenTelemetry's library reads its other variables itself, `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS` among
//! them. Lambda sets `AWS_LAMBDA_FUNCTION_NAME`.

/// What differs between deployments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// As in `RUST_LOG`.
    pub log: Option<String>,
    /// Whether a collector is named.
    pub traces: bool,
    /// Of the Lambda function that this process is.
    pub function: Option<String>,
}

/// Why the environment makes no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is no http:// or https:// address, but '{0}'")]
    Endpoint(String),
}

impl Config {
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is the file that reads it")]
        Self::read(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
        let is_address = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        match endpoint {
            Some(wrong) if !is_address(&wrong) => Err(ConfigError::Endpoint(wrong)),
            endpoint => Ok(Self {
                log: variable("RUST_LOG"),
                traces: endpoint.is_some(),
                function: variable("AWS_LAMBDA_FUNCTION_NAME"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(endpoint: &str) -> Result<Config, ConfigError> {
        Config::read(|name| name.ends_with("_ENDPOINT").then(|| endpoint.to_owned()))
    }

    #[test]
    fn a_collector_is_an_address() {
        assert!(read("http://localhost:4318").unwrap().traces);
        let refused = read("localhost:4318").unwrap_err().to_string();
        assert!(refused.ends_with("but 'localhost:4318'"), "{refused}");
    }
}
