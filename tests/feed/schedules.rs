use std::{ops::Range, sync::atomic::Ordering};

use consumer::Stage;
use tests::random::Random;

use crate::{
    store::{Store, chain, poison},
    verify::verify,
};

const SCHEDULES: i32 = 32;
const WRITERS: usize = 3;
const STEPS: usize = 6;
const RECORDS: i64 = 24;

/// Writers race on one partition, each from offsets that it may have seen before, and crash (lose
/// their tail) at will, while answers to commits get lost. At the end one of them catches up.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_schedule_every_record_is_taken_once_and_in_order() {
    let store = Store::start().await;
    let stages: Vec<Stage> = (0..WRITERS).map(|_| store.stage()).collect();
    for schedule in 0..SCHEDULES {
        let mut random = Random::new(u64::from(schedule.unsigned_abs()) << 17);
        // The SDK waits before it asks again, so that not every schedule can lose an answer.
        let lost = usize::from(schedule % 8 == 0);
        store.faults.answers_to_lose.store(lost, Ordering::SeqCst);
        let writers = stages.iter().map(|stage| {
            let steps: Vec<_> = (0..STEPS).map(|_| range(&mut random)).collect();
            let crashes = random.below(1 << STEPS);
            write(&store, stage, schedule, steps, crashes)
        });
        futures::future::join_all(writers).await;
        write(&store, &stages[0], schedule, std::iter::once(0..RECORDS), 0).await;
        let verified = verify(&store.buckets, &chain(schedule)).await;
        let taken: Vec<_> = verified.outcomes().into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(taken, (0..RECORDS).collect::<Vec<_>>(), "schedule {schedule}");
    }
}

/// A consumer reads from its offset on, which lies within what is acknowledged.
async fn write(
    store: &Store,
    stage: &Stage,
    partition: i32,
    steps: impl IntoIterator<Item = Range<i64>>,
    crashes: usize,
) {
    let mut tail = store.chain(partition).await;
    for (step, range) in steps.into_iter().enumerate() {
        if crashes >> step & 1 == 1 {
            tail = store.chain(partition).await;
        }
        let begin = range.start.min(tail.last().map_or(0, |last| last + 1));
        let records: Vec<_> = (begin..range.end).map(poison).collect();
        stage.stage(&mut tail, &records).await.unwrap();
    }
}

/// Offsets from one to another.
fn range(random: &mut Random) -> Range<i64> {
    let offset = |at: usize| i64::try_from(at).unwrap();
    let end = offset(random.below(24)) + 1;
    offset(random.below(24)).min(end)..end
}
