use std::time::{Duration, Instant};

use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::{
    RespondToAuthChallengeError, RespondToAuthChallengeOutput,
};
use aws_sdk_cognitoidentityprovider::types::ChallengeNameType;

use super::*;

const WRONG: &str = "Incorrect username or password.";

#[tokio::test]
async fn a_password_gives_three_tokens_whatever_the_case_of_the_address() {
    let server = Server::start().await;
    let answer = server.sign_in("ADA@Example.com", PASSWORD).await.unwrap();
    let tokens = answer.authentication_result.unwrap();
    assert_eq!((tokens.expires_in, tokens.token_type.as_deref()), (3600, Some("Bearer")));
    assert_eq!(tokens.id_token.unwrap().split('.').count(), 3);
    assert_eq!(tokens.access_token.unwrap().split('.').count(), 3);
    assert_eq!(tokens.refresh_token.unwrap().split('.').count(), 1, "refresh tokens are opaque");
}

#[tokio::test]
async fn an_unknown_user_is_refused_as_a_wrong_password_is() {
    let server = Server::start().await;
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..3 {
        for (user, fastest) in [ADA, "nobody@example.com"].into_iter().zip(&mut fastest) {
            let begun = Instant::now();
            assert_eq!(refusal(server.sign_in(user, "Wrong-Horse-7").await), not_authorized(WRONG));
            *fastest = begun.elapsed().min(*fastest);
        }
    }
    assert!(
        fastest[1] * 2 > fastest[0],
        "unknown {:?} is told by time from wrong {:?}",
        fastest[1],
        fastest[0]
    );
    assert_eq!(refusal(server.sign_in("not an address", PASSWORD).await), not_authorized(WRONG));
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_names() {
    let server = Server::start().await;
    for user in [ADA, "nobody@example.com"] {
        let mut told = Vec::new();
        while told.last().is_none_or(|last| *last == not_authorized(WRONG)) {
            assert!(told.len() < 15, "{user} was never slowed down");
            told.push(refusal(server.sign_in(user, "Wrong-Horse-7").await));
        }
        assert!(told.len() > 5, "{user}: five guesses are free");
        assert_eq!(told.pop().unwrap(), not_authorized("Password attempts exceeded"));
    }
}

async fn respond(
    server: &Server,
    session: &str,
    username: &str,
    password: &str,
) -> Result<RespondToAuthChallengeOutput, SdkError<RespondToAuthChallengeError>> {
    let name = ChallengeNameType::NewPasswordRequired;
    let request = server
        .anyone()
        .respond_to_auth_challenge()
        .client_id(CLIENT)
        .challenge_name(name)
        .session(session);
    request
        .challenge_responses("USERNAME", username)
        .challenge_responses("NEW_PASSWORD", password)
        .send()
        .await
}

#[tokio::test]
async fn an_invited_user_chooses_a_password_once() {
    let server = Server::start().await;
    server.invite("Bob@example.com", "Temporary-1").await;
    let challenge = server.sign_in("bob@example.com", "Temporary-1").await.unwrap();
    assert_eq!(challenge.challenge_name, Some(ChallengeNameType::NewPasswordRequired));
    assert!(challenge.authentication_result.is_none(), "a temporary password gives no tokens");
    let parameters = challenge.challenge_parameters.unwrap();
    assert_eq!(parameters["USER_ID_FOR_SRP"], "bob@example.com");
    assert!(parameters["userAttributes"].contains(r#""custom:customer":"acme""#));

    let session = challenge.session.unwrap();
    let weak = refusal(respond(&server, &session, "bob@example.com", "short").await);
    assert_eq!(weak.0, "InvalidPasswordException");
    assert_eq!(
        refusal(respond(&server, &session, ADA, "Chosen-123").await).0,
        "NotAuthorizedException"
    );
    let answer = respond(&server, &session, "bob@example.com", "Chosen-123").await.unwrap();
    assert!(answer.authentication_result.unwrap().refresh_token.is_some());

    let again = refusal(respond(&server, &session, "bob@example.com", "Chosen-456").await);
    assert_eq!(again, not_authorized("Invalid session for the user."));
    assert_eq!(
        refusal(server.sign_in("bob@example.com", "Temporary-1").await),
        not_authorized(WRONG)
    );
    assert!(
        server
            .sign_in("bob@example.com", "Chosen-123")
            .await
            .unwrap()
            .authentication_result
            .is_some()
    );
}

#[tokio::test]
async fn a_challenge_does_not_let_users_choose_their_customer() {
    let server = Server::start().await;
    server.invite("bob@example.com", "Temporary-1").await;
    let session = server.sign_in("bob@example.com", "Temporary-1").await.unwrap().session.unwrap();
    let request = server.anyone().respond_to_auth_challenge().client_id(CLIENT).session(session);
    let answer = request
        .challenge_name(ChallengeNameType::NewPasswordRequired)
        .challenge_responses("USERNAME", "bob@example.com")
        .challenge_responses("NEW_PASSWORD", "Chosen-123")
        .challenge_responses("userAttributes.custom:customer", "other")
        .send()
        .await;
    assert_eq!(
        refusal(answer),
        not_authorized("A client attempted to write unauthorized attribute")
    );
}

#[tokio::test]
async fn a_challenge_is_void_once_the_operator_sets_another_password() {
    let server = Server::start().await;
    server.invite("bob@example.com", "Temporary-1").await;
    let session = server.sign_in("bob@example.com", "Temporary-1").await.unwrap().session.unwrap();
    let set =
        server.operator().admin_set_user_password().user_pool_id(POOL).username("bob@example.com");
    set.password("Temporary-2").permanent(false).send().await.unwrap();
    assert_eq!(
        refusal(respond(&server, &session, "bob@example.com", "Chosen-123").await),
        not_authorized(WRONG)
    );
}

#[tokio::test]
async fn an_invitation_ends() {
    let server =
        Server::start_with(|settings| settings.invitation_life = time::Duration::ZERO).await;
    server.invite("bob@example.com", "Temporary-1").await;
    let told = refusal(server.sign_in("bob@example.com", "Temporary-1").await);
    assert_eq!(
        told,
        not_authorized("Temporary password has expired and must be reset by an administrator.")
    );
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_until_it_ends() {
    let server = Server::start().await;
    let first = server.tokens().await;
    let refresh = first.refresh_token.unwrap();
    let second = server.refresh(&refresh).await.unwrap().authentication_result.unwrap();
    assert!(second.refresh_token.is_none(), "the refresh token stays the same");
    assert_ne!(second.id_token, first.id_token);
    assert_eq!(refusal(server.refresh("AAAA").await), not_authorized("Invalid Refresh Token"));

    let brief = Server::start_with(|settings| settings.refresh_life = time::Duration::ZERO).await;
    let refresh = brief.tokens().await.refresh_token.unwrap();
    assert_eq!(refusal(brief.refresh(&refresh).await), not_authorized("Refresh Token has expired"));
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let server = Server::start().await;
    let (first, second) = (server.tokens().await, server.tokens().await);
    let access = first.access_token.unwrap();
    server.anyone().get_user().access_token(&access).send().await.unwrap();
    server.anyone().global_sign_out().access_token(&access).send().await.unwrap();
    for refresh in [first.refresh_token, second.refresh_token] {
        let told = refusal(server.refresh(&refresh.unwrap()).await);
        assert_eq!(told, not_authorized("Refresh Token has been revoked"));
    }
    let told = refusal(server.anyone().get_user().access_token(&access).send().await);
    assert_eq!(told, not_authorized("Access Token has been revoked"));
    assert!(server.refresh(&server.tokens().await.refresh_token.unwrap()).await.is_ok());
}

#[tokio::test]
async fn revoking_ends_one_session_only() {
    let server = Server::start().await;
    let (first, second) = (server.tokens().await, server.tokens().await);
    let revoke =
        |token: String| server.anyone().revoke_token().client_id(CLIENT).token(token).send();
    let refresh = first.refresh_token.unwrap();
    revoke(refresh.clone()).await.unwrap();
    revoke(refresh.clone()).await.unwrap();
    assert_eq!(
        refusal(server.refresh(&refresh).await),
        not_authorized("Refresh Token has been revoked")
    );
    assert!(server.refresh(&second.refresh_token.unwrap()).await.is_ok());
    assert_eq!(refusal(revoke(second.id_token.unwrap()).await).0, "UnsupportedTokenTypeException");
}

#[tokio::test]
async fn flows_and_clients_that_are_not_there_are_named() {
    let server = Server::start().await;
    let srp = server
        .anyone()
        .initiate_auth()
        .client_id(CLIENT)
        .auth_flow(AuthFlowType::UserSrpAuth)
        .send()
        .await;
    assert_eq!(refusal(srp).1, "USER_SRP_AUTH flow not enabled for this client");
    let other = server
        .anyone()
        .initiate_auth()
        .client_id("other")
        .auth_flow(AuthFlowType::UserPasswordAuth);
    let told = refusal(other.send().await);
    assert_eq!(
        told,
        (
            "ResourceNotFoundException".to_owned(),
            "User pool client other does not exist.".to_owned()
        )
    );
    let missing =
        server.anyone().initiate_auth().client_id(CLIENT).auth_flow(AuthFlowType::UserPasswordAuth);
    assert_eq!(refusal(missing.send().await).1, "Missing required parameter USERNAME");
}
