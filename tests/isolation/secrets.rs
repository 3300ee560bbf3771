use serde_json::Value;
use tests::client::Client;

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
