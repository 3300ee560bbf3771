//! The customer and the user that are there from the first start, so that there is something to try.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use customer::{
    Buckets, Customer, CustomerId, CustomerIdError, Registry, RegistryError, Role, StoreError,
};

use crate::{
    data_folder::{DataFolder, DataFolderError},
    names,
    parts::Parts,
    settings::Settings,
    user_pool::{self, generate_password},
};

pub(crate) const CUSTOMER: &str = "demo";
pub(crate) const USER: &str = "demo@example.com";
/// File in the data folder that keeps the password.
const PASSWORD_FILE: &str = "demo-password";

/// How to sign in for a try; nothing where the user pool is another one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demo {
    pub password_file: Option<PathBuf>,
}

/// Why the demo customer could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error(transparent)]
    Data(#[from] DataFolderError),
    #[error(transparent)]
    Name(#[from] CustomerIdError),
    #[error("the demo customer cannot be made")]
    Registry(#[from] RegistryError),
    #[error("the demo user cannot be made (--demo-password)")]
    User(#[from] user_pool::Error),
}

impl Demo {
    /// Makes what is missing. Models given at the start are the demo customer's to ask.
    pub(crate) async fn prepare(
        settings: &Settings,
        folder: &DataFolder,
        parts: &Parts,
        operator: &Buckets,
    ) -> Result<Self, DemoError> {
        let id: CustomerId = CUSTOMER.parse()?;
        let endpoints: Vec<_> = settings.models.iter().map(|model| model.name.clone()).collect();
        let registry = Registry::new(operator.service());
        match registry.find(&id).await? {
            None => drop(add_customer(operator, &registry, &id, endpoints).await?),
            Some(customer) if !endpoints.is_empty() && customer.endpoints != endpoints => {
                registry.update(&id, |demo| demo.endpoints.clone_from(&endpoints)).await?;
            }
            Some(_) => {}
        }
        let Some(pool) = &parts.gateway.user_pool else { return Ok(Self::default()) };
        let given = settings.demo_password.clone();
        let password = folder.text_or_else(PASSWORD_FILE, || match given {
            Some(password) => Ok(password),
            None => generate_password().map_err(std::io::Error::other),
        })?;
        let attributes = [("custom:customer", CUSTOMER), ("email_verified", "true")];
        let groups = [Role::Admin.group(), Role::DataScientist.group()];
        pool.create_user_if_absent(USER, &password, &attributes, &groups).await?;
        Ok(Self { password_file: Some(folder.join(PASSWORD_FILE)) })
    }
}

/// Adds a customer with a bucket of its own. `buckets` must hold the operator's rights.
async fn add_customer(
    buckets: &Buckets,
    registry: &Registry,
    id: &CustomerId,
    endpoints: Vec<String>,
) -> Result<Customer, RegistryError> {
    let bucket = names::bucket_of(id);
    let made: Result<(), StoreError> = buckets.create(&bucket).await;
    made.map_err(Arc::new)?;
    let customer = Customer { endpoints, ..Customer::new(id.clone(), bucket) };
    registry.add(&customer).await?;
    Ok(customer)
}

/// The password that the demo user had at first.
pub(crate) fn password(data: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(data.join(PASSWORD_FILE))?.trim_end().to_owned())
}
