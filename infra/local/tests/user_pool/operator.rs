use aws_sdk_cognitoidentityprovider::operation::list_users::ListUsersOutput;
use aws_sdk_cognitoidentityprovider::types::{MessageActionType, UserStatusType};

use super::*;

const BOB: &str = "bob@example.com";

#[tokio::test]
async fn only_the_operators_signature_opens_operator_calls() {
    let server = Server::start().await;
    let create = |client: &Client| {
        client
            .admin_create_user()
            .user_pool_id(POOL)
            .username(BOB)
            .temporary_password("Temporary-1")
            .send()
    };
    let wrong_secret = client(&server.url, Some(("OPERATOR", "another-secret")));
    assert_eq!(
        refusal(create(&wrong_secret).await).0,
        "InvalidSignatureException"
    );
    let unknown_key = client(&server.url, Some(("SOMEBODY", "operator-secret")));
    assert_eq!(
        refusal(create(&unknown_key).await).0,
        "UnrecognizedClientException"
    );
    let get = server
        .operator()
        .admin_get_user()
        .user_pool_id(POOL)
        .username(BOB)
        .send()
        .await;
    assert_eq!(
        refusal(get).0,
        "UserNotFoundException",
        "a refused call changed something"
    );
    create(&server.operator()).await.unwrap();
}

/// Without the SDK, which does not send such requests.
#[tokio::test]
async fn unsigned_and_unknown_calls_are_refused_in_cognitos_form() {
    let server = Server::start().await;
    let call = async |operation: &str, body: &'static str| {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let request = reqwest::Client::new()
            .post(&server.url)
            .header("x-amz-target", target)
            .body(body);
        let response = request.send().await.unwrap();
        let (status, code) = (
            response.status().as_u16(),
            response.headers()["x-amzn-errortype"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
        let told: serde_json::Value =
            serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(told["__type"], code);
        assert!(!told["message"].as_str().unwrap().is_empty());
        (status, code)
    };
    let expect = |code: &str| (400, code.to_owned());
    let user = r#"{"UserPoolId":"local_darkroom","Username":"ada@example.com"}"#;
    assert_eq!(
        call("AdminDeleteUser", user).await,
        expect("MissingAuthenticationTokenException")
    );
    assert_eq!(
        call("SignUp", "{}").await,
        expect("UnknownOperationException")
    );
    assert_eq!(
        call("InitiateAuth", "{").await,
        expect("SerializationException")
    );
    assert_eq!(
        call("InitiateAuth", "{}").await,
        expect("InvalidParameterException")
    );
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_user_is_invited_shown_and_deleted() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = || {
        operator
            .admin_create_user()
            .user_pool_id(POOL)
            .username("Bob@Example.com")
    };
    let created = create()
        .message_action(MessageActionType::Suppress)
        .temporary_password("Temporary-1")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(created.username(), Some(BOB));
    assert_eq!(
        created.user_status(),
        Some(&UserStatusType::ForceChangePassword)
    );
    assert_eq!(
        refusal(create().temporary_password("Temporary-1").send().await).0,
        "UsernameExistsException"
    );

    let get = |name: &str| {
        operator
            .admin_get_user()
            .user_pool_id(POOL)
            .username(name)
            .send()
    };
    let shown = get(BOB).await.unwrap();
    let sub = shown.user_attributes()[0].value().unwrap();
    assert_eq!(shown.user_create_date(), created.user_create_date());
    assert_eq!(get(sub).await.unwrap().username(), BOB);
    let elsewhere = operator
        .admin_get_user()
        .user_pool_id("local_other")
        .username(BOB)
        .send()
        .await;
    assert_eq!(refusal(elsewhere).0, "ResourceNotFoundException");

    operator
        .admin_delete_user()
        .user_pool_id(POOL)
        .username(BOB)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(get(BOB).await).0, "UserNotFoundException");
}

#[tokio::test]
async fn an_invitation_must_be_deliverable_and_well_formed() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = |name: &str| {
        operator
            .admin_create_user()
            .user_pool_id(POOL)
            .username(name)
    };
    assert_eq!(
        refusal(create(BOB).send().await).0,
        "CodeDeliveryFailureException"
    );
    let weak = create(BOB).temporary_password("weak").send().await;
    assert_eq!(refusal(weak).0, "InvalidPasswordException");
    let unnamed = create("bob").temporary_password("Temporary-1").send().await;
    assert_eq!(refusal(unnamed).1, "Username should be an email.");
    let odd = create(BOB)
        .temporary_password("Temporary-1")
        .user_attributes(attribute("custom:role", "x"))
        .send()
        .await;
    assert_eq!(refusal(odd).0, "InvalidParameterException");
    assert!(
        create(BOB)
            .message_action(MessageActionType::Suppress)
            .send()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn of_many_who_create_one_user_one_wins() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = |number: u32| {
        let request = operator
            .admin_create_user()
            .user_pool_id(POOL)
            .username(BOB);
        request
            .temporary_password(format!("Temporary-{number}"))
            .send()
    };
    let answers = futures::future::join_all((0..32).map(create)).await;
    let winners: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.is_ok())
        .map(|(number, _)| number)
        .collect();
    assert_eq!(winners.len(), 1);
    for answer in answers.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(answer).0, "UsernameExistsException");
    }
    assert!(
        server
            .sign_in(BOB, &format!("Temporary-{}", winners[0]))
            .await
            .unwrap()
            .session
            .is_some()
    );
}

#[tokio::test]
async fn a_disabled_user_can_neither_sign_in_nor_refresh() {
    let server = Server::start().await;
    let operator = server.operator();
    let tokens = server.tokens().await;
    operator
        .admin_disable_user()
        .user_pool_id(POOL)
        .username(ADA)
        .send()
        .await
        .unwrap();
    assert_eq!(
        refusal(server.sign_in(ADA, PASSWORD).await),
        not_authorized("User is disabled.")
    );
    let get = server
        .anyone()
        .get_user()
        .access_token(tokens.access_token.unwrap())
        .send()
        .await;
    assert_eq!(refusal(get), not_authorized("User is disabled."));
    operator
        .admin_enable_user()
        .user_pool_id(POOL)
        .username(ADA)
        .send()
        .await
        .unwrap();
    let told = refusal(server.refresh(&tokens.refresh_token.unwrap()).await);
    assert_eq!(told, not_authorized("Refresh Token has been revoked"));
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn the_operator_resets_and_sets_passwords() {
    let server = Server::start().await;
    let operator = server.operator();
    operator
        .admin_reset_user_password()
        .user_pool_id(POOL)
        .username(ADA)
        .send()
        .await
        .unwrap();
    assert_eq!(
        refusal(server.sign_in(ADA, PASSWORD).await).0,
        "PasswordResetRequiredException"
    );
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
    assert!(
        server
            .sign_in(ADA, "Another-Horse-8")
            .await
            .unwrap()
            .authentication_result
            .is_some()
    );
}

#[tokio::test]
async fn the_operator_signs_users_in_and_out() {
    let server = Server::start().await;
    let request = server
        .operator()
        .admin_initiate_auth()
        .user_pool_id(POOL)
        .client_id(CLIENT);
    let answer = request
        .auth_flow(AuthFlowType::AdminUserPasswordAuth)
        .auth_parameters("USERNAME", ADA)
        .auth_parameters("PASSWORD", PASSWORD);
    let refresh = answer
        .send()
        .await
        .unwrap()
        .authentication_result
        .unwrap()
        .refresh_token
        .unwrap();
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

#[tokio::test]
async fn groups_are_made_filled_and_listed() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = || {
        operator
            .create_group()
            .user_pool_id(POOL)
            .group_name("admin")
            .precedence(1)
            .description("all")
            .send()
    };
    let group = create().await.unwrap().group.unwrap();
    assert_eq!(
        (group.group_name(), group.precedence(), group.description()),
        (Some("admin"), Some(1), Some("all"))
    );
    assert_eq!(refusal(create().await).0, "GroupExistsException");
    let add = |group: &str| {
        operator
            .admin_add_user_to_group()
            .user_pool_id(POOL)
            .username(ADA)
            .group_name(group)
            .send()
    };
    add("admin").await.unwrap();
    assert_eq!(
        refusal(add("nobodies").await).0,
        "ResourceNotFoundException"
    );

    let list = || {
        operator
            .admin_list_groups_for_user()
            .user_pool_id(POOL)
            .username(ADA)
    };
    let first = list().limit(1).send().await.unwrap();
    assert_eq!(first.groups()[0].group_name(), Some("admin"));
    let second = list()
        .next_token(first.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(second.groups()[0].group_name(), Some("uploader"));
    assert_eq!(second.next_token(), None);
    operator
        .admin_remove_user_from_group()
        .user_pool_id(POOL)
        .username(ADA)
        .group_name("uploader")
        .send()
        .await
        .unwrap();
    assert_eq!(list().send().await.unwrap().groups().len(), 1);
}

#[tokio::test]
async fn users_are_listed_in_pages_and_by_filter() {
    let server = Server::start().await;
    for number in 0..6 {
        server
            .invite(&format!("user{number}@example.com"), "Temporary-1")
            .await;
    }
    let operator = server.operator();
    let pages: Vec<_> = operator
        .list_users()
        .user_pool_id(POOL)
        .limit(3)
        .into_paginator()
        .send()
        .collect::<Result<_, _>>()
        .await
        .unwrap();
    assert_eq!(
        pages
            .iter()
            .map(|page| page.users().len())
            .collect::<Vec<_>>(),
        [3, 3, 1]
    );
    let mut names: Vec<&str> = pages
        .iter()
        .flat_map(ListUsersOutput::users)
        .map(|user| user.username().unwrap())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 7);

    let count = async |filter: &str| {
        operator
            .list_users()
            .user_pool_id(POOL)
            .filter(filter)
            .send()
            .await
            .unwrap()
            .users()
            .len()
    };
    assert_eq!(count(r#"email = "USER3@example.com""#).await, 1);
    assert_eq!(count(r#"email ^= "user""#).await, 6);
    assert_eq!(count(r#"cognito:user_status = "CONFIRMED""#).await, 1);
    assert_eq!(count(r#"email = "user""#).await, 0);
    let malformed = operator
        .list_users()
        .user_pool_id(POOL)
        .filter("email")
        .send()
        .await;
    assert_eq!(refusal(malformed).0, "InvalidParameterException");
    let pool = operator
        .describe_user_pool()
        .user_pool_id(POOL)
        .send()
        .await
        .unwrap()
        .user_pool
        .unwrap();
    assert_eq!(pool.estimated_number_of_users(), 7);
}

#[tokio::test]
async fn attributes_change_in_the_next_token() {
    let server = Server::start().await;
    let update = |name: &str, value: &str| {
        let request = server
            .operator()
            .admin_update_user_attributes()
            .user_pool_id(POOL)
            .username(ADA);
        request.user_attributes(attribute(name, value)).send()
    };
    update("name", "Ada Lovelace").await.unwrap();
    assert_eq!(
        refusal(update("email", "eve@example.com").await).0,
        "InvalidParameterException"
    );
    let access = server.tokens().await.access_token.unwrap();
    let user = server
        .anyone()
        .get_user()
        .access_token(access)
        .send()
        .await
        .unwrap();
    assert!(
        user.user_attributes()
            .contains(&attribute("name", "Ada Lovelace"))
    );
    assert!(user.user_attributes().contains(&attribute("email", ADA)));
}
