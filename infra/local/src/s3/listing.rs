//! ListObjects and ListObjectsV2: the wire form of a [`Page`].

use data_encoding::BASE64URL_NOPAD;
use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Result, s3_error};

use super::list::{Entry, Page, Query};
use super::object::timestamp;
use super::store::Store;

pub(super) const KEYS_MAX: i32 = 1000;

pub(super) fn list_objects_v2(
    store: &Store,
    input: ListObjectsV2Input,
) -> S3Result<ListObjectsV2Output> {
    let names = Names::new(input.encoding_type.as_ref())?;
    let after = match &input.continuation_token {
        Some(token) => read_token(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let max_keys = input.max_keys.unwrap_or(KEYS_MAX).clamp(0, KEYS_MAX);
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), &after, max_keys);
    let page = store.bucket(&input.bucket)?.page(query);
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(page.contents.len() + page.common_prefixes.len()).ok(),
        is_truncated: Some(page.next_after.is_some()),
        next_continuation_token: page
            .next_after
            .as_deref()
            .map(|after| BASE64URL_NOPAD.encode(after.as_bytes())),
        common_prefixes: Some(names.common_prefixes(&page)),
        contents: Some(names.contents(page)),
        name: Some(input.bucket),
        prefix: input.prefix.map(|prefix| names.encode(prefix)),
        delimiter: input.delimiter.map(|delimiter| names.encode(delimiter)),
        start_after: input.start_after.map(|after| names.encode(after)),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        max_keys: Some(max_keys),
        ..ListObjectsV2Output::default()
    })
}

pub(super) fn list_objects(store: &Store, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let names = Names::new(input.encoding_type.as_ref())?;
    let after = input.marker.clone().unwrap_or_default();
    let max_keys = input.max_keys.unwrap_or(KEYS_MAX).clamp(0, KEYS_MAX);
    let query = query(input.prefix.as_deref(), input.delimiter.as_deref(), &after, max_keys);
    let page = store.bucket(&input.bucket)?.page(query);
    Ok(ListObjectsOutput {
        is_truncated: Some(page.next_after.is_some()),
        next_marker: page.next_after.clone().map(|after| names.encode(after)),
        common_prefixes: Some(names.common_prefixes(&page)),
        contents: Some(names.contents(page)),
        name: Some(input.bucket),
        prefix: input.prefix.map(|prefix| names.encode(prefix)),
        delimiter: input.delimiter.map(|delimiter| names.encode(delimiter)),
        marker: input.marker.map(|marker| names.encode(marker)),
        encoding_type: input.encoding_type,
        max_keys: Some(max_keys),
        ..ListObjectsOutput::default()
    })
}

pub(super) fn query<'a>(
    prefix: Option<&'a str>,
    delimiter: Option<&'a str>,
    after: &'a str,
    max_keys: i32,
) -> Query<'a> {
    Query {
        prefix: prefix.unwrap_or_default(),
        delimiter: delimiter.unwrap_or_default(),
        after,
        keys_max: usize::try_from(max_keys).unwrap_or(0),
    }
}

/// A token is the last name of the page before it, so it means the same after a restart.
fn read_token(token: &str) -> S3Result<String> {
    let name =
        BASE64URL_NOPAD.decode(token.as_bytes()).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}

/// How names are written into the answer.
pub(super) struct Names {
    url: bool,
}

impl Names {
    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(s3_error!(InvalidArgument, "encoding-type must be url")),
        }
    }

    /// S3 encodes like a form, but leaves slashes.
    pub(super) fn encode(&self, name: String) -> String {
        if !self.url {
            return name;
        }
        form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace("%2F", "/")
    }

    fn common_prefixes(&self, page: &Page) -> Vec<CommonPrefix> {
        let encode = |prefix: &String| CommonPrefix { prefix: Some(self.encode(prefix.clone())) };
        page.common_prefixes.iter().map(encode).collect()
    }

    fn contents(&self, page: Page) -> Vec<Object> {
        let object = |(key, entry): (String, Entry)| Object {
            key: Some(self.encode(key)),
            e_tag: Some(ETag::Strong(entry.etag.into())),
            size: i64::try_from(entry.size).ok(),
            last_modified: Some(timestamp(entry.modified_ms)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Object::default()
        };
        page.contents.into_iter().map(object).collect()
    }
}
