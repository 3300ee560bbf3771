//! Suggested labels: what the customer's first model says of an image that came without any, where the customer has
//! asked for it. Whoever sets the labels accepts or corrects it.

use std::time::Duration;

use axum::body::Bytes;
use customer::{Customer, Prediction, Record};
use serde::Serialize;
use tokio::time::timeout;

use super::{Predicted, Predictions, Subject, stored};
use crate::error::ApiError;

/// An upload waits no longer than this for a suggestion.
const PATIENCE: Duration = Duration::from_secs(3);

/// A label that a model holds for likely.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Suggestion {
    pub label: String,
    pub confidence: f32,
    pub endpoint: String,
    pub model: Option<String>,
    pub state: SuggestionState,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SuggestionState {
    /// The image has no label yet.
    Open,
    /// It has this one.
    Accepted,
    /// It has others.
    Corrected,
}

impl Predictions {
    /// Asks about an image that was just uploaded. That no model answers fails no upload.
    pub(crate) async fn suggest(
        &self,
        customer: &Customer,
        subject: Subject<'_>,
        bytes: Bytes,
    ) -> Option<Suggestion> {
        let endpoint = customer.suggesting().filter(|_| subject.record.labels.is_empty())?;
        let asked = timeout(PATIENCE, self.of(subject, endpoint, Some(bytes))).await;
        match asked {
            Ok(Ok(predicted)) => Suggestion::new(predicted, subject.record),
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(endpoint, error, "no label is suggested");
                None
            }
            Err(_) => {
                tracing::warn!(endpoint, "no label is suggested in time");
                None
            }
        }
    }

    /// What was suggested, as it stands by the record now.
    pub(crate) async fn suggested(
        &self,
        customer: &Customer,
        subject: Subject<'_>,
    ) -> Result<Option<Suggestion>, ApiError> {
        let Some(endpoint) = customer.suggesting() else { return Ok(None) };
        let Some(model) = self.deployed(endpoint).await? else { return Ok(None) };
        let stored = stored(subject, &model.model).await?;
        Ok(stored.and_then(|stored| Suggestion::new(stored.told(endpoint), subject.record)))
    }
}

impl Suggestion {
    /// `None` where the model is no classifier of ours.
    fn new(predicted: Predicted, record: &Record) -> Option<Self> {
        let Predicted { endpoint, variant: model, prediction, .. } = predicted;
        let Prediction { label, confidence, .. } = serde_json::from_value(prediction).ok()?;
        let state = match &record.labels[..] {
            [] => SuggestionState::Open,
            labels if labels.contains(&label) => SuggestionState::Accepted,
            _ => SuggestionState::Corrected,
        };
        Some(Self { label, confidence, endpoint, model, state })
    }
}
