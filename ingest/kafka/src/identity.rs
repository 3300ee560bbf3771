//! Tokens for MSK IAM, made anew when librdkafka asks for one. Where a password or nothing at all says who a client is,
//! nobody asks.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use aws_msk_iam_sasl_signer::generate_auth_token;
use aws_types::region::Region;
use rdkafka::{ClientContext, client::OAuthToken, consumer::ConsumerContext, error::KafkaError};
use tokio::{runtime::Handle, time::timeout};

use crate::{Sasl, Security};

/// Credentials are looked up over the network.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Who a client is, for the clients of this process.
#[derive(Clone, Debug)]
pub struct Identity {
    msk: Option<Msk>,
    complaint: Arc<OnceLock<String>>,
}

#[derive(Clone, Debug)]
struct Msk {
    region: String,
    /// librdkafka asks on threads that know of no runtime.
    runtime: Handle,
}

impl Identity {
    /// In a runtime of tokio's.
    pub(crate) fn new(security: &Security) -> Self {
        let msk = match &security.sasl {
            Some(Sasl::MskIam { region }) => {
                Some(Msk { region: region.clone(), runtime: Handle::current() })
            }
            _ => None,
        };
        Self { msk, complaint: Arc::default() }
    }

    /// What the client complained of first: the cause, where all it says in the end is that time is over.
    pub(crate) fn complaint(&self) -> Option<&str> {
        self.complaint.get().map(String::as_str)
    }

    /// A token that is good for fifteen minutes.
    fn token(&self) -> Result<OAuthToken, Box<dyn Error>> {
        let Msk { region, runtime } = self.msk.as_ref().ok_or("nobody said AWS_MSK_IAM")?;
        let made = async {
            timeout(TOKEN_TIMEOUT, generate_auth_token(Region::new(region.clone()))).await
        };
        // Whoever asks may be a task of the runtime, which must not wait for itself.
        let made = thread::scope(|scope| scope.spawn(|| runtime.block_on(made)).join());
        let (token, lifetime_ms) = made.map_err(|_| "the signer panicked")???;
        Ok(OAuthToken { token, principal_name: String::new(), lifetime_ms })
    }
}

impl ClientContext for Identity {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "librdkafka", %error, reason);
        self.complaint.get_or_init(|| reason.to_owned());
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.token()
    }
}

impl ConsumerContext for Identity {}
