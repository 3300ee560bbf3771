//! What a signed-in user may do, from the groups of the user pool.

use serde::{Deserialize, Serialize};

/// A group of the user pool that means something here. Other groups are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees the customer's images.
    Viewer,
    /// Uploads, labels, deletes.
    Uploader,
    /// Also decides for the whole customer.
    Admin,
    /// Runs the service: customers and users.
    Operator,
    /// Reads snapshots, which cross customers.
    DataScientist,
}

impl Role {
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Uploader, Self::Admin, Self::Operator, Self::DataScientist];

    /// Whether who has this role may do all that `other` may: an admin uploads, an uploader sees.
    /// Operators and data scientists are nobody's users and see no customer's images.
    pub fn includes(self, other: Self) -> bool {
        match other {
            Self::Viewer => matches!(self, Self::Viewer | Self::Uploader | Self::Admin),
            Self::Uploader => matches!(self, Self::Uploader | Self::Admin),
            _ => self == other,
        }
    }

    /// The name of the group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Uploader => "uploader",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::DataScientist => "data-scientist",
        }
    }

    pub fn from_group(group: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.group() == group)
    }
}
