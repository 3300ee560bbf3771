//! Settings of a customer as options: `darkroom customer add` and `set`.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use customer::{Consent, Customer, CustomerId, IIIF, ObjectKey, Retention, session_policy};
use resizer::Limits;
use resizer_lambda::dialect::query::{PARAMETERS, preset};

use super::super::{Where, operator::Operator, say};

/// A session policy longer than this is refused by STS.
const SESSION_POLICY_BYTES_MAX: usize = 2_048;
/// Every parameter.
const ANY: &str = "any";
/// The bound that is not the resizer's.
const RENDITIONS_MAX: &str = "renditions_max";

#[derive(Args, Debug, Default)]
pub(crate) struct Settings {
    /// SageMaker endpoint that it may ask; the first one is the default
    #[arg(
        long = "endpoint",
        env = "DARKROOM_ENDPOINTS",
        value_name = "NAME",
        value_delimiter = ','
    )]
    endpoints: Vec<String>,

    /// Whether the first endpoint suggests labels for images that come without any [default: false]
    #[arg(long, env = "DARKROOM_SUGGEST_LABELS", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    suggest_labels: Option<bool>,

    /// Days for which a deleted image can be brought back [default: 7]
    #[arg(long, env = "DARKROOM_RETENTION_DAYS", value_name = "DAYS")]
    retention_days: Option<u16>,

    /// What an upload that says nothing about training is taken to agree to [default: none]
    #[arg(long, env = "DARKROOM_DEFAULT_CONSENT", value_enum)]
    default_consent: Option<DefaultConsent>,

    /// A bound lower than Darkroom's own, such as source_pixels_max=20000000; may be given several times
    #[arg(long = "limit", env = "DARKROOM_LIMITS", value_name = "NAME=NUMBER", value_delimiter = ',', value_parser = limit)]
    limits: Vec<(String, u64)>,

    /// A query string by name, such as card=w=400&fit=crop; may be given several times
    #[arg(long = "preset", env = "DARKROOM_PRESETS", value_name = "NAME=QUERY", value_delimiter = ' ', value_parser = preset)]
    presets: Vec<(String, String)>,

    /// A preset to be forgotten; may be given several times
    #[arg(long = "without-preset", value_name = "NAME")]
    without_presets: Vec<String>,

    /// Whether whoever has not signed in has to name a preset, and nothing else [default: false]
    #[arg(long, env = "DARKROOM_PRESETS_ONLY", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    presets_only: Option<bool>,

    /// A parameter that whoever has not signed in may give, such as w, or preset, or iiif for IIIF's URLs; 'any' lifts the bound; may be given several times
    #[arg(long = "allow", env = "DARKROOM_ALLOW", value_name = "PARAMETER", value_delimiter = ',', value_parser = parameter)]
    allowed: Vec<String>,

    /// Whether parameters that mean nothing are refused, and not only ignored [default: false]
    #[arg(long, env = "DARKROOM_STRICT", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strict: Option<bool>,

    /// Prefix of the customer's own whose images may be imported, such as photos/; may be given several times
    #[arg(long = "source", env = "DARKROOM_SOURCES", value_name = "PREFIX", value_delimiter = ',', value_parser = source)]
    sources: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DefaultConsent {
    Training,
    None,
}

#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The customer's name
    name: CustomerId,

    #[command(flatten)]
    settings: Settings,

    #[command(flatten)]
    place: Where,
}

impl Set {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let operator = Operator::at(&self.place).await?;
        let mut wanted = operator.customer(&self.name).await?;
        self.settings.apply(&mut wanted)?;
        let mut applied = Ok(());
        let change = |customer: &mut Customer| applied = self.settings.apply(customer);
        operator.registry.update(&self.name, change).await?;
        applied?;
        operator.audit("customer set", self.name.as_str());
        say(format_args!("customer {} changed; it holds within a minute", self.name))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Settings {
    /// Changes what was given; what was not stays.
    pub(crate) fn apply(&self, customer: &mut Customer) -> anyhow::Result<()> {
        if !self.endpoints.is_empty() {
            customer.endpoints.clone_from(&self.endpoints);
        }
        customer.suggest_labels = self.suggest_labels.unwrap_or(customer.suggest_labels);
        if let Some(days) = self.retention_days {
            customer.retention = Retention { days };
        }
        match self.default_consent {
            Some(DefaultConsent::Training) => customer.default_consent = Consent::Training,
            Some(DefaultConsent::None) => customer.default_consent = Consent::None,
            None => {}
        }
        customer.limits.extend(self.limits.iter().cloned());
        self.apply_to_urls(customer)?;
        if !self.sources.is_empty() {
            customer.sources.clone_from(&self.sources);
        }
        let policy = session_policy(&customer.bucket, &customer.sources).len();
        ensure!(
            policy <= SESSION_POLICY_BYTES_MAX,
            "the sources are too many or too long for a session policy: {policy} of {SESSION_POLICY_BYTES_MAX} bytes"
        );
        Ok(())
    }

    fn apply_to_urls(&self, customer: &mut Customer) -> anyhow::Result<()> {
        for name in &self.without_presets {
            let Some(_) = customer.presets.0.remove(name) else {
                bail!("there is no preset '{name}'")
            };
        }
        customer.presets.0.extend(self.presets.iter().cloned());
        let rules = &mut customer.url_rules;
        rules.presets_only = self.presets_only.unwrap_or(rules.presets_only);
        rules.strict = self.strict.unwrap_or(rules.strict);
        if !self.allowed.is_empty() {
            let named = self.allowed.iter().filter(|name| *name != ANY);
            rules.allowed = named.cloned().collect();
        }
        Ok(())
    }
}

fn limit(text: &str) -> anyhow::Result<(String, u64)> {
    let Some((name, number)) = text.split_once('=') else { bail!("a limit is NAME=NUMBER") };
    let known = Limits::NAMES.iter().chain([&RENDITIONS_MAX]);
    if !known.clone().any(|known| *known == name) {
        let known: Vec<_> = known.copied().collect();
        bail!("there is no limit '{name}'; there are {}", known.join(", "));
    }
    Ok((name.to_owned(), number.parse()?))
}

fn preset(text: &str) -> anyhow::Result<(String, String)> {
    let Some((name, query)) = text.split_once('=') else { bail!("a preset is NAME=QUERY") };
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    ensure!(
        (1..=40).contains(&name.len()) && name.bytes().all(sound),
        "a preset's name is 1 to 40 lower-case letters, digits and hyphens"
    );
    preset::check(query)?;
    Ok((name.to_owned(), query.to_owned()))
}

fn parameter(text: &str) -> anyhow::Result<String> {
    let known = text == ANY || text == IIIF || PARAMETERS.contains(&text);
    ensure!(known, "there is no parameter '{text}'; docs/urls.md lists them");
    Ok(text.to_owned())
}

fn source(text: &str) -> anyhow::Result<String> {
    let ours = ObjectKey::CUSTOMER_PREFIXES.iter().any(|own| text.starts_with(own));
    let plain = !text.is_empty() && !text.starts_with('/') && !text.contains(['*', '?', '$', ' ']);
    ensure!(
        plain && !ours && text.ends_with('/'),
        "a source is a prefix of the customer's own that ends in a slash, such as photos/"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_presets_and_sources_are_checked_where_they_are_given() {
        assert_eq!(limit("renditions_max=9").unwrap(), ("renditions_max".to_owned(), 9));
        let unknown = limit("pixels=9").unwrap_err().to_string();
        assert!(unknown.starts_with("there is no limit 'pixels'; there are source_bytes_max,"));
        assert_eq!(preset("card=w=4&h=5").unwrap(), ("card".to_owned(), "w=4&h=5".to_owned()));
        assert!(preset("Card=w=4").is_err());
        let unknown = preset("card=width=4").unwrap_err().to_string();
        assert_eq!(unknown, "width means nothing here; leave it out");
        assert_eq!(parameter("w").unwrap(), "w");
        assert!(parameter("width").is_err());
        assert_eq!(source("photos/2026/").unwrap(), "photos/2026/");
        for wrong in ["", "/", "photos", "records/", "originals/x/", "a*/", "/photos/"] {
            assert!(source(wrong).is_err(), "{wrong}");
        }
    }
}
