//! What Darkroom keeps about one customer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Consent, CustomerId, EdgeKey, Presets, Timestamp, UrlRules};

/// How long every edge may take to hear of a new key: it verifies from the start, and signs after.
const KEY_SIGNS_AFTER: time::Duration = time::Duration::minutes(1);

/// One customer's settings, stored as `customers/{customer}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    #[serde(rename = "customer")]
    pub id: CustomerId,
    pub bucket: String,
    /// The customer's own role, where the bucket is in an account of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleReference>,
    pub status: Status,
    /// What an upload that says nothing about training is taken to agree to.
    #[serde(default)]
    pub default_consent: Consent,
    #[serde(default)]
    pub retention: Retention,
    /// Newest first; two at most, so that the older one stays good while it is replaced.
    pub edge_keys: Vec<EdgeKey>,
    /// SageMaker endpoints that may be asked; the first is the default.
    #[serde(default)]
    pub endpoints: Vec<String>,
    /// Whether the default endpoint is asked for labels of images that come without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suggest_labels: bool,
    #[serde(default, skip_serializing_if = "Presets::is_empty")]
    pub presets: Presets,
    #[serde(default, skip_serializing_if = "UrlRules::is_default")]
    pub url_rules: UrlRules,
    /// Bounds by name, `source_pixels_max` and the like, that are lower than Darkroom's own. Higher
    /// ones have no effect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u64>,
    /// Prefixes of the customer's own from which originals are taken where they lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// A role to assume and the shared secret that its trust policy asks for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleReference {
    pub arn: String,
    pub external_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    /// Nobody gets in and nothing is shown; all of it stays.
    Suspended,
    /// As suspended, and the sweep erases every image.
    Removing,
}

/// For how long a deleted image can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub days: u16,
}

impl Customer {
    /// An active customer with a bucket and a signing key of its own, and nothing agreed to.
    pub fn new(id: CustomerId, bucket: String) -> Self {
        Self {
            id,
            bucket,
            role: None,
            status: Status::Active,
            default_consent: Consent::None,
            retention: Retention::default(),
            edge_keys: vec![EdgeKey::random()],
            endpoints: Vec::new(),
            suggest_labels: false,
            presets: Presets::default(),
            url_rules: UrlRules::default(),
            limits: BTreeMap::new(),
            sources: Vec::new(),
        }
    }

    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// The endpoint that suggests labels, where the customer wants any.
    pub fn suggesting(&self) -> Option<&str> {
        self.endpoints.first().filter(|_| self.suggest_labels).map(String::as_str)
    }

    /// The customer's own bound of this name, if there is one.
    pub fn limit(&self, name: &str) -> Option<u64> {
        self.limits.get(name).copied()
    }

    /// The newest key that every edge knows by now; `None` where the registry holds no key at all.
    pub fn signing_key(&self, now: Timestamp) -> Option<&EdgeKey> {
        let known = |key: &&EdgeKey| key.signs_from.is_none_or(|from| from <= now);
        self.edge_keys.iter().find(known).or(self.edge_keys.last())
    }

    /// A new key takes over within a minute, and what the one before it has signed stays good until
    /// the next rotation.
    pub fn rotate_key(&mut self, now: Timestamp) {
        let current = self.signing_key(now).cloned();
        let new = EdgeKey { signs_from: Some(now.plus(KEY_SIGNS_AFTER)), ..EdgeKey::random() };
        self.edge_keys = std::iter::once(new).chain(current).collect();
    }

    /// A new key takes over at once, and nothing that was signed before is good any more.
    pub fn revoke_keys(&mut self) {
        self.edge_keys = vec![EdgeKey::random()];
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 7 }
    }
}

/// A secret must not reach a log by way of `{:?}`.
impl std::fmt::Debug for RoleReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoleReference").field("arn", &self.arn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme() -> Customer {
        Customer::new("acme".parse().unwrap(), "acme-images".to_owned())
    }

    #[test]
    fn a_rotated_key_verifies_at_once_and_signs_when_every_edge_knows_it() {
        let (mut acme, now) = (acme(), Timestamp::from_ms(1_000_000));
        let old = acme.edge_keys[0].clone();
        acme.rotate_key(now);
        assert_eq!(acme.edge_keys.len(), 2);
        assert_eq!(acme.signing_key(now), Some(&old));
        let later = Timestamp::from_ms(1_060_000);
        assert_eq!(acme.signing_key(later), Some(&acme.edge_keys[0]));
        let second = acme.edge_keys[0].clone();
        acme.rotate_key(later);
        assert_eq!(acme.edge_keys.len(), 2);
        assert_eq!(acme.edge_keys[1], second, "the first key is out of use");
    }

    #[test]
    fn a_rotation_right_after_another_keeps_the_key_that_signs() {
        let (mut acme, now) = (acme(), Timestamp::from_ms(1_000_000));
        let old = acme.edge_keys[0].clone();
        acme.rotate_key(now);
        acme.rotate_key(now);
        assert_eq!(acme.edge_keys[1], old);
    }

    #[test]
    fn revoking_leaves_one_new_key_that_signs() {
        let mut acme = acme();
        let old = acme.edge_keys[0].clone();
        acme.revoke_keys();
        assert_eq!(acme.edge_keys.len(), 1);
        assert_ne!(acme.edge_keys[0], old);
        assert_eq!(acme.signing_key(Timestamp::from_ms(0)), Some(&acme.edge_keys[0]));
    }

    #[test]
    fn settings_of_an_earlier_release_are_read() {
        let json = r#"{"customer":"acme","bucket":"b","status":"active","edge_keys":[{"kid":"1","secret":"s"}]}"#;
        let read: Customer = serde_json::from_str(json).unwrap();
        assert_eq!((read.retention.days, read.limit("source_bytes_max")), (7, None));
        assert_eq!(read.edge_keys[0].signs_from, None);
    }
}
