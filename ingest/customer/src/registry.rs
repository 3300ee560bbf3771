//! The customers, as the service bucket knows them.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use serde::{Deserialize, Serialize};

use crate::{Bucket, Condition, Consent, CustomerId, EdgeKey, ObjectKey, StoreError};

/// A change in the registry takes effect everywhere within this time.
const CACHED_FOR: Duration = Duration::from_secs(30);
const CUSTOMERS_MAX: u64 = 10_000;

/// What Darkroom keeps about one customer, stored as `customers/{customer}.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    #[serde(rename = "customer")]
    pub id: CustomerId,
    pub bucket: String,
    /// The customer's own role, where the bucket is in an account of theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleReference>,
    pub status: Status,
    /// What an upload that says nothing about training is taken to agree to.
    #[serde(default)]
    pub default_consent: Consent,
    #[serde(default)]
    pub retention: Retention,
    /// Newest first. The first signs, all verify.
    pub edge_keys: Vec<EdgeKey>,
    /// SageMaker endpoints that may be asked; the first is the default.
    #[serde(default)]
    pub endpoints: Vec<String>,
}

/// A role to assume and the shared secret that its trust policy asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleReference {
    pub arn: String,
    pub external_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Suspended,
}

/// For how long a deleted image can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    pub days: u16,
}

/// Why a customer could not be looked up or written.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("customer '{0}' exists already")]
    Exists(CustomerId),
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
    owners: Cache<String, CustomerId>,
}

impl Customer {
    /// An active customer with a bucket and a signing key of its own, and nothing agreed to.
    pub fn new(id: CustomerId, bucket: String) -> Self {
        Self {
            id,
            bucket,
            role: None,
            status: Status::Active,
            default_consent: Consent::None,
            retention: Retention::default(),
            edge_keys: vec![EdgeKey::random()],
            endpoints: Vec::new(),
        }
    }

    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 7 }
    }
}

impl Registry {
    /// `bucket` is the service bucket.
    pub fn new(bucket: Bucket) -> Self {
        let cached = Cache::builder().max_capacity(CUSTOMERS_MAX).time_to_live(CACHED_FOR).build();
        let owners = Cache::builder().max_capacity(CUSTOMERS_MAX).time_to_live(CACHED_FOR).build();
        Self { bucket, cached, owners }
    }

    /// An active customer, or `None` for one that is suspended or was never added: the two look
    /// the same from outside.
    pub async fn active(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, RegistryError> {
        let found = self.find(id).await?;
        Ok(found.filter(|customer| customer.is_active()))
    }

    /// A customer in any state.
    pub async fn find(&self, id: &CustomerId) -> Result<Option<Arc<Customer>>, RegistryError> {
        let load = Box::pin(self.load(id));
        self.cached.try_get_with_by_ref(id, load).await.map_err(|error| match &*error {
            RegistryError::Store(source) => RegistryError::Store(source.clone()),
            other => RegistryError::Store(Arc::new(StoreError::Unavailable {
                key: ObjectKey::Customer(id.clone()).to_string(),
                source: other.to_string().into(),
            })),
        })
    }

    /// The customer that a bucket belongs to, or `None` for a bucket of nobody.
    pub async fn owner_of(&self, bucket: &str) -> Result<Option<Arc<Customer>>, RegistryError> {
        if let Some(owner) = self.owners.get(bucket).await {
            return self.find(&owner).await;
        }
        for id in self.ids().await? {
            if let Some(customer) = self.find(&id).await?.filter(|found| found.bucket == bucket) {
                self.owners.insert(bucket.to_owned(), id).await;
                return Ok(Some(customer));
            }
        }
        Ok(None)
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

    /// Replaces a customer's settings.
    pub async fn replace(&self, customer: &Customer) -> Result<(), RegistryError> {
        self.put(customer, Condition::Always).await
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
        let unreadable = |source| RegistryError::Unreadable { customer: id.clone(), source };
        object
            .map(|object| serde_json::from_slice(&object.bytes).map(Arc::new).map_err(unreadable))
            .transpose()
    }
}
