use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use local::user_pool::OpenError;

use super::*;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_restart_keeps_users_groups_key_and_refresh_tokens() {
    let server = Server::start().await;
    server.invite("bob@example.com", "Temporary-1").await;
    let tokens = server.tokens().await;
    let jwks = async |server: &Server| {
        let url = format!("{}/local_darkroom/.well-known/jwks.json", server.url);
        reqwest::get(url).await.unwrap().text().await.unwrap()
    };
    let before = jwks(&server).await;
    let server = server.restart().await;
    assert_eq!(jwks(&server).await, before);
    assert!(
        server
            .refresh(&tokens.refresh_token.unwrap())
            .await
            .unwrap()
            .authentication_result
            .is_some()
    );
    let user =
        server.anyone().get_user().access_token(tokens.access_token.unwrap()).send().await.unwrap();
    assert_eq!(user.username(), ADA);
    assert!(server.sign_in("bob@example.com", "Temporary-1").await.unwrap().session.is_some());
    let exists =
        server.operator().create_group().user_pool_id(POOL).group_name("uploader").send().await;
    assert_eq!(refusal(exists).0, "GroupExistsException");
}

#[tokio::test]
async fn what_was_ended_or_deleted_stays_so_after_a_restart() {
    let server = Server::start().await;
    server.invite("bob@example.com", "Temporary-1").await;
    let tokens = server.tokens().await;
    server
        .anyone()
        .global_sign_out()
        .access_token(tokens.access_token.unwrap())
        .send()
        .await
        .unwrap();
    server
        .operator()
        .admin_delete_user()
        .user_pool_id(POOL)
        .username("bob@example.com")
        .send()
        .await
        .unwrap();
    let server = server.restart().await;
    let told = refusal(server.refresh(&tokens.refresh_token.unwrap()).await);
    assert_eq!(told, not_authorized("Refresh Token has been revoked"));
    assert!(server.sign_in("bob@example.com", "Temporary-1").await.is_err());
}

#[tokio::test]
async fn files_hold_no_secret_but_the_key_and_only_their_owner_reads_them() {
    let server = Server::start().await;
    let refresh = server.tokens().await.refresh_token.unwrap();
    let files = files(server.folder.path());
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        let content = fs::read_to_string(&file).unwrap();
        assert!(!content.contains(PASSWORD), "{}", file.display());
        assert!(!content.contains(&refresh), "{}", file.display());
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600,
            "{}",
            file.display()
        );
    }
}

#[tokio::test]
async fn a_half_written_file_is_dropped_and_a_damaged_one_named() {
    let server = Server::start().await;
    let users = server.folder.path().join("users");
    fs::write(users.join("half.tmp"), "{").unwrap();
    let server = server.restart().await;
    assert!(!users.join("half.tmp").exists());
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());

    let user = files(&users).remove(0);
    fs::write(&user, "{").unwrap();
    let key = AccessKey { id: "OPERATOR".to_owned(), secret: "operator-secret".to_owned() };
    let error =
        UserPool::open(server.folder.path(), Settings::new(POOL, CLIENT, "http://i.example", key))
            .unwrap_err();
    assert!(matches!(&error, OpenError::Damaged { path, .. } if *path == user), "{error}");
}

#[tokio::test]
async fn a_user_who_exists_is_left_as_they_are() {
    let server = Server::start().await;
    let key = AccessKey { id: "OPERATOR".to_owned(), secret: "operator-secret".to_owned() };
    let pool =
        UserPool::open(server.folder.path(), Settings::new(POOL, CLIENT, "http://i.example", key))
            .unwrap();
    assert!(
        !pool.create_user_if_absent("ADA@example.com", "Another-Horse-8", &[], &[]).await.unwrap()
    );
    assert!(
        pool.create_user_if_absent("bob@example.com", "Another-Horse-8", &[], &["new"])
            .await
            .unwrap()
    );
    assert!(server.sign_in(ADA, PASSWORD).await.is_ok());
    assert!(pool.create_user_if_absent("carol@example.com", "weak", &[], &[]).await.is_err());
}
