use customer::{ClaimsError, Issuer, JwksError, Timestamp};

use crate::pool::{Key, NOW, Pool, claims};

/// `NOW`, and so many milliseconds.
fn after(ms: i64) -> Timestamp {
    Timestamp::from_ms(NOW * 1000 + ms)
}

async fn verify(issuer: &Issuer, key: &Key, ms: i64) -> Result<(), ClaimsError> {
    issuer.verify(&key.token(&claims()), after(ms)).await.map(drop)
}

#[tokio::test]
async fn known_keys_are_asked_for_once() {
    let key = Key::new("one");
    let pool = Pool::start(&[&key]).await;
    let issuer = pool.issuer();
    let all = (0..50).map(|ms| verify(&issuer, &key, ms));
    for verified in futures::future::join_all(all).await {
        verified.unwrap();
    }
    assert_eq!(pool.asked(), 1);
}

#[tokio::test]
async fn invented_key_names_cost_the_pool_one_question_in_ten_seconds() {
    let (key, invented) = (Key::new("one"), Key::new("invented"));
    let pool = Pool::start(&[&key]).await;
    let issuer = pool.issuer();
    verify(&issuer, &key, 0).await.unwrap();
    for ms in (0..10_000).step_by(100) {
        let refused = verify(&issuer, &invented, ms).await;
        assert!(
            matches!(refused, Err(ClaimsError::Key(JwksError::UnknownKey(kid))) if kid == "invented")
        );
    }
    assert_eq!(pool.asked(), 1);
    verify(&issuer, &invented, 10_000).await.unwrap_err();
    assert_eq!(pool.asked(), 2);
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_forgotten_with_it() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let pool = Pool::start(&[&old]).await;
    let issuer = pool.issuer();
    verify(&issuer, &old, 0).await.unwrap();
    pool.publish(&[&old, &new]);
    verify(&issuer, &new, 10_000).await.unwrap();
    verify(&issuer, &old, 10_000).await.unwrap();
    pool.publish(&[&new]);
    verify(&issuer, &Key::new("invented"), 20_000).await.unwrap_err();
    let refused = verify(&issuer, &old, 20_001).await;
    assert!(matches!(refused, Err(ClaimsError::Key(JwksError::UnknownKey(_)))), "{refused:?}");
}

#[tokio::test]
async fn known_keys_survive_an_outage_and_an_unknown_one_is_no_fault_of_its_bearer() {
    let (key, late) = (Key::new("one"), Key::new("late"));
    let pool = Pool::start(&[&key]).await;
    let issuer = pool.issuer();
    verify(&issuer, &key, 0).await.unwrap();
    pool.goes_down(true);
    let first = verify(&issuer, &late, 10_000).await;
    assert!(matches!(first, Err(ClaimsError::Key(JwksError::Unreachable(_)))), "{first:?}");
    let second = verify(&issuer, &late, 10_500).await;
    assert!(matches!(second, Err(ClaimsError::Key(JwksError::WasUnreachable))), "{second:?}");
    assert_eq!(pool.asked(), 2, "a pool that is down is not asked at every request");
    verify(&issuer, &key, 3_000_000).await.unwrap();
    pool.goes_down(false);
    pool.publish(&[&key, &late]);
    verify(&issuer, &late, 11_000).await.unwrap();
}
