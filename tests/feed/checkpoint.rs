use consumer::{Checkpoint, CommitChain, Stage, Staging};
use customer::{Condition, ObjectKey, Registry};

use crate::{
    connector::{Life, World},
    memory::Memory,
    store::{chain, poison},
    verify::verify,
};

const COMMITS: u64 = Checkpoint::COMMITS + 3;

#[tokio::test]
async fn the_end_of_a_long_chain_is_found_from_its_checkpoint_and_from_a_wrong_one() {
    let world = World::new(Memory::default());
    let life = Life::healthy(&world);
    let buckets = life.buckets();
    let feed = buckets.feed();
    let stage = Stage::new(buckets.clone(), Registry::new(buckets.service()), Staging::default());
    let mut tail = CommitChain::open(feed.clone(), chain(0)).await.unwrap();
    for seq in 0..COMMITS {
        assert_eq!(
            Checkpoint::read(&feed, &chain(0)).await.unwrap().is_some(),
            seq >= Checkpoint::COMMITS
        );
        stage.stage(&mut tail, &[poison(seq.try_into().unwrap())]).await.unwrap();
    }
    let verified = verify(&buckets, &chain(0)).await;
    let left = Checkpoint::read(&feed, &chain(0)).await.unwrap().unwrap();
    assert_eq!(left.seq, Checkpoint::COMMITS - 1);
    assert_eq!(
        Some(&left.sha256),
        verified
            .commits
            .iter()
            .find(|commit| commit.seq == left.seq + 1)
            .and_then(|commit| commit.prev_sha256.as_ref())
    );

    let open = async || {
        let before = life.requests();
        let opened = CommitChain::open(feed.clone(), chain(0)).await.unwrap();
        (opened.last(), life.requests() - before)
    };
    let last = Some(i64::try_from(COMMITS).unwrap() - 1);
    // The checkpoint, numbers 999, 1000, 1002, 1006, 1004, 1003, and the last commit.
    assert_eq!(open().await, (last, 8));
    let key = ObjectKey::Checkpoint(chain(0));
    for wrong in
        [r#"{"schema":1,"seq":500000,"sha256":""}"#, r#"{"schema":1,"seq":3,"sha256":""}"#, "?"]
    {
        feed.put(&key, wrong, None, Condition::Always).await.unwrap();
        assert_eq!(open().await.0, last, "{wrong}");
    }
}
