//! An invalidation and its XML.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use s3s::xml::{DeError, Deserializer, SerResult, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::error::Error;

const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

type Xml<'a> = Serializer<&'a mut Vec<u8>>;

/// What a caller wants to be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// Paths and `#tags`.
    pub(super) paths: Vec<String>,
    pub(super) caller_reference: String,
}

/// A batch that was carried out.
#[derive(Clone, Debug)]
pub(super) struct Invalidation {
    pub(super) id: String,
    pub(super) batch: Batch,
    created: OffsetDateTime,
}

impl Batch {
    /// Reads an `InvalidationBatch` document.
    pub(super) fn read(xml: &[u8]) -> Result<Self, Error> {
        let (mut batch, mut quantity) = (Self::default(), 0);
        let mut document = Deserializer::new(xml);
        document.named_element("InvalidationBatch", |xml| {
            xml.for_each_element(|xml, name| match name {
                b"CallerReference" => {
                    batch.caller_reference = xml.content()?;
                    Ok(())
                }
                b"Paths" => xml.for_each_element(|xml, name| match name {
                    b"Quantity" => {
                        let text: String = xml.content()?;
                        quantity = text.parse().map_err(|_| DeError::InvalidContent)?;
                        Ok(())
                    }
                    b"Items" => xml.for_each_element(|xml, _| {
                        batch.paths.push(xml.content()?);
                        Ok(())
                    }),
                    _ => Err(DeError::UnexpectedTagName),
                }),
                _ => Err(DeError::UnexpectedTagName),
            })
        })?;
        document.expect_eof()?;
        let items = batch.paths.len();
        if quantity != items || items == 0 {
            return Err(Error::InconsistentQuantities { quantity, items });
        }
        Ok(batch)
    }
}

impl Invalidation {
    pub(super) fn new(batch: Batch) -> Self {
        let id = Uuid::new_v4().simple().to_string().to_ascii_uppercase();
        Self { id: format!("I{}", &id[..13]), batch, created: OffsetDateTime::now_utc() }
    }

    pub(super) fn into_response(self, status: StatusCode) -> Response<Bytes> {
        let created = self.created.format(&Rfc3339).unwrap_or_default();
        document(status, "Invalidation", |xml| {
            xml.content("Id", &self.id)?;
            xml.content("Status", "Completed")?;
            xml.content("CreateTime", &created)?;
            xml.element("InvalidationBatch", |xml| {
                xml.element("Paths", |xml| {
                    xml.content("Quantity", &self.batch.paths.len().to_string())?;
                    xml.list("Items", "Path", &self.batch.paths)
                })?;
                xml.content("CallerReference", &self.batch.caller_reference)
            })
        })
    }
}

pub(super) fn document(
    status: StatusCode,
    root: &str,
    content: impl FnOnce(&mut Xml<'_>) -> SerResult,
) -> Response<Bytes> {
    let mut text = Vec::new();
    let written = Serializer::new(&mut text).element_with_ns(root, NAMESPACE, content);
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = match written {
        Ok(()) => status,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let xml = HeaderValue::from_static("text/xml");
    response.headers_mut().insert(header::CONTENT_TYPE, xml);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(paths: &str) -> Result<Batch, String> {
        let xml = format!(
            "<InvalidationBatch xmlns=\"{NAMESPACE}\"><Paths>{paths}</Paths>\
             <CallerReference>a&amp;b</CallerReference></InvalidationBatch>"
        );
        Batch::read(xml.as_bytes()).map_err(|error| error.code().1.to_owned())
    }

    #[test]
    fn a_batch_is_read_whole_or_refused() {
        let items = "<Items><Path>#i:x</Path><Path>/acme/*</Path></Items>";
        let batch = read(&format!("<Quantity>2</Quantity>{items}")).unwrap();
        let paths = vec!["#i:x".to_owned(), "/acme/*".to_owned()];
        assert_eq!(batch, Batch { paths, caller_reference: "a&b".to_owned() });
        for (paths, code) in [
            (format!("<Quantity>3</Quantity>{items}"), "InconsistentQuantities"),
            ("<Quantity>0</Quantity>".to_owned(), "InconsistentQuantities"),
            ("<Quantity>x</Quantity>".to_owned(), "MalformedXML"),
            ("<Other/>".to_owned(), "MalformedXML"),
        ] {
            assert_eq!(read(&paths), Err(code.to_owned()), "{paths}");
        }
    }
}
