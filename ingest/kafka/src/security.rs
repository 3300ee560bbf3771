//! TLS and SASL, and what librdkafka is told of them.

use std::fmt;

/// Whether the line is encrypted, and who is at this end of it.
#[derive(Clone, Debug, Default)]
pub struct Security {
    pub tls: Option<Tls>,
    pub sasl: Option<Sasl>,
}

/// Encryption. Paths are those of PEM files.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Who may have signed the brokers' certificates; the system's authorities without one.
    pub authorities: Option<String>,
    /// This client's own certificate and its key.
    pub certificate: Option<(String, String)>,
}

impl Tls {
    /// OpenSSL within the program does not know where its system keeps authorities. This has librdkafka look in all places
    /// that are known.
    fn probe() -> Option<String> {
        cfg!(feature = "vendored-openssl").then(|| "probe".to_owned())
    }
}

/// Who is at this end.
#[derive(Clone)]
pub enum Sasl {
    Password {
        mechanism: Mechanism,
        username: String,
        password: String,
    },
    /// Whoever the process is at AWS.
    MskIam {
        region: String,
    },
}

/// How a password is shown to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    Plain,
    ScramSha256,
    ScramSha512,
}

/// Kafka's names, and whether they mean TLS and SASL.
const PROTOCOLS: [(&str, (bool, bool)); 4] = [
    (Security::OPEN, (false, false)),
    ("SSL", (true, false)),
    ("SASL_PLAINTEXT", (false, true)),
    ("SASL_SSL", (true, true)),
];

impl Security {
    /// Kafka's name for neither.
    pub(crate) const OPEN: &str = "PLAINTEXT";

    /// Whether a protocol means TLS, and whether SASL.
    pub(crate) fn protocol(name: &str) -> Option<(bool, bool)> {
        PROTOCOLS.iter().find(|(known, _)| *known == name).map(|(_, meant)| *meant)
    }

    /// librdkafka's names and values.
    pub(crate) fn properties(&self) -> Vec<(&'static str, String)> {
        let asked = (self.tls.is_some(), self.sasl.is_some());
        let protocol = PROTOCOLS.iter().find(|(_, answered)| *answered == asked);
        let protocol = protocol.map_or(Self::OPEN, |(name, _)| name);
        let mut properties = vec![("security.protocol", protocol.to_owned())];
        if let Some(Tls { authorities, certificate }) = &self.tls {
            let authorities = authorities.clone().or_else(Tls::probe);
            properties.extend(authorities.map(|file| ("ssl.ca.location", file)));
            if let Some((certificate, key)) = certificate.clone() {
                properties.push(("ssl.certificate.location", certificate));
                properties.push(("ssl.key.location", key));
            }
        }
        match &self.sasl {
            None => {}
            Some(Sasl::Password { mechanism, username, password }) => properties.extend([
                ("sasl.mechanism", mechanism.name().to_owned()),
                ("sasl.username", username.clone()),
                ("sasl.password", password.clone()),
            ]),
            Some(Sasl::MskIam { .. }) => {
                properties.push(("sasl.mechanism", "OAUTHBEARER".to_owned()));
            }
        }
        properties
    }
}

impl Mechanism {
    const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { mechanism, username, .. } => {
                write!(f, "{} as {username}", mechanism.name())
            }
            Self::MskIam { region } => write!(f, "AWS_MSK_IAM in {region}"),
        }
    }
}
