//! The record: the truth about an image, and the only ways in which it changes.
//!
//! Every function here is pure. Each change adds one to `version`; [`crate::Records`] writes the
//! result by compare-and-swap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Duration;

use telemetry::TraceParent;

use crate::{CustomerId, ImageId, ObjectKey, Timestamp};

/// Everything known about one image, as stored under `records/` and as carried by every event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub schema: u32,
    pub customer: CustomerId,
    pub image: ImageId,
    /// 1 at the first upload; each change adds one.
    pub version: u64,
    pub state: State,
    /// What the change to this version was.
    pub change: Change,
    pub changed_at: Timestamp,
    pub original: Original,
    /// Media type by content, such as `image/jpeg`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Pixels of the upright picture.
    pub width: u32,
    /// Pixels of the upright picture.
    pub height: u32,
    pub bytes: u64,
    /// Of the original, lower-case hex.
    pub sha256: String,
    /// What the picture looks like; records of before this was kept have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// How the photograph was taken, as far as its EXIF says so.
    #[serde(default, skip_serializing_if = "Camera::is_none")]
    pub camera: Camera,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub uploaded_at: Timestamp,
    /// Subject of the uploader's token.
    pub uploaded_by: String,
    #[serde(default)]
    pub labels: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, serde_json::Value>,
    pub consent: Consent,
    pub visibility: Visibility,
    /// Set on a tombstone: until then a PATCH brings the image back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erase_after: Option<Timestamp>,
    /// Where the change to this version was made, if that was traced. [`crate::Records`] fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Live,
    Deleted,
}

/// The kind of a change, which names the event's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Uploaded,
    Labelled,
    Consent,
    Visibility,
    Deleted,
}

/// What a picture looks like, in a few bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The mean of its commonest colours, `#rrggbb`.
    pub dominant_color: String,
    /// A ThumbHash in base64: the picture blurred, to be shown until it is there.
    pub thumbhash: String,
    /// 64 bits as 16 hexadecimal digits; of pictures that look alike few differ.
    pub perceptual_hash: String,
}

/// How a photograph was taken: never where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Camera {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// On the camera's clock, with its offset from UTC where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<String>,
}

impl Camera {
    /// Whether nothing is known.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the bytes as uploaded lie, and the ETag that they had when they were validated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Original {
    pub key: String,
    pub etag: String,
}

impl Original {
    /// Whether Darkroom keeps it and never changes it. What was imported in place its customer may overwrite.
    pub fn is_immutable(&self) -> bool {
        self.key.starts_with(ObjectKey::ORIGINALS)
    }
}

/// Whether the owner agreed to training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    Training,
    #[default]
    None,
}

/// Whether anybody may see renditions, or only the customer's users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    #[default]
    Private,
}

/// A change that a user asks for. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    pub labels: Option<Vec<String>>,
    pub annotations: Option<BTreeMap<String, serde_json::Value>>,
    pub consent: Option<Consent>,
    pub visibility: Option<Visibility>,
    /// `true` brings a deleted image back while it is not yet erased.
    #[serde(default)]
    pub undelete: bool,
}

impl Record {
    /// The layout that this code writes.
    pub const SCHEMA: u32 = 1;

    pub fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Live and agreed to: the only state in which pixels may enter the feed.
    pub fn may_be_trained_on(&self) -> bool {
        self.is_live() && self.consent == Consent::Training
    }

    /// The next version under `patch`, or `None` where it changes nothing. The kind of the change
    /// is the weightiest one: consent before visibility before labels.
    #[must_use]
    pub fn patched(&self, patch: &Patch, now: Timestamp) -> Option<Self> {
        let mut next = self.clone();
        let mut change = None;
        if let Some(labels) = patch.labels.as_ref().filter(|labels| **labels != next.labels) {
            next.labels.clone_from(labels);
            change = Some(Change::Labelled);
        }
        if let Some(notes) = patch.annotations.as_ref().filter(|notes| **notes != next.annotations)
        {
            next.annotations.clone_from(notes);
            change = Some(Change::Labelled);
        }
        if let Some(visibility) =
            patch.visibility.filter(|visibility| *visibility != next.visibility)
        {
            next.visibility = visibility;
            change = Some(Change::Visibility);
        }
        if let Some(consent) = patch.consent.filter(|consent| *consent != next.consent) {
            next.consent = consent;
            change = Some(Change::Consent);
        }
        if patch.undelete && !next.is_live() {
            next.state = State::Live;
            next.erase_after = None;
            change = Some(Change::Uploaded);
        }
        change.map(|change| next.bumped(change, now))
    }

    /// The tombstone: no labels, and erased when `retention` has passed.
    #[must_use]
    pub fn deleted(&self, retention: Duration, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.state = State::Deleted;
        next.labels.clear();
        next.annotations.clear();
        next.erase_after = Some(now.plus(retention));
        next.bumped(Change::Deleted, now)
    }

    /// Whether the change to this version may have closed the image to somebody who saw it. A change
    /// of consent may have come with one of visibility.
    pub fn may_have_closed(&self) -> bool {
        self.version > 1 && self.change != Change::Labelled
    }

    /// The name in `newest/` that leads to this record.
    pub fn newest(&self) -> ObjectKey {
        ObjectKey::Newest { uploaded_ms: self.uploaded_at.ms(), image: self.image }
    }

    fn bumped(mut self, change: Change, now: Timestamp) -> Self {
        self.version += 1;
        self.change = change;
        self.changed_at = now;
        self
    }
}

impl Change {
    /// The CloudEvents type of the event that announces the change.
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Uploaded => "image.uploaded.v1",
            Self::Labelled => "image.labelled.v1",
            Self::Consent => "image.consent.v1",
            Self::Visibility => "image.visibility.v1",
            Self::Deleted => "image.deleted.v1",
        }
    }

    /// The inverse of [`Change::event_type`].
    pub fn from_event_type(text: &str) -> Option<Self> {
        [Self::Uploaded, Self::Labelled, Self::Consent, Self::Visibility, Self::Deleted]
            .into_iter()
            .find(|change| change.event_type() == text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Record {
        let (image, sha256) = ImageId::of(b"abc");
        Record {
            schema: Record::SCHEMA,
            customer: "acme".parse().unwrap(),
            image,
            version: 1,
            state: State::Live,
            change: Change::Uploaded,
            changed_at: Timestamp::from_ms(1_000),
            original: Original { key: format!("originals/{image}"), etag: "\"e\"".into() },
            media_type: "image/jpeg".into(),
            width: 40,
            height: 30,
            bytes: 3,
            sha256,
            look: None,
            camera: Camera::default(),
            name: None,
            uploaded_at: Timestamp::from_ms(1_000),
            uploaded_by: "subject".into(),
            labels: vec!["cat".into()],
            annotations: BTreeMap::new(),
            consent: Consent::Training,
            visibility: Visibility::Private,
            erase_after: None,
            trace: None,
        }
    }

    #[test]
    fn a_patch_that_changes_nothing_makes_no_version() {
        let record = sample();
        let same = Patch {
            labels: Some(record.labels.clone()),
            consent: Some(record.consent),
            ..Patch::default()
        };
        assert_eq!(record.patched(&same, Timestamp::from_ms(2_000)), None);
    }

    #[test]
    fn the_weightiest_change_names_the_event() {
        let patch = Patch {
            labels: Some(vec!["dog".into(), "dog".into()]),
            visibility: Some(Visibility::Public),
            consent: Some(Consent::None),
            ..Patch::default()
        };
        let next = sample().patched(&patch, Timestamp::from_ms(2_000)).unwrap();
        assert_eq!((next.version, next.change.event_type()), (2, "image.consent.v1"));
        assert_eq!(next.labels, ["dog", "dog"], "a label may repeat");
        assert!(!next.may_be_trained_on());
    }

    #[test]
    fn deletion_forgets_labels_and_undo_brings_the_image_back() {
        let now = Timestamp::from_ms(5_000);
        let gone = sample().deleted(Duration::days(7), now);
        assert_eq!((gone.version, gone.state, gone.labels.len()), (2, State::Deleted, 0));
        assert_eq!(gone.erase_after, Some(Timestamp::from_ms(5_000 + 7 * 86_400_000)));
        let undo = Patch { undelete: true, ..Patch::default() };
        let back = gone.patched(&undo, now).unwrap();
        assert_eq!((back.version, back.state, back.erase_after), (3, State::Live, None));
    }
}
