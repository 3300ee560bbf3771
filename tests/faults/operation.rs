use std::fmt;

use customer::{Record, State};
use http::{Method, Request, StatusCode, header};
use serde_json::Value;

use crate::picture::Picture;

/// What a client does to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Upload,
    Patch,
    Delete,
}

/// Whether an operation happened. There is nothing in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Not,
    Wholly,
}

impl Operation {
    pub(crate) const ALL: [Self; 3] = [Self::Upload, Self::Patch, Self::Delete];

    /// The request. A PATCH and a DELETE need an image that was uploaded by [`Operation::Upload`].
    pub(crate) fn request(self, api: &str, token: &str, picture: &Picture) -> Request<Vec<u8>> {
        let path = picture.path();
        let (method, path, body) = match self {
            Self::Upload => {
                let declared = "/v1/images?label=before&consent=training".to_owned();
                (Method::POST, declared, picture.bytes.clone())
            }
            Self::Patch => (Method::PATCH, path, br#"{"labels":["after"]}"#.to_vec()),
            Self::Delete => (Method::DELETE, path, Vec::new()),
        };
        let request = Request::builder().method(method).uri(format!("{api}{path}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    /// The version that it makes.
    pub(crate) fn version(self) -> u64 {
        if self == Self::Upload { 1 } else { 2 }
    }

    /// Reads an image as the API shows it, and fails where it is neither as before nor as after.
    pub(crate) fn happened(self, status: StatusCode, shown: &Value) -> Happened {
        if self == Self::Upload && status == StatusCode::NOT_FOUND {
            return Happened::Not;
        }
        assert_eq!(status, StatusCode::OK, "{self}: {shown}");
        let record: Record = serde_json::from_value(shown.clone()).unwrap();
        self.happened_to(&record)
    }

    /// The same of the record itself.
    pub(crate) fn happened_to(self, record: &Record) -> Happened {
        let labels = record.labels.join(" ");
        match (self, (record.version, record.state, labels.as_str())) {
            (Self::Upload, (1, State::Live, "before"))
            | (Self::Patch, (2, State::Live, "after"))
            | (Self::Delete, (2, State::Deleted, "")) => Happened::Wholly,
            (Self::Patch | Self::Delete, (1, State::Live, "before")) => Happened::Not,
            half => panic!("{self}: {half:?} is half of something"),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Upload => "upload",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}
