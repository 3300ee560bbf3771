//! Import: images that lie in a customer's bucket already become images of Darkroom, in place or as
//! copies.

use bytes::Bytes;
use customer::{Buckets, Consent, Customer, Found, ImageId, Original, StoreError, Visibility};
use futures::future::BoxFuture;
use resizer::Limits;

use crate::accept::{AcceptError, Declared, Place, Source, accept};

/// What is said about everything that is imported.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Who imports, for the record.
    pub by: String,
    pub labels: Vec<String>,
    /// `None`: the customer's default.
    pub consent: Option<Consent>,
    pub visibility: Option<Visibility>,
    /// Leave the originals where they are; the record refers to them by key and ETag.
    pub in_place: bool,
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    pub image: ImageId,
    /// The same bytes were here already.
    pub existing: bool,
}

/// The objects under a prefix of the customer's own.
pub async fn importable(
    buckets: &Buckets,
    customer: &Customer,
    prefix: &str,
) -> Result<Vec<Found>, StoreError> {
    let found = buckets.of(customer).await.list_all(prefix).await?;
    Ok(found.into_iter().filter(|found| !found.key.ends_with('/')).collect())
}

impl Import {
    /// Makes one object an image, with the customer's rights.
    pub fn object<'a>(
        &'a self,
        buckets: &'a Buckets,
        customer: &'a Customer,
        found: &'a Found,
    ) -> BoxFuture<'a, Result<Imported, AcceptError>> {
        Box::pin(async move {
            let bucket = buckets.of(customer).await;
            let original = Original { key: found.key.clone(), etag: found.etag.clone() };
            let bytes = bucket.original(&original).await?.bytes;
            let source = if self.in_place { Source::InPlace(original) } else { Source::Body };
            self.accept(buckets, customer, &found.key, bytes, source).await
        })
    }

    /// Makes bytes that lay at `name` an image, with the customer's rights.
    pub fn bytes<'a>(
        &'a self,
        buckets: &'a Buckets,
        customer: &'a Customer,
        name: &'a str,
        bytes: Bytes,
    ) -> BoxFuture<'a, Result<Imported, AcceptError>> {
        Box::pin(async move { self.accept(buckets, customer, name, bytes, Source::Body).await })
    }

    async fn accept(
        &self,
        buckets: &Buckets,
        customer: &Customer,
        name: &str,
        bytes: Bytes,
        source: Source,
    ) -> Result<Imported, AcceptError> {
        let (bucket, feed) = (buckets.of(customer).await, buckets.feed());
        let limits = Limits::default().lowered(|name| customer.limit(name));
        let place = Place { customer, bucket: &bucket, feed: &feed, limits };
        let accepted = accept(place, bytes, source, self.declared(name)).await?;
        Ok(Imported { image: accepted.record.image, existing: accepted.existing })
    }

    fn declared(&self, key: &str) -> Declared {
        Declared {
            uploaded_by: self.by.clone(),
            name: key.rsplit('/').next().map(str::to_owned),
            labels: self.labels.clone(),
            consent: self.consent,
            visibility: self.visibility,
        }
    }
}
