//! ListObjectVersions, of buckets that keep one version of each object, the one that AWS calls `null`.

use s3s::dto::{
    ETag, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
    ObjectVersionStorageClass,
};
use s3s::{S3Result, s3_error};

use super::listing::{KEYS_MAX, Names, query};
use super::object::timestamp;
use super::store::Store;

/// The only version there is.
const NULL: &str = "null";

pub(super) fn list_object_versions(
    store: &Store,
    input: ListObjectVersionsInput,
) -> S3Result<ListObjectVersionsOutput> {
    let names = Names::new(input.encoding_type.as_ref())?;
    let after = input.key_marker.clone().unwrap_or_default();
    let max_keys = input.max_keys.unwrap_or(KEYS_MAX).clamp(0, KEYS_MAX);
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), &after, max_keys);
    let page = store.bucket(&input.bucket)?.page(query);
    let versions = page.contents.into_iter().map(|(key, entry)| ObjectVersion {
        key: Some(names.encode(key)),
        version_id: Some(NULL.to_owned()),
        is_latest: Some(true),
        e_tag: Some(ETag::Strong(entry.etag.into())),
        size: i64::try_from(entry.size).ok(),
        last_modified: Some(timestamp(entry.modified_ms)),
        storage_class: Some(ObjectVersionStorageClass::from_static(
            ObjectVersionStorageClass::STANDARD,
        )),
        ..ObjectVersion::default()
    });
    let versions = versions.collect();
    Ok(ListObjectVersionsOutput {
        is_truncated: Some(page.next_after.is_some()),
        next_version_id_marker: page.next_after.is_some().then(|| NULL.to_owned()),
        next_key_marker: page.next_after.map(|after| names.encode(after)),
        versions: Some(versions),
        name: Some(input.bucket),
        prefix: input.prefix.map(|prefix| names.encode(prefix)),
        key_marker: input.key_marker.map(|marker| names.encode(marker)),
        version_id_marker: input.version_id_marker,
        encoding_type: input.encoding_type,
        max_keys: Some(max_keys),
        ..ListObjectVersionsOutput::default()
    })
}

/// Fails for a version that cannot be there.
pub(super) fn check(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some(NULL) => Ok(()),
        Some(_) => Err(s3_error!(InvalidArgument, "Invalid version id specified")),
    }
}
