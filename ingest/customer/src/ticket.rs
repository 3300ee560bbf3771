//! The ticket of an upload: what was declared before the bytes come, and what became of them.

use serde::{Deserialize, Serialize};

use telemetry::TraceParent;

use crate::{Consent, CustomerId, ImageId, Timestamp, UploadId, Visibility};

/// Stored under `uploads/` before anything is presigned, so that bytes never arrive unannounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    pub upload: UploadId,
    pub customer: CustomerId,
    /// Subject of the token that asked for it.
    pub uploaded_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Declared length; signed into the presigned request.
    pub bytes: u64,
    /// Declared media type; signed into the presigned request. The content decides in the end.
    #[serde(rename = "type")]
    pub media_type: String,
    #[serde(default)]
    pub labels: Vec<String>,
    pub consent: Option<Consent>,
    pub visibility: Option<Visibility>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Where the upload was asked for, if that was traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Where an upload stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Outcome {
    Waiting,
    Accepted { image: ImageId },
    Refused { code: String, reason: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outcome_lies_flat_in_the_json() {
        let ticket = Ticket {
            upload: UploadId::random(),
            customer: "acme".parse().unwrap(),
            uploaded_by: "subject".into(),
            name: None,
            bytes: 3,
            media_type: "image/png".into(),
            labels: vec![],
            consent: None,
            visibility: None,
            created_at: Timestamp::from_ms(0),
            expires_at: Timestamp::from_ms(1),
            trace: None,
            outcome: Outcome::Refused { code: "truncated".into(), reason: "it ends early".into() },
        };
        let json = serde_json::to_value(&ticket).unwrap();
        assert_eq!(
            (json["state"].as_str(), json["code"].as_str()),
            (Some("refused"), Some("truncated"))
        );
        assert_eq!(serde_json::from_value::<Ticket>(json).unwrap(), ticket);
    }
}
