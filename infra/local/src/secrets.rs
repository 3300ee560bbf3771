//! Keys of this machine, made at first start and kept in the data folder.

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};

use crate::{
    data_folder::{DataFolder, DataFolderError},
    sigv4::AccessKey,
};

/// What must be the same after a restart and known to nobody else.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// Opens everything: for whoever runs the machine.
    operator: Key,
    /// Opens the service's and the feed's bucket and assumes customers' roles: what the services
    /// themselves hold.
    service: Key,
    /// 32 bytes that seal session tokens.
    sealing_key: String,
    /// Shared by edge and origin.
    pub edge_secret: String,
}

#[derive(Serialize, Deserialize)]
struct Key {
    access_key_id: String,
    secret_access_key: String,
}

impl Secrets {
    pub(crate) fn open(folder: &DataFolder) -> Result<Self, DataFolderError> {
        folder.json_or_else("secrets.json", || Self {
            operator: Key::random("OPERATOR"),
            service: Key::random("SERVICE"),
            sealing_key: random(),
            edge_secret: random(),
        })
    }

    pub(crate) fn operator(&self) -> AccessKey {
        self.operator.access_key()
    }

    pub(crate) fn service(&self) -> AccessKey {
        self.service.access_key()
    }

    /// Reads the feed's bucket. Made of what is kept already, so that an older data folder has one, too.
    pub(crate) fn data_scientist(&self) -> AccessKey {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.sealing_key.as_bytes());
        let derived = |of: &str| hmac::sign(&key, of.as_bytes());
        let id = BASE32_NOPAD.encode(derived("data scientist's id").as_ref());
        let secret = BASE64URL_NOPAD.encode(derived("data scientist's secret").as_ref());
        AccessKey { id: format!("AKIASCIENTIST{}", &id[..7]), secret }
    }

    /// `None` where somebody has edited the file.
    pub(crate) fn sealing_key(&self) -> Option<[u8; 32]> {
        BASE64URL_NOPAD.decode(self.sealing_key.as_bytes()).ok()?.try_into().ok()
    }
}

impl Key {
    /// An access key id that says whose it is, in the form of AWS's: `AKIA` and 16 characters.
    fn random(whose: &str) -> Self {
        let random_part: String =
            random().chars().filter(char::is_ascii_alphanumeric).take(16 - whose.len()).collect();
        let access_key_id = format!("AKIA{whose}{}", random_part.to_ascii_uppercase());
        Self { access_key_id, secret_access_key: random() }
    }

    fn access_key(&self) -> AccessKey {
        AccessKey { id: self.access_key_id.clone(), secret: self.secret_access_key.clone() }
    }
}

/// 32 random bytes as text.
fn random() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has a random source");
    BASE64URL_NOPAD.encode(&bytes)
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}
