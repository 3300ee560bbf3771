//! What the feed asks of S3 and STS, answered from memory at the SDK's connector, without a socket.
//!
//! Strongly consistent, and exact about conditions, as S3's user guide has them ("Conditional writes").

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

pub(crate) const S3: &str = "http://s3.test";
pub(crate) const STS: &str = "http://sts.test";

const SESSION: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/customer/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"#;

/// Objects by `/bucket/key`.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    objects: Mutex<BTreeMap<String, Object>>,
    puts: AtomicU64,
}

#[derive(Clone, Debug)]
struct Object {
    etag: String,
    bytes: Bytes,
}

impl Memory {
    /// What is there already, in a memory of its own.
    pub(crate) fn copy(&self) -> Self {
        let objects = Mutex::new(self.objects().clone());
        Self { objects, puts: AtomicU64::new(self.puts.load(Ordering::Relaxed)) }
    }

    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        if request.uri().starts_with(STS) {
            return response(200, SESSION);
        }
        let target = request.uri().strip_prefix(S3).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match request.method() {
            "PUT" => self.put(path, request),
            "GET" if query.contains("list-type=2") => self.list(path, query),
            "GET" => self.get(path, request.headers().get("if-match")),
            "HEAD" => self
                .objects()
                .get(path)
                .map_or_else(|| response(404, ""), |object| headed(object, SdkBody::empty())),
            "DELETE" => {
                self.objects().remove(path);
                response(204, "")
            }
            other => panic!("the feed asks for {other} {target}"),
        }
    }

    fn put(&self, path: &str, request: &HttpRequest) -> HttpResponse {
        let bytes = Bytes::copy_from_slice(request.body().bytes().expect("the body is in memory"));
        let mut objects = self.objects();
        let there = objects.get(path).map(|object| object.etag.as_str());
        if request.headers().get("if-none-match") == Some("*") && there.is_some() {
            return error(412, "PreconditionFailed");
        }
        match (request.headers().get("if-match"), there) {
            (Some(_), None) => return error(404, "NoSuchKey"),
            (Some(wanted), Some(there)) if wanted != there => {
                return error(412, "PreconditionFailed");
            }
            _ => {}
        }
        let etag = format!("\"{}\"", self.puts.fetch_add(1, Ordering::Relaxed));
        let object = Object { etag, bytes };
        let answered = headed(&object, SdkBody::empty());
        objects.insert(path.to_owned(), object);
        answered
    }

    fn get(&self, path: &str, if_match: Option<&str>) -> HttpResponse {
        match self.objects().get(path) {
            None => error(404, "NoSuchKey"),
            Some(object) if if_match.is_some_and(|etag| etag != object.etag) => {
                error(412, "PreconditionFailed")
            }
            Some(object) => headed(object, object.bytes.clone().into()),
        }
    }

    /// All of a prefix in one page.
    fn list(&self, path: &str, query: &str) -> HttpResponse {
        let prefix =
            query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
        let bucket = format!("{}/", path.trim_end_matches('/'));
        let begin = bucket.clone() + &prefix.replace("%2F", "/");
        let objects = self.objects();
        let found = objects.range(begin.clone()..).take_while(|(path, _)| path.starts_with(&begin));
        let mut listed = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
        for (path, Object { etag, bytes }) in found {
            let key = path.strip_prefix(&bucket).unwrap();
            let size = bytes.len();
            write!(
                listed,
                "<Contents><Key>{key}</Key><ETag>{etag}</ETag><Size>{size}</Size></Contents>"
            )
            .unwrap();
        }
        response(200, listed + "</ListBucketResult>")
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        self.objects.lock().unwrap()
    }
}

/// S3's error of this code.
pub(crate) fn error(status: u16, code: &str) -> HttpResponse {
    response(status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>"))
}

fn response(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), body.into())
}

fn headed(object: &Object, body: SdkBody) -> HttpResponse {
    let mut response = response(200, body);
    response.headers_mut().insert("etag", object.etag.clone());
    response
}
