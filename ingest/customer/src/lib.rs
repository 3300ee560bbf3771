#![doc = include_str!("../README.md")]

mod bucket;
mod buckets;
mod claims;
mod credential;
mod customer_id;
mod event;
mod image_id;
mod jwks;
mod object_key;
mod policy;
mod proof;
mod record;
mod records;
mod registry;
mod role;
mod ticket;
mod timestamp;
mod upload_id;

pub use bucket::{Bucket, Condition, Found, Object, Page, StoreError};
pub use buckets::{Buckets, BucketsConfig};
pub use claims::{Claims, ClaimsError, Issuer};
pub use credential::{Credential, CredentialError, EdgeKey, Scope, Viewer};
pub use customer_id::{CustomerId, CustomerIdError};
pub use event::{Event, EventError, HEADERS, TOPIC};
pub use image_id::{ImageId, ImageIdError};
pub use jwks::{Jwks, JwksError};
pub use object_key::{Chain, ObjectKey};
pub use policy::session_policy;
pub use proof::Proof;
pub use record::{Change, Consent, Original, Patch, Record, State, Visibility};
pub use records::{RecordError, Records, Versioned};
pub use registry::{Customer, Registry, RegistryError, Retention, RoleReference, Status};
pub use role::Role;
pub use ticket::{Outcome, Ticket};
pub use timestamp::Timestamp;
pub use upload_id::{UploadId, UploadIdError};
