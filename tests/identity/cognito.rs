use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_cognitoidentityprovider::{
    Client,
    types::{
        AttributeDataType, AttributeType, ExplicitAuthFlowsType, MessageActionType,
        SchemaAttributeType,
    },
};
use customer::speaking_to;
use http::{Method, StatusCode};
use ingest::UserPoolConfig;
use serde_json::{Value, json};
use tests::{
    api::Api,
    moto::Moto,
    services::{POOL, Services},
};

const ADA: &str = "ada@acme.example";
const TEMPORARY: &str = "Temporary-horse-7";
const PASSWORD: &str = "Correct-horse-7-battery";

#[tokio::test]
async fn at_the_embedded_pool() {
    let folder = tempfile::tempdir().unwrap();
    let services = Services::start(folder.path()).await;
    let operator = Client::new(&services.sdk().await);
    invite(&operator, POOL).await;
    walk(&Api::start(&services).await).await;
}

/// The address of moto's keys is not the issuer's, as behind a proxy.
#[tokio::test]
async fn at_motos_cognito() {
    let Some(moto) = Moto::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let services = Services::start(folder.path()).await;
    let operator = Client::new(&speaking_to(&sdk().await, Some(&moto.endpoint)));
    let (pool, client_id) = make_pool(&operator).await;
    let config = UserPoolConfig {
        issuer: format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}"),
        jwks: format!("{}/{pool}/.well-known/jwks.json", moto.endpoint),
        client_id,
        endpoint: Some(moto.endpoint.clone()),
    };
    invite(&operator, &pool).await;
    walk(&Api::start_with(&services, config, None).await).await;
}

/// Everything that a user does between the invitation and the end of the session.
async fn walk(api: &Api) {
    let sign_in = async |password: &str| {
        api.ask(
            Method::POST,
            "/v1/session",
            None,
            json!({"username": ADA, "password": password}).to_string(),
        )
        .await
    };
    let (status, problem) = sign_in("Wrong-horse-7-battery").await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("wrong_password")));
    let (status, challenge) = sign_in(TEMPORARY).await;
    assert_eq!(
        (status, &challenge["challenge"]),
        (StatusCode::OK, &json!("NEW_PASSWORD_REQUIRED"))
    );
    let answer =
        json!({"username": ADA, "session": challenge["session"], "new_password": PASSWORD});
    let (status, tokens) =
        api.ask(Method::POST, "/v1/session/challenge", None, answer.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(images(api, &tokens["id_token"]).await.0, StatusCode::OK);

    let (status, tokens) = sign_in(PASSWORD).await;
    assert_eq!((status, &tokens["token_type"]), (StatusCode::OK, &json!("Bearer")));
    assert_eq!(
        images(api, &tokens["id_token"]).await,
        (StatusCode::OK, json!({"images": [], "next_cursor": null}))
    );
    let (status, problem) = images(api, &tokens["access_token"]).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNAUTHORIZED, &json!("token_invalid")));

    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let (status, renewed) =
        api.ask(Method::POST, "/v1/session/refresh", None, refresh.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{renewed}");
    assert_eq!(images(api, &renewed["id_token"]).await.0, StatusCode::OK);

    let body = json!({"access_token": tokens["access_token"]});
    let (status, answer) = api.ask(Method::DELETE, "/v1/session", None, body.to_string()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let (status, problem) =
        api.ask(Method::POST, "/v1/session/refresh", None, refresh.to_string()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
}

async fn images(api: &Api, token: &Value) -> (StatusCode, Value) {
    api.ask(Method::GET, "/v1/images", token.as_str(), "").await
}

async fn sdk() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
        .load()
        .await
}

/// A pool like the one in the templates; returns its id and its client's.
async fn make_pool(operator: &Client) -> (String, String) {
    let customer = SchemaAttributeType::builder()
        .name("customer")
        .attribute_data_type(AttributeDataType::String)
        .mutable(true)
        .build();
    let made = operator.create_user_pool().pool_name("darkroom").schema(customer).send().await;
    let pool = made.unwrap().user_pool.unwrap().id.unwrap();
    let made = operator
        .create_user_pool_client()
        .user_pool_id(&pool)
        .client_name("darkroom")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
        .send()
        .await;
    (pool, made.unwrap().user_pool_client.unwrap().client_id.unwrap())
}

/// Invites Ada as `darkroom user add` does.
async fn invite(operator: &Client, pool: &str) {
    let attribute =
        |name: &str, value: &str| AttributeType::builder().name(name).value(value).build().unwrap();
    operator
        .admin_create_user()
        .user_pool_id(pool)
        .username(ADA)
        .temporary_password(TEMPORARY)
        .message_action(MessageActionType::Suppress)
        .user_attributes(attribute("email", ADA))
        .user_attributes(attribute("custom:customer", "acme"))
        .send()
        .await
        .unwrap();
    operator.create_group().user_pool_id(pool).group_name("viewer").send().await.unwrap();
    let join = operator.admin_add_user_to_group().user_pool_id(pool).username(ADA);
    join.group_name("viewer").send().await.unwrap();
}
