//! Cognito's wire protocol, AWS JSON 1.1: the operation's name in `X-Amz-Target`, its input and output as JSON.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::error::Error;
use super::{Pool, admin, challenge, groups, invite, own, sign_in};
use crate::sigv4;

const TARGET_PREFIX: &str = "AWSCognitoIdentityProviderService.";
const SIGNING_NAME: &str = "cognito-idp";

/// Who may call an operation: anyone, who then proves who they are in the body, or the operator, who signs the
/// request and names the pool.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Anyone,
    Operator,
}

type Operation = fn(&Pool, &[u8], OffsetDateTime) -> Result<Value, Error>;

/// Performs the operation that the request names.
pub(super) fn answer(
    pool: &Pool,
    request: &Parts,
    body: &Bytes,
    now: OffsetDateTime,
) -> Result<Value, Error> {
    let name = name(request)?;
    let (caller, operation) = find(name).ok_or_else(|| Error::UnknownOperation(name.to_owned()))?;
    let allowed = match caller {
        Caller::Anyone => Ok(()),
        Caller::Operator => expect_operator(pool, request, body, now),
    };
    let result = allowed.and_then(|()| operation(pool, body, now));
    audit(name, caller, &result);
    result
}

fn find(name: &str) -> Option<(Caller, Operation)> {
    use Caller::{Anyone, Operator};
    let found: (Caller, Operation) = match name {
        "InitiateAuth" => (Anyone, |p, b, t| sign_in::initiate(p, &input(b)?, t)),
        "RespondToAuthChallenge" => (Anyone, |p, b, t| challenge::respond(p, &input(b)?, t)),
        "GetUser" => (Anyone, |p, b, t| own::get(p, &input(b)?, t)),
        "GlobalSignOut" => (Anyone, |p, b, t| own::sign_out_everywhere(p, &input(b)?, t)),
        "RevokeToken" => (Anyone, |p, b, _| own::revoke(p, &input(b)?)),
        "AdminInitiateAuth" => (Operator, |p, b, t| sign_in::admin_initiate(p, input(b)?, t)),
        "AdminRespondToAuthChallenge" => (Operator, |p, b, t| challenge::respond(p, &input(b)?, t)),
        "AdminCreateUser" => (Operator, |p, b, t| invite::admin_create(p, input(b)?, t)),
        "AdminGetUser" => (Operator, |p, b, _| admin::get(p, &input(b)?)),
        "AdminDeleteUser" => (Operator, |p, b, _| admin::delete(p, &input(b)?)),
        "AdminEnableUser" => (Operator, |p, b, t| admin::enable(p, &input(b)?, t)),
        "AdminDisableUser" => (Operator, |p, b, t| admin::disable(p, &input(b)?, t)),
        "AdminSetUserPassword" => (Operator, |p, b, t| admin::set_password(p, &input(b)?, t)),
        "AdminResetUserPassword" => (Operator, |p, b, t| admin::reset_password(p, &input(b)?, t)),
        "AdminUserGlobalSignOut" => {
            (Operator, |p, b, t| admin::sign_out_everywhere(p, &input(b)?, t))
        }
        "AdminUpdateUserAttributes" => {
            (Operator, |p, b, t| admin::update_attributes(p, input(b)?, t))
        }
        "ListUsers" => (Operator, |p, b, _| admin::list(p, &input(b)?)),
        "DescribeUserPool" => (Operator, |p, _, _| Ok(admin::describe(p))),
        "CreateGroup" => (Operator, |p, b, t| groups::create(p, input(b)?, t)),
        "AdminAddUserToGroup" => (Operator, |p, b, _| groups::add_user(p, input(b)?)),
        "AdminRemoveUserFromGroup" => (Operator, |p, b, _| groups::remove_user(p, &input(b)?)),
        "AdminListGroupsForUser" => (Operator, |p, b, _| groups::of_user(p, &input(b)?)),
        _ => return None,
    };
    Some(found)
}

/// The response of either outcome.
pub(super) fn respond(result: Result<Value, Error>) -> Response<Bytes> {
    let mut response = match result {
        Ok(output) => Response::new(Bytes::from(without_nulls(output).to_string())),
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn name(request: &Parts) -> Result<&str, Error> {
    let target = request.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    target
        .and_then(|target| target.strip_prefix(TARGET_PREFIX))
        .filter(|_| request.method == Method::POST && request.uri.path() == "/")
        .ok_or_else(|| {
            let expected = format!("expected POST / with X-Amz-Target: {TARGET_PREFIX}…");
            Error::UnknownOperation(expected)
        })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfPool {
    user_pool_id: String,
}

fn expect_operator(
    pool: &Pool,
    request: &Parts,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), Error> {
    let secret = |scope: &sigv4::Scope| pool.settings.operator.secret_for(scope, SIGNING_NAME);
    sigv4::verify(request, &sigv4::sha256_hex(body), secret, now)?;
    pool.expect_id(&input::<OfPool>(body)?.user_pool_id)
}

fn input<I: DeserializeOwned>(body: &[u8]) -> Result<I, Error> {
    serde_json::from_slice(body).map_err(Error::Serialization)
}

/// Members without a value are left out of AWS's JSON.
fn without_nulls(mut output: Value) -> Value {
    match &mut output {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(|member| *member = without_nulls(member.take()));
        }
        Value::Array(elements) => {
            for element in elements {
                *element = without_nulls(element.take());
            }
        }
        _ => {}
    }
    output
}

/// One line for each act of the operator and each refusal, with names and never with secrets.
fn audit(operation: &str, caller: Caller, result: &Result<Value, Error>) {
    match result {
        Ok(_) if caller == Caller::Anyone => {}
        Ok(_) => tracing::info!(operation, "user pool: done"),
        Err(error) if error.is_ours() => {
            let error = error as &dyn std::error::Error;
            tracing::error!(operation, error, "user pool: failed");
        }
        Err(error) => tracing::warn!(operation, code = error.code(), "user pool: refused"),
    }
}
