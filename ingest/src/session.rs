//! `/v1/session`: signing in and out, through the user pool.
//!
//! The tokens are the pool's own. Beside them the answer sets the edge's cookie, so that `<img>`
//! elements, which send no Authorization header, open the customer's images for 15 minutes.

use aws_sdk_cognitoidentityprovider::{
    error::{ProvideErrorMetadata, SdkError},
    types::{AuthFlowType, AuthenticationResultType, ChallengeNameType},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use customer::{Credential, CustomerId, Role, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    App,
    auth::bearer,
    error::ApiError,
    extract::{self, Object},
};

/// Life of the edge's cookie; the page renews it with its session.
const COOKIE_SECONDS: i64 = 900;
const COOKIE: &str = "darkroom";

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error("user name or password is wrong")]
    WrongPassword,
    #[error("the session has ended; sign in again")]
    Ended,
    #[error("too many attempts; wait a minute and try again")]
    TooMany,
    #[error("the new password does not meet the pool's rules: {0}")]
    PasswordRules(String),
    #[error("the password was reset; ask whoever runs the service for a new one")]
    ResetRequired,
    #[error("the user pool does not answer at the moment; try again shortly")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the user pool asks for '{0}', which this service cannot answer")]
    Challenge(String),
}

impl SessionError {
    pub(crate) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_password"),
            Self::Ended => (StatusCode::UNAUTHORIZED, "session_ended"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::PasswordRules(_) => (StatusCode::BAD_REQUEST, "password_rules"),
            Self::ResetRequired => (StatusCode::FORBIDDEN, "password_reset_required"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "user_pool_unreachable"),
            Self::Challenge(_) => (StatusCode::FORBIDDEN, "challenge_unsupported"),
        }
    }

    /// `denied`: what "not authorised" means for the call that failed.
    fn from_sdk<E>(error: SdkError<E>, denied: Self) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        match error.code() {
            Some("NotAuthorizedException" | "UserNotFoundException" | "CodeMismatchException") => {
                denied
            }
            Some("InvalidPasswordException") => {
                Self::PasswordRules(error.message().unwrap_or_default().to_owned())
            }
            Some("PasswordResetRequiredException") => Self::ResetRequired,
            Some("TooManyRequestsException" | "LimitExceededException") => Self::TooMany,
            _ => Self::Unavailable(error.into()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    username: String,
    /// `session` of the challenge.
    session: String,
    new_password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOut {
    access_token: String,
}

#[derive(Serialize)]
struct Tokens<'a> {
    id_token: &'a str,
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    token_type: &'static str,
    expires_in: i32,
}

/// `POST /v1/session`.
pub(crate) async fn sign_in(
    State(app): State<App>,
    extract::Json(asked): extract::Json<SignIn>,
) -> Result<Response, ApiError> {
    let SignIn { username, password } = asked;
    let answer = app
        .cognito
        .initiate_auth()
        .client_id(&app.client_id)
        .auth_flow(AuthFlowType::UserPasswordAuth)
        .auth_parameters("USERNAME", &username)
        .auth_parameters("PASSWORD", password)
        .send()
        .await
        .map_err(|error| SessionError::from_sdk(error, SessionError::WrongPassword))?;
    match (answer.authentication_result, answer.challenge_name) {
        (Some(tokens), _) => signed_in(&app, &tokens).await,
        (None, Some(ChallengeNameType::NewPasswordRequired)) => {
            let session = answer.session.unwrap_or_default();
            let challenge = "NEW_PASSWORD_REQUIRED";
            let body = json!({"challenge": challenge, "session": session, "username": username});
            Ok(Json(body).into_response())
        }
        (None, other) => Err(unsupported(other)),
    }
}

/// `POST /v1/session/challenge`: the first password of an invited user is replaced.
pub(crate) async fn challenge(
    State(app): State<App>,
    extract::Json(given): extract::Json<Answer>,
) -> Result<Response, ApiError> {
    let Answer { username, session, new_password } = given;
    let answer = app
        .cognito
        .respond_to_auth_challenge()
        .client_id(&app.client_id)
        .challenge_name(ChallengeNameType::NewPasswordRequired)
        .session(session)
        .challenge_responses("USERNAME", username)
        .challenge_responses("NEW_PASSWORD", new_password)
        .send()
        .await
        .map_err(|error| SessionError::from_sdk(error, SessionError::Ended))?;
    let tokens = answer.authentication_result;
    signed_in(&app, &tokens.ok_or_else(|| unsupported(answer.challenge_name))?).await
}

/// `POST /v1/session/refresh`: new tokens and a new cookie.
pub(crate) async fn refresh(
    State(app): State<App>,
    extract::Json(asked): extract::Json<Refresh>,
) -> Result<Response, ApiError> {
    let Refresh { refresh_token } = asked;
    let answer = app
        .cognito
        .initiate_auth()
        .client_id(&app.client_id)
        .auth_flow(AuthFlowType::RefreshTokenAuth)
        .auth_parameters("REFRESH_TOKEN", refresh_token)
        .send()
        .await
        .map_err(|error| SessionError::from_sdk(error, SessionError::Ended))?;
    let tokens = answer.authentication_result;
    signed_in(&app, &tokens.ok_or_else(|| unsupported(answer.challenge_name))?).await
}

/// `DELETE /v1/session`: ends all sessions of the user. The access token comes in the body or, as
/// other calls send the ID token there, as bearer. With the first in the body and the ID token as
/// bearer, the edge's cookie goes too: it is no session of the pool's, and would open images until it ends.
pub(crate) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response, ApiError> {
    let (access_token, id_token) = match serde_json::from_slice(&body) {
        Ok(Object(SignOut { access_token })) => (access_token, bearer(&headers)),
        Err(_) if body.is_empty() => (bearer(&headers).ok_or(ApiError::NoToken)?.to_owned(), None),
        Err(error) => {
            return Err(ApiError::Invalid(format!("the body is not as expected: {error}")));
        }
    };
    app.cognito
        .global_sign_out()
        .access_token(access_token)
        .send()
        .await
        .map_err(|error| SessionError::from_sdk(error, SessionError::Ended))?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(id_token) = id_token
        && let Ok(claims) = app.issuer.verify(id_token, Timestamp::now()).await
        && let Some(cookie) = claims.customer.and_then(|id| cookie(&app, &id, "", 0))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn signed_in(app: &App, tokens: &AuthenticationResultType) -> Result<Response, ApiError> {
    let id_token = tokens.id_token().unwrap_or_default();
    let body = Tokens {
        id_token,
        access_token: tokens.access_token().unwrap_or_default(),
        refresh_token: tokens.refresh_token(),
        token_type: "Bearer",
        expires_in: tokens.expires_in(),
    };
    let mut response = Json(body).into_response();
    if let Some(cookie) = edge_cookie(app, id_token).await? {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The edge's cookie for the customer that the ID token names, if it names an active one.
async fn edge_cookie(app: &App, id_token: &str) -> Result<Option<HeaderValue>, ApiError> {
    let now = Timestamp::now();
    let claims = app.issuer.verify(id_token, now).await?;
    let sees_images = claims.may(Role::Viewer);
    let Some(id) = claims.customer.filter(|_| sees_images) else { return Ok(None) };
    let Some(customer) = app.registry.active(&id).await? else { return Ok(None) };
    let Some(key) = customer.signing_key(now) else { return Ok(None) };
    let expires_at = now.plus(time::Duration::seconds(COOKIE_SECONDS));
    let credential = Credential { customer: id.clone(), scope: Scope::Customer, expires_at };
    let Ok(value) = credential.sign(key) else { return Ok(None) };
    Ok(cookie(app, &id, &value, COOKIE_SECONDS))
}

/// A cookie for a customer's images; without a life it takes the place of the one that is there.
fn cookie(app: &App, customer: &CustomerId, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if app.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={value}; Path=/{customer}/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    );
    HeaderValue::from_str(&cookie).ok()
}

fn unsupported(challenge: Option<ChallengeNameType>) -> ApiError {
    let name = challenge.map_or_else(String::new, |challenge| challenge.as_str().to_owned());
    SessionError::Challenge(name).into()
}
