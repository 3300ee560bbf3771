//! What Lambda's event source for MSK and other Kafka clusters sends, and what it wants to hear.
//!
//! Read leniently, and by types of our own: `aws_lambda_events` refuses a whole batch for an absent header list, a null
//! header, a byte over 127 or a value that is no string, all of which event sources and their emulators send.
//! Source: Lambda's developer guide, "Using Lambda with Amazon MSK" and "Configuring error handling controls for Kafka".

use std::collections::BTreeMap;

use customer::Timestamp;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Incoming;

/// Records of several partitions, and even topics, in any order.
#[derive(Clone, Debug, Deserialize)]
pub struct MskBatch {
    /// The key repeats what each record says itself.
    records: BTreeMap<String, Vec<Message>>,
}

/// Where records come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TopicPartition {
    pub(crate) topic: String,
    pub(crate) partition: i32,
}

#[derive(Clone, Debug, Deserialize)]
struct Message {
    topic: String,
    partition: i32,
    offset: i64,
    /// In milliseconds.
    timestamp: Option<i64>,
    /// Base64, nothing, or JSON itself where a schema registry stands between.
    #[serde(default)]
    value: Value,
    headers: Option<Vec<BTreeMap<String, Option<Vec<i16>>>>>,
}

/// Lambda's answer where `ReportBatchItemFailures` is on: of each partition the first record that has to come again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MskFailures {
    pub(crate) batch_item_failures: Vec<MskFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MskFailure {
    item_identifier: Identifier,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Identifier {
    /// Topic and number, with a hyphen.
    partition: String,
    offset: i64,
}

impl MskBatch {
    /// The records of each partition by their offsets.
    pub(crate) fn partitions(self) -> BTreeMap<TopicPartition, Vec<Incoming>> {
        let mut partitions = BTreeMap::<_, Vec<_>>::new();
        for message in self.records.into_values().flatten() {
            let Message { ref topic, partition, .. } = message;
            let from = TopicPartition { topic: topic.clone(), partition };
            partitions.entry(from).or_default().push(message.read());
        }
        for records in partitions.values_mut() {
            records.sort_by_key(|incoming| incoming.offset);
        }
        partitions
    }
}

impl Message {
    fn read(self) -> Incoming {
        let payload = match self.value {
            Value::Null => Vec::new(),
            Value::String(text) => {
                BASE64.decode(text.as_bytes()).unwrap_or_else(|_| text.into_bytes())
            }
            json => json.to_string().into_bytes(),
        };
        let headers = self.headers.into_iter().flatten().flatten();
        let headers: Vec<_> =
            headers.map(|(name, value)| (name, bytes(&value.unwrap_or_default()))).collect();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let timestamp = self.timestamp.map(Timestamp::from_ms);
        Incoming::read(self.offset, timestamp, headers, &payload)
    }
}

/// Bytes as Java has them, from -128 to 127, or as everybody else does.
fn bytes(numbers: &[i16]) -> Vec<u8> {
    numbers.iter().map(|number| number.to_le_bytes()[0]).collect()
}

impl MskFailure {
    pub(crate) fn from(partition: &TopicPartition, offset: i64) -> Self {
        let TopicPartition { topic, partition } = partition;
        Self { item_identifier: Identifier { partition: format!("{topic}-{partition}"), offset } }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Change = fn(&mut Value);

    const GOLDEN: &str = include_str!("../../fixtures/events/image.uploaded.v1.json");

    fn golden() -> Value {
        serde_json::from_str(GOLDEN).unwrap()
    }

    /// The golden event as Lambda sends it, bytes from -128 to 127.
    fn message(offset: i64) -> Value {
        let headers = golden()["headers"].as_object().unwrap().clone();
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| json!({name: value.as_str().unwrap().as_bytes()}))
            .collect();
        let value = BASE64.encode(golden()["value"].to_string().as_bytes());
        json!({
            "topic": "images", "partition": 0, "offset": offset, "timestamp": 1_545_084_650_987_i64,
            "timestampType": "CREATE_TIME", "key": "eGo0Ym5w", "value": value, "headers": headers,
        })
    }

    fn read(messages: &Value) -> Result<Vec<Incoming>, serde_json::Error> {
        let batch: MskBatch = serde_json::from_value(json!({
            "eventSource": "aws:kafka",
            "eventSourceArn": "arn:aws:kafka:us-east-1:123456789012:cluster/vpc/abcd-3",
            "bootstrapServers": "b-1.example:9098,b-2.example:9098",
            "records": {"images-0": messages},
        }))?;
        Ok(batch.partitions().into_values().flatten().collect())
    }

    /// The golden message after `change`, as it is understood.
    fn changed(change: impl Fn(&mut Value)) -> Incoming {
        let mut message = message(15);
        change(&mut message);
        read(&json!([message])).unwrap().remove(0)
    }

    #[test]
    fn whatever_an_event_source_sends_the_event_is_read() {
        let expected = serde_json::from_value(golden()["value"].clone()).unwrap();
        let understood: [(&str, Change); 7] = [
            ("as documented", |_| {}),
            ("no key", |message| message["key"] = Value::Null),
            ("no timestamp", |message| drop(message.as_object_mut().unwrap().remove("timestamp"))),
            ("a header without a value", |message| {
                message["headers"].as_array_mut().unwrap().push(json!({"trace": null}));
            }),
            ("signed bytes", |message| {
                message["headers"].as_array_mut().unwrap().push(json!({"name": [-61, -85]}));
            }),
            ("unsigned bytes", |message| {
                message["headers"].as_array_mut().unwrap().push(json!({"name": [195, 171]}));
            }),
            ("a value that is JSON", |message| message["value"] = golden()["value"].clone()),
        ];
        for (shape, change) in understood {
            let incoming = changed(change);
            assert_eq!(incoming.offset, 15, "{shape}");
            assert_eq!(incoming.event.unwrap_or_else(|error| panic!("{shape}: {error}")), expected);
        }
        let timestamp = changed(|_| {}).timestamp;
        assert_eq!(timestamp, Some(Timestamp::from_ms(1_545_084_650_987)));
    }

    #[test]
    fn what_is_no_event_is_poison_and_the_batch_goes_on() {
        let poison: [Change; 5] = [
            |message| drop(message.as_object_mut().unwrap().remove("headers")),
            |message| message["headers"] = Value::Null,
            |message| message["value"] = Value::Null,
            |message| drop(message.as_object_mut().unwrap().remove("value")),
            |message| message["value"] = json!("not Base64!"),
        ];
        for change in poison {
            let incoming = changed(change);
            assert_eq!(incoming.event.unwrap_err().reason(), "not_an_event");
        }
        let records =
            read(&json!([message(17), {"topic": "images", "partition": 0, "offset": 16}]));
        let offsets: Vec<_> = records.unwrap().iter().map(|incoming| incoming.offset).collect();
        assert_eq!(offsets, [16, 17]);
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        for event in [json!({}), json!({"records": null}), json!({"Records": [{"s3": {}}]})] {
            assert!(serde_json::from_value::<MskBatch>(event.clone()).is_err(), "{event}");
        }
        assert!(read(&json!([{"topic": "images", "partition": 0}])).is_err(), "no offset");
    }

    #[test]
    fn failures_are_told_in_lambdas_form() {
        let partition = TopicPartition { topic: "images".to_owned(), partition: 0 };
        let failures = MskFailures { batch_item_failures: vec![MskFailure::from(&partition, 15)] };
        let expected =
            r#"{"batchItemFailures":[{"itemIdentifier":{"partition":"images-0","offset":15}}]}"#;
        assert_eq!(serde_json::to_string(&failures).unwrap(), expected);
        let none = serde_json::to_string(&MskFailures::default()).unwrap();
        assert_eq!(none, r#"{"batchItemFailures":[]}"#);
    }
}
