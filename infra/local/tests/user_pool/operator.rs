use super::*;

#[tokio::test]
async fn only_the_operators_signature_opens_operator_calls() {
    let server = Server::start().await;
    let create = |client: &Client| {
        client
            .admin_create_user()
            .user_pool_id(POOL)
            .username("bob@example.com")
            .temporary_password("Temporary-1")
            .send()
    };
    let wrong_secret = client(&server.url, Some(("OPERATOR", "another-secret")));
    assert_eq!(refusal(create(&wrong_secret).await).0, "InvalidSignatureException");
    let unknown_key = client(&server.url, Some(("SOMEBODY", "operator-secret")));
    assert_eq!(refusal(create(&unknown_key).await).0, "UnrecognizedClientException");
    let get = server
        .operator()
        .admin_get_user()
        .user_pool_id(POOL)
        .username("bob@example.com")
        .send()
        .await;
    assert_eq!(refusal(get).0, "UserNotFoundException", "a refused call changed something");
    create(&server.operator()).await.unwrap();
}

/// Without the SDK, which does not send such requests.
#[tokio::test]
async fn unsigned_and_unknown_calls_are_refused_in_cognitos_form() {
    let server = Server::start().await;
    let call = async |operation: &str, body: &'static str| {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request =
            reqwest::Client::new().post(&server.url).header("x-amz-target", target).body(body);
        let response = request.send().await.unwrap();
        let (status, code) = (
            response.status().as_u16(),
            response.headers()["x-amzn-errortype"].to_str().unwrap().to_owned(),
        );
        let told: serde_json::Value =
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(told["__type"], code);
        assert!(!told["message"].as_str().unwrap().is_empty());
        (status, code)
    };
    let expect = |code: &str| (400, code.to_owned());
    let user = r#"{"UserPoolId":"local_darkroom","Username":"ada@example.com"}"#;
    assert_eq!(call("AdminDeleteUser", user).await, expect("MissingAuthenticationTokenException"));
    assert_eq!(call("SignUp", "{}").await, expect("UnknownOperationException"));
    assert_eq!(call("InitiateAuth", "{").await, expect("SerializationException"));
    assert_eq!(call("InitiateAuth", "{}").await, expect("InvalidParameterException"));
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_disabled_user_can_neither_sign_in_nor_refresh() {
    let server = Server::start().await;
    let operator = server.operator();
    let tokens = server.tokens().await;
    operator.admin_disable_user().user_pool_id(POOL).username(ADA).send().await.unwrap();
    assert_eq!(refusal(server.sign_in(ADA, PASSWORD).await), not_authorized("User is disabled."));
    let get = server.anyone().get_user().access_token(tokens.access_token.unwrap()).send().await;
    assert_eq!(refusal(get), not_authorized("User is disabled."));
    operator.admin_enable_user().user_pool_id(POOL).username(ADA).send().await.unwrap();
    let told = refusal(server.refresh(&tokens.refresh_token.unwrap()).await);
    assert_eq!(told, not_authorized("Refresh Token has been revoked"));
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn the_operator_resets_and_sets_passwords() {
    let server = Server::start().await;
    let operator = server.operator();
    operator.admin_reset_user_password().user_pool_id(POOL).username(ADA).send().await.unwrap();
    assert_eq!(refusal(server.sign_in(ADA, PASSWORD).await).0, "PasswordResetRequiredException");
    let set = |password: &str| {
        operator
            .admin_set_user_password()
            .user_pool_id(POOL)
            .username(ADA)
            .password(password)
            .permanent(true)
            .send()
    };
    assert_eq!(refusal(set("weak").await).0, "InvalidPasswordException");
    set("Another-Horse-8").await.unwrap();
    assert!(server.sign_in(ADA, PASSWORD).await.is_err());
    assert!(server.sign_in(ADA, "Another-Horse-8").await.unwrap().authentication_result.is_some());
}

#[tokio::test]
async fn the_operator_signs_users_in_and_out() {
    let server = Server::start().await;
    let request = server.operator().admin_initiate_auth().user_pool_id(POOL).client_id(CLIENT);
    let answer = request
        .auth_flow(AuthFlowType::AdminUserPasswordAuth)
        .auth_parameters("USERNAME", ADA)
        .auth_parameters("PASSWORD", PASSWORD);
    let refresh =
        answer.send().await.unwrap().authentication_result.unwrap().refresh_token.unwrap();
    server
        .operator()
        .admin_user_global_sign_out()
        .user_pool_id(POOL)
        .username(ADA)
        .send()
        .await
        .unwrap();
    assert_eq!(
        refusal(server.refresh(&refresh).await),
        not_authorized("Refresh Token has been revoked")
    );
}
