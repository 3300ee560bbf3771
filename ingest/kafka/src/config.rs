//! Which brokers, and as whom: settings and where they come from. The README has the table.
//!
//! TLS and SASL have the names that Kafka's own clients use for these properties.

use customer::{EnvironmentError, TOPIC, optional, required};
use rdkafka::ClientConfig;

use crate::{Identity, Mechanism, Sasl, Security, Tls};

/// Which Kafka, and as whom.
#[derive(Clone, Debug)]
pub struct KafkaConfig {
    /// `host:port`, separated by commas.
    pub brokers: String,
    pub topic: String,
    pub security: Security,
}

impl KafkaConfig {
    /// Brokers that ask nobody who they are.
    pub fn open(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), topic: TOPIC.to_owned(), security: Security::default() }
    }

    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self {
            brokers: required("KAFKA_BROKERS")?,
            topic: optional("KAFKA_TOPIC")?.unwrap_or_else(|| TOPIC.to_owned()),
            security: Security::from_env()?,
        })
    }

    /// Where the feed sends what it rejects.
    pub fn dead_letter_topic(&self) -> String {
        format!("{}-rejected", self.topic)
    }

    /// What every client is told. `name` is how brokers tell this client from others in their logs.
    pub fn client(&self, name: &str) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &self.brokers).set("client.id", name);
        for (property, value) in self.security.properties() {
            client.set(property, value);
        }
        client
    }

    /// What goes with [`Self::client`] wherever a client is made.
    pub fn identity(&self) -> Identity {
        Identity::new(&self.security)
    }
}

/// A setting that is missing or cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error("{name}={value} is not known; {expected}")]
    Unknown { name: &'static str, value: String, expected: &'static str },
    #[error("{name} is not set, and {because} needs it")]
    Missing { name: &'static str, because: String },
    #[error("{name} is set, but {because}")]
    Unused { name: &'static str, because: &'static str },
}

const PROTOCOL: &str = "KAFKA_SECURITY_PROTOCOL";
const MECHANISM: &str = "KAFKA_SASL_MECHANISM";

impl Security {
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| Ok(optional(name)?))
    }

    /// Reads variables by `variable`.
    fn read(variable: impl Fn(&'static str) -> Variable) -> Result<Self, ConfigError> {
        let protocol = variable(PROTOCOL)?.unwrap_or_else(|| Security::OPEN.to_owned());
        let Some((encrypted, authenticated)) = Security::protocol(&protocol) else {
            let expected = "it is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL";
            return Err(ConfigError::Unknown { name: PROTOCOL, value: protocol, expected });
        };
        if !authenticated && variable(MECHANISM)?.is_some() {
            let because = "KAFKA_SECURITY_PROTOCOL is neither SASL_SSL nor SASL_PLAINTEXT";
            return Err(ConfigError::Unused { name: MECHANISM, because });
        }
        let tls = encrypted.then(|| Tls::read(&variable)).transpose()?;
        let sasl = authenticated.then(|| Sasl::read(&variable, encrypted)).transpose()?;
        Ok(Self { tls, sasl })
    }
}

type Variable = Result<Option<String>, ConfigError>;

impl Tls {
    fn read(variable: &impl Fn(&'static str) -> Variable) -> Result<Self, ConfigError> {
        let (certificate, key) = ("KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION");
        let certificate = match (variable(certificate)?, variable(key)?) {
            (None, None) => None,
            (Some(file), Some(key)) => Some((file, key)),
            (Some(_), None) => return Err(missing(key, certificate)),
            (None, Some(_)) => return Err(missing(certificate, key)),
        };
        Ok(Self { authorities: variable("KAFKA_SSL_CA_LOCATION")?, certificate })
    }
}

impl Sasl {
    fn read(
        variable: &impl Fn(&'static str) -> Variable,
        encrypted: bool,
    ) -> Result<Self, ConfigError> {
        let named = variable(MECHANISM)?.ok_or_else(|| missing(MECHANISM, PROTOCOL))?;
        let needed = |name| variable(name)?.ok_or_else(|| missing(name, &named));
        if named == "AWS_MSK_IAM" {
            let because = "AWS_MSK_IAM wants SASL_SSL: its tokens would be readable on the way";
            let unused = ConfigError::Unused { name: MECHANISM, because };
            return if encrypted {
                Ok(Self::MskIam { region: needed("AWS_REGION")? })
            } else {
                Err(unused)
            };
        }
        let Some(mechanism) = Mechanism::named(&named) else {
            let expected = "it is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or AWS_MSK_IAM";
            return Err(ConfigError::Unknown { name: MECHANISM, value: named, expected });
        };
        let username = needed("KAFKA_SASL_USERNAME")?;
        Ok(Self::Password { mechanism, username, password: needed("KAFKA_SASL_PASSWORD")? })
    }
}

fn missing(name: &'static str, because: &str) -> ConfigError {
    ConfigError::Missing { name, because: because.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Security, ConfigError> {
        Security::read(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
    }

    fn properties(variables: &[(&str, &str)]) -> Vec<String> {
        let properties = read(variables).unwrap().properties();
        properties.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn variables_become_what_librdkafka_knows() {
        assert_eq!(properties(&[]), ["security.protocol=PLAINTEXT"]);
        assert_eq!(
            properties(&[
                (PROTOCOL, "SSL"),
                ("KAFKA_SSL_CA_LOCATION", "ca.pem"),
                ("KAFKA_SSL_CERTIFICATE_LOCATION", "own.pem"),
                ("KAFKA_SSL_KEY_LOCATION", "key.pem"),
            ]),
            [
                "security.protocol=SSL",
                "ssl.ca.location=ca.pem",
                "ssl.certificate.location=own.pem",
                "ssl.key.location=key.pem"
            ]
        );
        let named = [("KAFKA_SASL_USERNAME", "anna"), ("KAFKA_SASL_PASSWORD", "s3cret")];
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
            let variables =
                [(PROTOCOL, "SASL_PLAINTEXT"), (MECHANISM, mechanism), named[0], named[1]];
            let mechanism = format!("sasl.mechanism={mechanism}");
            assert_eq!(
                properties(&variables),
                [
                    "security.protocol=SASL_PLAINTEXT",
                    &mechanism,
                    "sasl.username=anna",
                    "sasl.password=s3cret"
                ]
            );
            assert!(!format!("{:?}", read(&variables).unwrap()).contains("s3cret"));
        }
        let iam =
            [(PROTOCOL, "SASL_SSL"), (MECHANISM, "AWS_MSK_IAM"), ("AWS_REGION", "eu-central-1")];
        assert_eq!(properties(&iam), ["security.protocol=SASL_SSL", "sasl.mechanism=OAUTHBEARER"]);
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let certificate = ("KAFKA_SSL_CERTIFICATE_LOCATION", "own.pem");
        for (variables, told) in [
            (&[(PROTOCOL, "TLS")][..], "KAFKA_SECURITY_PROTOCOL=TLS is not known"),
            (&[(PROTOCOL, "SASL_SSL")], "KAFKA_SASL_MECHANISM is not set"),
            (&[(PROTOCOL, "SASL_SSL"), (MECHANISM, "GSSAPI")], "KAFKA_SASL_MECHANISM=GSSAPI"),
            (&[(PROTOCOL, "SASL_SSL"), (MECHANISM, "PLAIN")], "KAFKA_SASL_USERNAME is not set"),
            (&[(PROTOCOL, "SASL_SSL"), (MECHANISM, "AWS_MSK_IAM")], "AWS_REGION is not set"),
            (&[(PROTOCOL, "SASL_PLAINTEXT"), (MECHANISM, "AWS_MSK_IAM")], "wants SASL_SSL"),
            (&[(MECHANISM, "PLAIN")], "is neither SASL_SSL nor SASL_PLAINTEXT"),
            (&[(PROTOCOL, "SSL"), certificate], "KAFKA_SSL_KEY_LOCATION is not set"),
        ] {
            let error = read(variables).unwrap_err().to_string();
            assert!(error.contains(told), "{variables:?}: {error}");
        }
    }
}
