use std::{cell::Cell, collections::BTreeMap, ops::Range, sync::Arc, thread};

use consumer::{ChainError, CommitChain, Gap, Incoming, Outcome, RepairError, Stage, Staging};
use customer::{Bucket, Condition, Consent, Customer, ImageId, ObjectKey, Record, Registry};
use resizer::{Limits, Transform};
use tests::random::Random;

use crate::{
    connector::{Life, World},
    memory::Memory,
    store::{chain, fixture, incoming, poison, record},
    verify::verify,
};

const SCHEDULES: usize = 1_000;
const SCHEDULES_OF_ALL: usize = 10_000;
const WRITERS: usize = 3;
const LIVES: usize = 2;
const STEPS: usize = 4;
const RECORDS: i64 = 12;
const IMAGES: u32 = 2;
const BATCH_MAX: usize = 6;
/// After so many errors one on another a writer takes a rest.
const TRIES: usize = 4;

/// Writers race on one partition, each from offsets that it may have seen before; requests get lost, come late, are
/// refused or are the last of their sender. Some give a batch up, and some repair. At the end one of them catches up from
/// what was acknowledged.
#[test]
fn whatever_the_schedule_every_record_is_taken_once_and_in_order() {
    run(SCHEDULES);
}

/// The same, ten times as often: `make test-all`.
#[test]
#[ignore = "takes minutes"]
fn ten_thousand_schedules() {
    run(SCHEDULES_OF_ALL);
}

fn run(schedules: usize) {
    let threads = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    let town = Town::build().await;
                    for number in (first..schedules).step_by(threads) {
                        Schedule::new(&town, number).run().await;
                    }
                });
            });
        }
    });
}

/// What every schedule begins with: a customer and its originals.
struct Town {
    memory: Memory,
    originals: Vec<Record>,
}

/// One way in which things may go.
struct Schedule<'a> {
    number: usize,
    world: Arc<World>,
    /// The partition's records by offset.
    log: Vec<Option<(&'a Record, u64)>>,
    /// Requests of a hundred that go wrong.
    faults: usize,
    /// Whether batches are given up, as an event source does.
    gives_up: bool,
    /// Up to here Kafka will not hand out records again.
    acknowledged: Cell<i64>,
    given_up: Cell<Vec<i64>>,
}

impl Town {
    async fn build() -> Self {
        let world = World::new(Memory::default());
        let buckets = Life::healthy(&world).buckets();
        let customer = Customer::new("acme".parse().unwrap(), "acme-images".to_owned());
        Registry::new(buckets.service()).add(&customer).await.unwrap();
        let bucket = buckets.of(&customer).await;
        let mut originals = Vec::new();
        for edge in 1..=IMAGES {
            originals.push(upload(&bucket, edge).await);
        }
        Self { memory: world.memory.copy(), originals }
    }
}

async fn upload(bucket: &Bucket, edge: u32) -> Record {
    let transform = Transform { width: Some(edge), height: Some(edge), ..Transform::default() };
    let bytes =
        resizer::render(&fixture("gray.jpg"), &transform, &Limits::default()).unwrap().bytes;
    let key = ObjectKey::Original(ImageId::of(&bytes).0);
    let etag =
        bucket.put(&key, bytes.clone(), Some("image/jpeg"), Condition::Always).await.unwrap();
    record("acme", &bytes, etag, Consent::Training)
}

impl<'a> Schedule<'a> {
    fn new(town: &'a Town, number: usize) -> Self {
        let mut random = Random::new((number as u64) << 20);
        let mut versions = BTreeMap::new();
        let log =
            (0..RECORDS).map(|_| announce(&town.originals, &mut versions, &mut random)).collect();
        Self {
            number,
            world: World::new(town.memory.copy()),
            log,
            faults: random.one_of(&[2, 10, 30]),
            gives_up: random.below(3) == 0,
            acknowledged: Cell::new(-1),
            given_up: Cell::default(),
        }
    }

    async fn run(&self) {
        let writers = (0..WRITERS).map(|writer| self.write(writer));
        futures::future::join_all(writers).await;
        self.world.settle().await;
        self.catch_up().await;
        self.check().await;
    }

    async fn write(&self, writer: usize) {
        let mut random = Random::new((self.number * WRITERS + writer) as u64 | 1 << 40);
        for _ in 0..LIVES {
            let seed = Random::new(random.below(1 << 40) as u64);
            let dies_at = random.below(60);
            let life = Life::new(&self.world, seed, self.faults, dies_at);
            tokio::select! {
                biased;
                () = life.died() => {}
                () = self.live(&life, &mut random) => {}
            }
        }
    }

    async fn live(&self, life: &Life, random: &mut Random) {
        let stage = stage(life);
        let Some(mut tail) = open(&stage).await else { return };
        for _ in 0..STEPS {
            if random.below(4) == 0 {
                let Some(reopened) = open(&stage).await else { return };
                tail = reopened;
            }
            if random.below(8) == 0 {
                drop(self.repair(&stage, &mut tail).await);
            } else {
                self.take(&stage, &mut tail, random).await;
            }
        }
    }

    /// A function begins where Kafka's committed offset is, a process after its chain's end, and both may be given records
    /// that they had before.
    async fn take(&self, stage: &Stage, tail: &mut CommitChain, random: &mut Random) {
        let next =
            if random.below(2) == 0 { self.acknowledged.get() } else { tail.last().unwrap_or(-1) }
                + 1;
        let begin =
            if random.below(2) == 0 { next } else { offset(random.below(position(next) + 1)) };
        let end = RECORDS.min(begin + 1 + offset(random.below(BATCH_MAX)));
        if begin >= end {
            return;
        }
        if self.gives_up && random.below(6) == 0 {
            self.give_up(begin..end);
            return;
        }
        for _ in 0..TRIES {
            match stage.stage(tail, &self.records(begin..end)).await {
                Ok(last) => {
                    let last = last.unwrap_or(-1);
                    assert!(last + 1 >= end, "{}: not all was taken", self.number);
                    return self.acknowledge(last);
                }
                Err(error) => assert!(error.passes(), "{}: {error}", self.number),
            }
        }
    }

    fn acknowledge(&self, last: i64) {
        self.acknowledged.set(self.acknowledged.get().max(last));
    }

    /// An event source goes on after a batch that has failed too often.
    fn give_up(&self, range: Range<i64>) {
        let mut given_up = self.given_up.take();
        given_up.extend(range.clone());
        self.given_up.set(given_up);
        if range.start <= self.acknowledged.get() + 1 {
            self.acknowledge(range.end - 1);
        }
    }

    async fn repair(&self, stage: &Stage, tail: &mut CommitChain) -> Result<u64, RepairError> {
        let read = async |gap: Gap| Ok(self.records(gap.from..gap.to + 1));
        let repaired = stage.repair(tail, 4, read).await?;
        assert_eq!(repaired.gone, 0, "{}", self.number);
        Ok(repaired.records)
    }

    /// The last record comes after all that was given up, so that the chain can tell of it.
    async fn catch_up(&self) {
        let stage = stage(&Life::healthy(&self.world));
        let mut tail = open(&stage).await.unwrap();
        let rest = self.records(self.acknowledged.get() + 1..RECORDS + 1);
        assert_eq!(stage.stage(&mut tail, &rest).await.unwrap(), Some(RECORDS));
        self.repair(&stage, &mut tail).await.unwrap();
    }

    fn records(&self, range: Range<i64>) -> Vec<Incoming> {
        let read = |at| match self.log.get(position(at)).copied().flatten() {
            Some((record, version)) => incoming(at, &Record { version, ..record.clone() }),
            None => poison(at),
        };
        range.map(read).collect()
    }

    async fn check(&self) {
        let number = self.number;
        let verified = verify(&Life::healthy(&self.world).buckets(), &chain(0)).await;
        let taken: Vec<_> = verified.outcomes().into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(taken, (0..=RECORDS).collect::<Vec<_>>(), "schedule {number}");
        let given_up = self.given_up.take();
        for gap in verified.commits.iter().filter_map(|commit| commit.gap_before) {
            assert!(
                (gap.from..=gap.to).all(|offset| given_up.contains(&offset)),
                "schedule {number}: {gap:?}"
            );
        }
        let mut newest = BTreeMap::new();
        for (record, version) in self.log.iter().flatten() {
            let highest = newest.entry(record.image).or_insert(0);
            *highest = (*highest).max(*version);
        }
        for (image, version) in newest {
            let entries = verified.commits.iter().flat_map(|commit| &commit.records);
            let staged = entries
                .filter(|entry| (entry.subject.image, entry.subject.version) == (image, version));
            let staged = staged.filter(|entry| entry.outcome == Outcome::Staged).count();
            assert_eq!(staged, 1, "schedule {number}: {image} {version}");
        }
    }
}

/// A record of the next version of an image, or of the same again, or one that is no event.
fn announce<'a>(
    originals: &'a [Record],
    versions: &mut BTreeMap<usize, u64>,
    random: &mut Random,
) -> Option<(&'a Record, u64)> {
    let image = random.below(2 * originals.len());
    let record = originals.get(image)?;
    let version = versions.entry(image).or_insert(0);
    if *version == 0 || random.below(3) > 0 {
        *version += 1;
    }
    Some((record, *version))
}

fn stage(life: &Life) -> Stage {
    let buckets = life.buckets();
    let registry = Registry::new(buckets.service());
    Stage::new(buckets, registry, Staging::default())
}

async fn open(stage: &Stage) -> Option<CommitChain> {
    for _ in 0..TRIES {
        match CommitChain::open(stage.feed(), chain(0)).await {
            Ok(opened) => return Some(opened),
            Err(error) => assert!(matches!(error, ChainError::Store(_)), "{error}"),
        }
    }
    None
}

fn offset(position: usize) -> i64 {
    position.try_into().unwrap()
}

fn position(offset: i64) -> usize {
    offset.try_into().unwrap()
}
