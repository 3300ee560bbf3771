//! Object names back into what they name.

use super::{Chain, NEWEST_MS_END, ObjectKey};
use crate::ImageId;

impl ObjectKey {
    /// Reads the name of an object whose prefix carries meaning for a notification or a listing;
    /// `None` for all others, among them other spellings of the same: what is one object has one name.
    pub fn parse(key: &str) -> Option<Self> {
        Self::read(key).filter(|read| read.to_string() == key)
    }

    fn read(key: &str) -> Option<Self> {
        let (prefix, rest) = key.split_once('/')?;
        match prefix {
            "incoming" => Some(Self::Incoming(rest.parse().ok()?)),
            "uploads" => Some(Self::Ticket(json(rest)?)),
            "originals" if rest.contains('-') => {
                let (image, uploaded_ms) = image_and_number(rest)?;
                Some(Self::OriginalAgain { image, uploaded_ms })
            }
            "originals" => Some(Self::Original(rest.parse().ok()?)),
            "records" => Some(Self::Record(json(rest)?)),
            "commits" => {
                let (chain, seq) = rest.rsplit_once('/')?;
                Some(Self::Commit { chain: read_chain(chain)?, seq: json(seq)? })
            }
            "amendments" => {
                let (chain, seq) = rest.rsplit_once('/')?;
                Some(Self::Amendment { chain: read_chain(chain)?, seq: json(seq)? })
            }
            "erasure" => read_erasure(rest),
            "wanted" => {
                let (dataset, asked_ms) = rest.split_once('/')?;
                let (dataset, asked_ms) = (dataset.parse().ok()?, asked_ms.parse().ok()?);
                Some(Self::Wanted { dataset, asked_ms })
            }
            "members" => {
                let (customer, rest) = rest.split_once('/')?;
                let (dataset, number) = rest.split_once('/')?;
                let (customer, dataset) = (customer.parse().ok()?, dataset.parse().ok()?);
                Some(Self::Members { customer, dataset, number: number.parse().ok()? })
            }
            "models" => {
                let model = rest.strip_suffix("/output/model.tar.gz")?;
                Some(Self::ModelArtifact(model.parse().ok()?))
            }
            "customers" => Some(Self::Customer(json(rest)?)),
            "outbox" => {
                let (image, version) = image_and_number(rest)?;
                Some(Self::Outbox { image, version })
            }
            "newest" => {
                let (left, image) = number_and_image(rest)?;
                Some(Self::Newest { uploaded_ms: NEWEST_MS_END - left, image })
            }
            "tombstones" => {
                let (erase_after_ms, image) = number_and_image(rest)?;
                Some(Self::Tombstone { erase_after_ms, image })
            }
            _ => None,
        }
    }

    /// The image that an object of a customer's bucket belongs to.
    pub fn image_in(key: &str) -> Option<ImageId> {
        if let Some(rest) = key.strip_prefix(Self::RENDITIONS) {
            return rest.split_once('/')?.0.parse().ok();
        }
        match Self::parse(key)? {
            Self::Original(image)
            | Self::OriginalAgain { image, .. }
            | Self::Record(image)
            | Self::Newest { image, .. }
            | Self::Outbox { image, .. }
            | Self::Tombstone { image, .. } => Some(image),
            _ => None,
        }
    }
}

fn read_erasure(text: &str) -> Option<ObjectKey> {
    let (kind, rest) = text.split_once('/')?;
    let (customer, name) = rest.split_once('/')?;
    let customer = customer.parse().ok()?;
    match kind {
        "orders" => Some(ObjectKey::Erasure { customer, image: json(name)? }),
        "receipts" => {
            let (image, version) = image_and_number(name.strip_suffix(".json")?)?;
            Some(ObjectKey::Receipt { customer, image, version })
        }
        _ => None,
    }
}

fn read_chain(text: &str) -> Option<Chain> {
    let mut parts = text.split('/').map(str::to_owned);
    let (epoch, topic) = (parts.next()?, parts.next()?);
    let partition = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(Chain { epoch, topic, partition })
}

fn json<T: std::str::FromStr>(name: &str) -> Option<T> {
    name.strip_suffix(".json")?.parse().ok()
}

fn image_and_number<N: std::str::FromStr>(name: &str) -> Option<(ImageId, N)> {
    let (image, number) = name.split_once('-')?;
    Some((image.parse().ok()?, number.parse().ok()?))
}

fn number_and_image(name: &str) -> Option<(i64, ImageId)> {
    let (number, image) = name.split_once('-')?;
    Some((number.parse().ok()?, image.parse().ok()?))
}
