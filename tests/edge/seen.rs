use axum::body::Bytes;
use http::{HeaderMap, header};
use reqwest::Response;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Seen {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap() }
    }

    /// A header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status, and how the edge came to it.
    pub(crate) fn outcome(&self) -> (u16, &str) {
        (self.status, self.header("x-cache"))
    }

    /// Status and code of a problem document, which no cache may keep.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{self:?}");
        let problem: Value = serde_json::from_slice(&self.bytes).unwrap();
        (self.status, problem["code"].as_str().unwrap().to_owned())
    }

    /// Everything but the time and what names the image: the same for all pictures of the machine.
    pub(crate) fn without_time_and_name(mut self) -> Self {
        for name in [header::DATE, header::AGE, header::ETAG] {
            self.headers.remove(name);
        }
        self
    }
}
