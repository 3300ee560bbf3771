//! Newest first: one LIST of `newest/` gives the order, each record is the truth.

use customer::{Bucket, ImageId, ObjectKey, Record, RecordError, Records};
use data_encoding::BASE64URL_NOPAD;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use crate::error::ApiError;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;
/// Names that one LIST returns at most.
const LISTED_MAX: i32 = 1_000;
/// Names beyond a page's length that are listed with it: what is deleted has its name a while longer.
const SPARE: usize = 10;
/// A page asks S3 for a listing at most this often; a filter that finds less gives a short page.
const LISTINGS_MAX: usize = 2;
const RECORDS_AT_ONCE: usize = 16;
/// Bytes of records after which a page ends. Lambda answers with 6 MB at most, and in the text that carries the answer
/// there every quotation mark and backslash is two.
const RECORDS_BYTES_MAX: usize = 2_800_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListParameters {
    cursor: Option<String>,
    limit: Option<usize>,
    label: Option<String>,
}

/// One page and where the next one begins.
#[derive(Debug)]
pub(super) struct Listing {
    pub records: Vec<Record>,
    pub next: Option<String>,
}

/// Reads one page. The cursor is the last name looked at, so images that come or go meanwhile
/// neither repeat nor hide others.
pub(super) async fn page(
    bucket: &Bucket,
    parameters: &ListParameters,
) -> Result<Listing, ApiError> {
    let limit = parameters.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(ApiError::Invalid(format!("limit is 1 to {LIMIT_MAX}")));
    }
    let mut after = parameters.cursor.as_deref().map(decode_cursor).transpose()?;
    let (mut records, mut bytes) = (Vec::new(), 0);
    for listing in 0..LISTINGS_MAX {
        let is_filtered = parameters.label.is_some() || listing > 0;
        let enough = i32::try_from(limit + SPARE).unwrap_or(LISTED_MAX);
        let listed = if is_filtered { LISTED_MAX } else { enough };
        let page = bucket.list(ObjectKey::NEWEST, after.as_deref(), listed).await?;
        let names: Vec<_> = page.found.into_iter().map(|found| found.key).collect();
        let last = names.last().cloned();
        let mut read = stream::iter(names)
            .map(|name| async { Ok::<_, RecordError>((shown(bucket, &name).await?, name)) })
            .buffered(RECORDS_AT_ONCE);
        while let Some((record, name)) = read.try_next().await? {
            after = Some(name);
            let wanted = record.filter(|record| labelled(record, parameters.label.as_deref()));
            if let Some(record) = wanted {
                bytes += serde_json::to_vec(&record).map_err(ApiError::Unreadable)?.len();
                records.push(record);
            }
            if records.len() == limit || bytes >= RECORDS_BYTES_MAX {
                break;
            }
        }
        drop(read);
        let seen_all = last.is_none() || after == last;
        if seen_all && !page.more {
            return Ok(Listing { records, next: None });
        }
        if records.len() == limit || bytes >= RECORDS_BYTES_MAX {
            break;
        }
    }
    Ok(Listing { records, next: after.map(|name| BASE64URL_NOPAD.encode(name.as_bytes())) })
}

/// The record behind a name in `newest/`, unless the image is gone or was uploaded anew since.
async fn shown(bucket: &Bucket, name: &str) -> Result<Option<Record>, RecordError> {
    let Some(ObjectKey::Newest { uploaded_ms, image }) = ObjectKey::parse(name) else {
        return Ok(None);
    };
    let found = read(bucket, image).await?;
    Ok(found.filter(|record| record.is_live() && record.uploaded_at.ms() == uploaded_ms))
}

async fn read(bucket: &Bucket, image: ImageId) -> Result<Option<Record>, RecordError> {
    Ok(Records::new(bucket).read(image).await?.map(|found| found.record))
}

fn labelled(record: &Record, label: Option<&str>) -> bool {
    label.is_none_or(|label| record.labels.iter().any(|own| own == label))
}

fn decode_cursor(cursor: &str) -> Result<String, ApiError> {
    let name = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
    name.and_then(|name| String::from_utf8(name).ok())
        .filter(|name| matches!(ObjectKey::parse(name), Some(ObjectKey::Newest { .. })))
        .ok_or_else(|| ApiError::Invalid("cursor is the next_cursor of an earlier page".into()))
}
