use aws_sdk_cognitoidentityprovider::types::{MessageActionType, UserStatusType};

use super::*;

const BOB: &str = "bob@example.com";

#[tokio::test]
async fn a_user_is_invited_shown_and_deleted() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = || operator.admin_create_user().user_pool_id(POOL).username("Bob@Example.com");
    let created = create()
        .message_action(MessageActionType::Suppress)
        .temporary_password("Temporary-1")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(created.username(), Some(BOB));
    assert_eq!(created.user_status(), Some(&UserStatusType::ForceChangePassword));
    assert_eq!(
        refusal(create().temporary_password("Temporary-1").send().await).0,
        "UsernameExistsException"
    );

    let get = |name: &str| operator.admin_get_user().user_pool_id(POOL).username(name).send();
    let shown = get(BOB).await.unwrap();
    let sub = shown.user_attributes()[0].value().unwrap();
    assert_eq!(shown.user_create_date(), created.user_create_date());
    assert_eq!(get(sub).await.unwrap().username(), BOB);
    let elsewhere =
        operator.admin_get_user().user_pool_id("local_other").username(BOB).send().await;
    assert_eq!(refusal(elsewhere).0, "ResourceNotFoundException");

    operator.admin_delete_user().user_pool_id(POOL).username(BOB).send().await.unwrap();
    assert_eq!(refusal(get(BOB).await).0, "UserNotFoundException");
}

#[tokio::test]
async fn an_invitation_must_be_deliverable_and_well_formed() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = |name: &str| operator.admin_create_user().user_pool_id(POOL).username(name);
    assert_eq!(refusal(create(BOB).send().await).0, "CodeDeliveryFailureException");
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
    assert!(create(BOB).message_action(MessageActionType::Suppress).send().await.is_ok());
}

#[tokio::test]
async fn of_many_who_create_one_user_one_wins() {
    let server = Server::start().await;
    let operator = server.operator();
    let create = |number: u32| {
        let request = operator.admin_create_user().user_pool_id(POOL).username(BOB);
        request.temporary_password(format!("Temporary-{number}")).send()
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
        server.sign_in(BOB, &format!("Temporary-{}", winners[0])).await.unwrap().session.is_some()
    );
}
