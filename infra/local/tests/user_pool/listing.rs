use aws_sdk_cognitoidentityprovider::operation::list_users::ListUsersOutput;

use super::*;

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
        operator.admin_add_user_to_group().user_pool_id(POOL).username(ADA).group_name(group).send()
    };
    add("admin").await.unwrap();
    assert_eq!(refusal(add("nobodies").await).0, "ResourceNotFoundException");

    let list = || operator.admin_list_groups_for_user().user_pool_id(POOL).username(ADA);
    let first = list().limit(1).send().await.unwrap();
    assert_eq!(first.groups()[0].group_name(), Some("admin"));
    let second = list().next_token(first.next_token().unwrap()).send().await.unwrap();
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
        server.invite(&format!("user{number}@example.com"), "Temporary-1").await;
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
    assert_eq!(pages.iter().map(|page| page.users().len()).collect::<Vec<_>>(), [3, 3, 1]);
    let mut names: Vec<&str> = pages
        .iter()
        .flat_map(ListUsersOutput::users)
        .map(|user| user.username().unwrap())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 7);

    let count = async |filter: &str| {
        operator.list_users().user_pool_id(POOL).filter(filter).send().await.unwrap().users().len()
    };
    assert_eq!(count(r#"email = "USER3@example.com""#).await, 1);
    assert_eq!(count(r#"email ^= "user""#).await, 6);
    assert_eq!(count(r#"cognito:user_status = "CONFIRMED""#).await, 1);
    assert_eq!(count(r#"email = "user""#).await, 0);
    let malformed = operator.list_users().user_pool_id(POOL).filter("email").send().await;
    assert_eq!(refusal(malformed).0, "InvalidParameterException");
    let pool =
        operator.describe_user_pool().user_pool_id(POOL).send().await.unwrap().user_pool.unwrap();
    assert_eq!(pool.estimated_number_of_users(), 7);
}

#[tokio::test]
async fn attributes_change_in_the_next_token() {
    let server = Server::start().await;
    let update = |name: &str, value: &str| {
        let request =
            server.operator().admin_update_user_attributes().user_pool_id(POOL).username(ADA);
        request.user_attributes(attribute(name, value)).send()
    };
    update("name", "Ada Lovelace").await.unwrap();
    assert_eq!(refusal(update("email", "eve@example.com").await).0, "InvalidParameterException");
    let access = server.tokens().await.access_token.unwrap();
    let user = server.anyone().get_user().access_token(access).send().await.unwrap();
    assert!(user.user_attributes().contains(&attribute("name", "Ada Lovelace")));
    assert!(user.user_attributes().contains(&attribute("email", ADA)));
}
