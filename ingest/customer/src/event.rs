//! What Kafka carries: one CloudEvents 1.0 event for each version of a record.
//!
//! Binary content mode: attributes are `ce_` headers, the value is the record as JSON. The event
//! holds no pixels (a claim check): whoever needs them takes the original that the record names
//! and compares its SHA-256. Consumers keep the highest version of each (customer, image), so
//! repeats, replays and reordering do no harm.
//! Source: CloudEvents, Kafka protocol binding 1.0.

use serde::Deserialize;

use crate::{Change, Record};

/// The topic that all events go to, keyed by image id.
pub const TOPIC: &str = "images";

/// The headers of an event, in the order in which they are written.
pub const HEADERS: [&str; 8] = [
    "content-type",
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_subject",
    "ce_time",
    "ce_dataschema",
];

/// One version of one image's record, announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub record: Record,
}

/// Why a message is no event of ours. Each is a reason to reject the message, never to stop.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("the message has no ce_type header and is no structured CloudEvent")]
    NoType,
    #[error("event type '{0}' is unknown here; this consumer reads image.*.v1")]
    UnknownType(String),
    #[error("the event's data is no record: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the record has schema {0}; this consumer reads up to {max}", max = Record::SCHEMA)]
    UnknownSchema(u32),
}

#[derive(Deserialize)]
struct Structured {
    #[serde(rename = "type")]
    event_type: String,
    data: serde_json::Value,
}

impl Event {
    /// `{customer}/{image}/{version}`: the same for every repeat of the same event.
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.record.customer, self.record.image, self.record.version)
    }

    /// The message key: all versions of an image lie in one partition, in order.
    pub fn key(&self) -> String {
        self.record.image.to_string()
    }

    /// Values of [`HEADERS`].
    pub fn headers(&self) -> [(&'static str, String); 8] {
        let record = &self.record;
        let values = [
            "application/json".to_owned(),
            "1.0".to_owned(),
            self.id(),
            format!("/darkroom/{}", record.customer),
            record.change.event_type().to_owned(),
            record.image.to_string(),
            record.changed_at.to_string(),
            format!("urn:darkroom:record:{}", record.schema),
        ];
        let mut values = values.into_iter();
        HEADERS.map(|name| (name, values.next().unwrap_or_default()))
    }

    /// The message value: the record as JSON.
    pub fn payload(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.record)
    }

    /// Reads a message in binary or structured content mode. Unknown fields are ignored.
    pub fn parse<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        payload: &[u8],
    ) -> Result<Self, EventError> {
        let mut event_type = None;
        let mut structured = false;
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("ce_type") {
                event_type = Some(String::from_utf8_lossy(value).into_owned());
            } else if name.eq_ignore_ascii_case("content-type") {
                structured = value.starts_with(b"application/cloudevents");
            }
        }
        let record = if structured {
            let event: Structured = serde_json::from_slice(payload)?;
            event_type = Some(event.event_type);
            event.data
        } else {
            serde_json::from_slice(payload)?
        };
        Self::typed(&event_type.ok_or(EventError::NoType)?, record)
    }

    fn typed(event_type: &str, record: serde_json::Value) -> Result<Self, EventError> {
        if Change::from_event_type(event_type).is_none() {
            return Err(EventError::UnknownType(event_type.to_owned()));
        }
        let schema = record.get("schema").and_then(serde_json::Value::as_u64).unwrap_or_default();
        match u32::try_from(schema) {
            Ok(schema) if schema <= Record::SCHEMA => {
                Ok(Self { record: serde_json::from_value(record)? })
            }
            Ok(schema) => Err(EventError::UnknownSchema(schema)),
            Err(_) => Err(EventError::UnknownSchema(u32::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::sample;

    /// Both sides of the contract read the same file: written here, read by the consumer's tests.
    const GOLDEN: &str = include_str!("../../../fixtures/events/image.uploaded.v1.json");

    #[test]
    fn the_event_is_the_golden_file_to_the_byte() {
        let event = Event { record: sample() };
        let headers: serde_json::Map<_, _> = event
            .headers()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let value: serde_json::Value = serde_json::from_slice(&event.payload().unwrap()).unwrap();
        let both = serde_json::json!({"key": event.key(), "headers": headers, "value": value});
        assert_eq!(serde_json::to_string_pretty(&both).unwrap() + "\n", GOLDEN);
    }

    #[test]
    fn both_content_modes_read_the_same() {
        let event = Event { record: sample() };
        let headers = event.headers();
        let binary = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        assert_eq!(Event::parse(binary, &event.payload().unwrap()).unwrap(), event);
        let structured = serde_json::json!({
            "specversion": "1.0", "id": event.id(), "type": "image.uploaded.v1", "data": event.record,
        });
        let header = [("content-type", b"application/cloudevents+json; charset=utf-8".as_slice())];
        assert_eq!(Event::parse(header, structured.to_string().as_bytes()).unwrap(), event);
    }

    #[test]
    fn each_kind_of_poison_has_its_reason() {
        let typed = [("ce_type", b"image.uploaded.v1".as_slice())];
        assert!(matches!(Event::parse([], b"{}"), Err(EventError::NoType)));
        assert!(matches!(Event::parse(typed, b"{"), Err(EventError::Json(_))));
        assert!(matches!(
            Event::parse(typed, b"{\"schema\":9}"),
            Err(EventError::UnknownSchema(9))
        ));
        let other = [("ce_type", b"image.melted.v1".as_slice())];
        assert!(
            matches!(Event::parse(other, b"{}"), Err(EventError::UnknownType(kind)) if kind == "image.melted.v1")
        );
    }
}
