use serde_json::Value;
use tests::client::Client;

use crate::machine::{Machine, SERVICE_BUCKET};

/// What must not be in a log, by what it is.
#[derive(Default)]
pub(crate) struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    pub(crate) fn keep(&mut self, what: &'static str, secret: impl Into<String>) {
        let secret = secret.into();
        assert!(secret.len() >= 8, "{what}: {secret:?} could be there by chance");
        self.0.push((what, secret));
    }

    pub(crate) fn keep_text(&mut self, what: &'static str, json: &Value) {
        self.keep(what, json.as_str().unwrap_or_default());
    }

    /// The parts of a credential that prove something: all of it, and its MAC.
    pub(crate) fn keep_credential(&mut self, what: &'static str, credential: &str) {
        self.keep(what, credential);
        self.keep(what, credential.rsplit('.').next().unwrap());
    }

    /// Tokens and cookie of a signed-in user.
    pub(crate) fn keep_session(&mut self, client: &Client) {
        self.keep("id token", &client.id_token);
        if !client.refresh_token.is_empty() {
            self.keep("refresh token", &client.refresh_token);
        }
        self.keep_credential("cookie", client.cookie.split_once('=').unwrap().1);
    }

    /// What lies in the data folder and in the registry.
    pub(crate) async fn keep_machine(&mut self, machine: &Machine) {
        let kept = machine.secrets();
        for (what, pointer) in [
            ("operator's key", "/operator/secret_access_key"),
            ("services' key", "/service/secret_access_key"),
            ("sealing key", "/sealing_key"),
            ("secret of edge and origin", "/edge_secret"),
        ] {
            self.keep_text(what, kept.pointer(pointer).unwrap());
        }
        let pem = machine.darkroom.data().join("user_pool/signing-key.pem");
        let pem = std::fs::read_to_string(pem).unwrap();
        self.keep("the pool's private key", pem.lines().nth(1).unwrap());
        self.keep("a hash of a password", "$argon2id$");
        self.keep_customers(machine).await;
    }

    /// Keys and external ids of all customers, as they are now.
    pub(crate) async fn keep_customers(&mut self, machine: &Machine) {
        for name in machine.names(SERVICE_BUCKET).await.unwrap() {
            let customer: Value =
                serde_json::from_slice(&machine.get(SERVICE_BUCKET, &name).await).unwrap();
            for key in customer["edge_keys"].as_array().unwrap() {
                self.keep_text("edge key", &key["secret"]);
            }
            if let Some(external_id) = customer["role"]["external_id"].as_str() {
                self.keep("external id", external_id);
            }
        }
    }

    /// Lines that have what they must not, shortened.
    pub(crate) fn leaked_in(&self, log: &str) -> Vec<String> {
        let mut leaked = Vec::new();
        for (what, secret) in &self.0 {
            let lines = log.lines().filter(|line| line.contains(secret));
            let shortened = lines.map(|line| line.chars().take(300).collect::<String>());
            leaked.extend(shortened.take(3).map(|line| format!("{what}: {line}")));
        }
        leaked
    }
}
