//! The customers, as the service bucket knows them.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use moka::future::Cache;

use crate::{Bucket, Condition, Customer, CustomerId, ObjectKey, StoreError};

/// A change in the registry takes effect everywhere within this time.
const CACHED_FOR: Duration = Duration::from_secs(30);
const CUSTOMERS_MAX: u64 = 10_000;
/// Where all settings are read, to find whose a bucket is.
const READ_AT_ONCE: usize = 32;

/// Why a customer could not be looked up or written.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("customer '{0}' exists already")]
    Exists(CustomerId),
    #[error("there is no customer '{0}'")]
    Unknown(CustomerId),
    #[error("the settings of customer '{customer}' cannot be read")]
    Unreadable { customer: CustomerId, source: serde_json::Error },
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
}

/// All customers, cached.
#[derive(Clone, Debug)]
pub struct Registry {
    bucket: Bucket,
    cached: Cache<CustomerId, Option<Arc<Customer>>>,
    /// Who was found to have a bucket; looked at again each time.
    owners: Cache<String, CustomerId>,
}

impl Registry {
    /// After this time nobody goes by what was in the registry before: caches have forgotten it, and
    /// whoever was just reading it has ended.
    pub const SETTLED_AFTER: Duration = Duration::from_secs(CACHED_FOR.as_secs() + 5);

    /// `bucket` is the service bucket.
    pub fn new(bucket: Bucket) -> Self {
        let cached = Cache::builder().max_capacity(CUSTOMERS_MAX).time_to_live(CACHED_FOR).build();
        let owners = Cache::new(CUSTOMERS_MAX);
        Self { bucket, cached, owners }
    }

    /// An active customer, or `None` for one that is suspended or was never added: the two look
    /// the same from outside.
    pub async fn active(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, RegistryError> {
        let found = self.find(id).await?;
        Ok(found.filter(|customer| customer.is_active()))
    }

    /// A customer in any state.
    pub fn find<'a>(
        &'a self,
        id: &'a CustomerId,
    ) -> BoxFuture<'a, Result<Option<Arc<Customer>>, RegistryError>> {
        Box::pin(async move {
            if let Some(found) = self.cached.get(id).await {
                return Ok(found);
            }
            let load = self.load(id);
            let loaded = Box::pin(self.cached.try_get_with_by_ref(id, load)).await;
            loaded.map_err(|error| match &*error {
                RegistryError::Store(source) => RegistryError::Store(source.clone()),
                other => RegistryError::Store(Arc::new(StoreError::Unavailable {
                    key: ObjectKey::Customer(id.clone()).to_string(),
                    source: other.to_string().into(),
                })),
            })
        })
    }

    /// Looks a customer up anew the next time: its settings are known to have changed.
    pub fn refresh<'a>(&'a self, id: &'a CustomerId) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.cached.invalidate(id).await;
        })
    }

    /// The customer that a bucket belongs to, or `None` for a bucket of nobody.
    pub fn owner_of<'a>(
        &'a self,
        bucket: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<Customer>>, RegistryError>> {
        Box::pin(async move {
            let owns = |found: &Arc<Customer>| found.bucket == bucket;
            if let Some(owner) = self.owners.get(bucket).await
                && let Some(owner) = self.find(&owner).await?.filter(owns)
            {
                return Ok(Some(owner));
            }
            let ids = stream::iter(self.ids().await?);
            let mut found =
                pin!(ids.map(async |id| self.find(&id).await).buffer_unordered(READ_AT_ONCE));
            while let Some(customer) = found.try_next().await? {
                if let Some(owner) = customer.filter(owns) {
                    self.owners.insert(bucket.to_owned(), owner.id.clone()).await;
                    return Ok(Some(owner));
                }
            }
            Ok(None)
        })
    }

    /// Every customer's id.
    pub async fn ids(&self) -> Result<Vec<CustomerId>, RegistryError> {
        let found = self.bucket.list_all(ObjectKey::CUSTOMERS).await.map_err(Arc::new)?;
        let parsed = found.iter().filter_map(|found| match ObjectKey::parse(&found.key) {
            Some(ObjectKey::Customer(id)) => Some(id),
            _ => None,
        });
        Ok(parsed.collect())
    }

    /// Adds a customer; refuses a name that is taken.
    pub async fn add(&self, customer: &Customer) -> Result<(), RegistryError> {
        match self.put(customer, Condition::Absent).await {
            Err(RegistryError::Store(error))
                if matches!(*error, StoreError::PreconditionFailed { .. }) =>
            {
                Err(RegistryError::Exists(customer.id.clone()))
            }
            other => other,
        }
    }

    /// Changes a customer's settings as they are now, and returns what they have become.
    pub async fn update(
        &self,
        id: &CustomerId,
        mut change: impl FnMut(&mut Customer),
    ) -> Result<Customer, RegistryError> {
        let key = ObjectKey::Customer(id.clone());
        loop {
            let found = self.bucket.get(&key).await.map_err(Arc::new)?;
            let found = found.ok_or_else(|| RegistryError::Unknown(id.clone()))?;
            let mut customer = read(id, &found.bytes)?;
            change(&mut customer);
            match self.put(&customer, Condition::Matches(&found.etag)).await {
                Err(RegistryError::Store(error))
                    if matches!(*error, StoreError::PreconditionFailed { .. }) => {}
                put => return put.map(|()| customer),
            }
        }
    }

    /// Forgets a customer.
    pub async fn remove(&self, id: &CustomerId) -> Result<(), RegistryError> {
        self.bucket.delete(&ObjectKey::Customer(id.clone())).await.map_err(Arc::new)?;
        self.cached.invalidate(id).await;
        Ok(())
    }

    async fn put(
        &self,
        customer: &Customer,
        condition: Condition<'_>,
    ) -> Result<(), RegistryError> {
        let key = ObjectKey::Customer(customer.id.clone());
        let unreadable =
            |source| RegistryError::Unreadable { customer: customer.id.clone(), source };
        let json = serde_json::to_vec_pretty(customer).map_err(unreadable)?;
        self.bucket.put(&key, json, None, condition).await.map_err(Arc::new)?;
        self.cached.invalidate(&customer.id).await;
        Ok(())
    }

    async fn load(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, RegistryError> {
        let object = self.bucket.get(&ObjectKey::Customer(id.clone())).await.map_err(Arc::new)?;
        object.map(|object| read(id, &object.bytes).map(Arc::new)).transpose()
    }
}

fn read(id: &CustomerId, json: &[u8]) -> Result<Customer, RegistryError> {
    let unreadable = |source| RegistryError::Unreadable { customer: id.clone(), source };
    serde_json::from_slice(json).map_err(unreadable)
}
