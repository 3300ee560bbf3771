//! The user pool over a real socket, driven by `aws-sdk-cognitoidentityprovider`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

/// What is on the disk, and what a restart keeps.
mod durability;
/// New users.
mod invite;
/// Groups, listings, attributes.
mod listing;
/// The operator's calls: whose they are, and what they do to users.
mod operator;
/// Passwords, challenges, refresh tokens, sign-out.
mod sign_in;
/// Claims, JWKS, tampering.
mod tokens;

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::{
    InitiateAuthError, InitiateAuthOutput,
};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use local::sigv4::AccessKey;
use local::user_pool::{Settings, UserPool};
use tempfile::TempDir;
use tokio::net::TcpListener;

const POOL: &str = "local_darkroom";
const CLIENT: &str = "darkroom-client";
const ISSUER: &str = "http://issuer.example/local_darkroom";
const ADA: &str = "ada@example.com";
const PASSWORD: &str = "Correct-Horse-7";

/// A pool that listens on a port of its own, with one user.
struct Server {
    url: String,
    folder: TempDir,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = serve(folder.path(), change).await;
        Self { url, folder }
    }

    /// Another process's view of the folder, as after a crash: nothing is handed over.
    async fn restart(self) -> Self {
        let url = serve(self.folder.path(), |_| {}).await;
        Self { url, ..self }
    }

    /// Signs with the operator's key.
    fn operator(&self) -> Client {
        client(&self.url, Some(("OPERATOR", "operator-secret")))
    }

    /// Has no key, like a browser.
    fn anyone(&self) -> Client {
        client(&self.url, None)
    }

    async fn sign_in(
        &self,
        username: &str,
        password: &str,
    ) -> Result<InitiateAuthOutput, SdkError<InitiateAuthError>> {
        let request = self
            .anyone()
            .initiate_auth()
            .client_id(CLIENT)
            .auth_flow(AuthFlowType::UserPasswordAuth);
        request
            .auth_parameters("USERNAME", username)
            .auth_parameters("PASSWORD", password)
            .send()
            .await
    }

    async fn tokens(&self) -> AuthenticationResultType {
        self.sign_in(ADA, PASSWORD).await.unwrap().authentication_result.unwrap()
    }

    async fn refresh(
        &self,
        token: &str,
    ) -> Result<InitiateAuthOutput, SdkError<InitiateAuthError>> {
        let request = self
            .anyone()
            .initiate_auth()
            .client_id(CLIENT)
            .auth_flow(AuthFlowType::RefreshTokenAuth);
        request.auth_parameters("REFRESH_TOKEN", token).send().await
    }

    /// Invites a user, who then has to choose a password.
    async fn invite(&self, email: &str, temporary: &str) {
        let request = self.operator().admin_create_user().user_pool_id(POOL).username(email);
        request
            .temporary_password(temporary)
            .user_attributes(attribute("custom:customer", "acme"))
            .send()
            .await
            .unwrap();
    }
}

async fn serve(folder: &Path, change: impl FnOnce(&mut Settings)) -> String {
    let operator = AccessKey { id: "OPERATOR".to_owned(), secret: "operator-secret".to_owned() };
    let mut settings = Settings::new(POOL, CLIENT, ISSUER, operator);
    change(&mut settings);
    let pool = UserPool::open(folder, settings).unwrap();
    let attributes = [("custom:customer", "acme"), ("email_verified", "true")];
    pool.create_user_if_absent(ADA, PASSWORD, &attributes, &["uploader"]).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(pool)).await });
    url
}

fn router(pool: UserPool) -> Router {
    Router::new().fallback(move |request: Request| {
        let pool = pool.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            pool.handle(Request::from_parts(parts, body)).await.map(Body::from)
        }
    })
}

fn client(url: &str, key: Option<(&str, &str)>) -> Client {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(url);
    if let Some((id, secret)) = key {
        let credentials = Credentials::new(id, secret, None, None, "test");
        config = config.credentials_provider(SharedCredentialsProvider::new(credentials));
    }
    Client::new(&config.build())
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder().name(name).value(value).build().unwrap()
}

/// Code and message of a refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    answer: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = answer.unwrap_err();
    (error.code().unwrap_or("none").to_owned(), error.message().unwrap_or("none").to_owned())
}

fn not_authorized(message: &str) -> (String, String) {
    ("NotAuthorizedException".to_owned(), message.to_owned())
}
