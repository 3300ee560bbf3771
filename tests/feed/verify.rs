use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

use aws_lc_rs::digest::{SHA256, digest};
use consumer::{Commit, Gap, Outcome, Repair};
use customer::{Buckets, Chain, ObjectKey};
use data_encoding::HEXLOWER;

/// A chain that kept its promises.
pub(crate) struct Verified {
    pub(crate) commits: Vec<Commit>,
    /// Members of all segments by name.
    pub(crate) members: BTreeMap<String, Vec<u8>>,
    /// The segments' tars in order.
    pub(crate) segments: Vec<Vec<u8>>,
}

impl Verified {
    /// Offsets and outcomes in order; rejects by their reason.
    pub(crate) fn outcomes(&self) -> Vec<(i64, String)> {
        let mut outcomes: Vec<_> = self.commits.iter().flat_map(of).collect();
        outcomes.sort();
        outcomes
    }
}

/// Reads the chain of a partition and panics where it breaks a promise: numbers without holes,
/// linked by hash, offsets ascending and each once, segments whole and holding what is staged.
pub(crate) async fn verify(buckets: &Buckets, chain: &Chain) -> Verified {
    let feed = buckets.feed();
    let mut verified =
        Verified { commits: Vec::new(), members: BTreeMap::new(), segments: Vec::new() };
    let mut previous: Option<String> = None;
    let mut cover = Cover::default();
    // First: a chain may grow while it is read.
    let listed = feed.list_all(&ObjectKey::commits_of(chain)).await.unwrap().len();
    for seq in 0.. {
        let key = ObjectKey::Commit { chain: chain.clone(), seq };
        let Some(object) = feed.get(&key).await.unwrap() else { break };
        let commit: Commit = serde_json::from_slice(&object.bytes).unwrap();
        assert_eq!((&commit.chain, commit.seq), (chain, seq));
        assert_eq!(commit.prev_sha256, previous);
        cover.pass(&commit);
        if let Some(segment) = &commit.segment {
            let name = ObjectKey::Segment {
                chain: chain.clone(),
                first: commit.first,
                last: commit.last,
                sha256: segment.sha256.clone(),
            };
            assert_eq!(segment.key, name.to_string());
            let tar = feed.get(&name).await.unwrap().unwrap().bytes.to_vec();
            assert_eq!((sha256(&tar), tar.len()), (segment.sha256.clone(), segment.bytes));
            check_segment(&commit, &tar, &mut verified.members);
            verified.segments.push(tar);
        } else {
            assert!(commit.records.iter().all(|entry| entry.outcome != Outcome::Staged));
        }
        previous = Some(sha256(&object.bytes));
        verified.commits.push(commit);
    }
    assert!(listed <= verified.commits.len(), "no commit beyond a hole");
    verified
}

fn of(commit: &Commit) -> Vec<(i64, String)> {
    let word = |outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned();
    let records = commit.records.iter().map(|entry| (entry.offset, word(entry.outcome)));
    let rejected = commit.rejected.iter().map(|one| (one.offset, one.reason.clone()));
    records.chain(rejected).collect()
}

/// Where the chain has come to, and what it has left out.
#[derive(Default)]
struct Cover {
    reached: Option<i64>,
    missing: BTreeSet<i64>,
}

impl Cover {
    fn pass(&mut self, commit: &Commit) {
        let mut offsets: Vec<_> = of(commit).into_iter().map(|(offset, _)| offset).collect();
        assert_eq!(offsets.len(), commit.count);
        offsets.sort_unstable();
        assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]), "an offset twice: {offsets:?}");
        assert_eq!((offsets.first(), offsets.last()), (Some(&commit.first), Some(&commit.last)));
        let next = self.reached.map_or(0, |reached| reached + 1);
        if let Some(Repair { filled, reached }) = commit.repair {
            assert_eq!((commit.gap_before, Some(reached)), (None, self.reached));
            assert!(filled.from <= commit.first && commit.last <= filled.to);
            let filling = filled.from..=filled.to;
            assert!(
                filling.clone().all(|offset| self.missing.remove(&offset)),
                "{filling:?} was not missing"
            );
            return;
        }
        let gap = (commit.first > next).then_some(Gap { from: next, to: commit.first - 1 });
        assert_eq!(commit.gap_before, gap, "{} follows on {next}", commit.first);
        assert!(commit.first >= next);
        self.missing.extend(next..commit.first);
        self.reached = Some(commit.last);
    }
}

fn check_segment(commit: &Commit, tar: &[u8], members: &mut BTreeMap<String, Vec<u8>>) {
    let mut archive = tar::Archive::new(tar);
    let names: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            assert!(members.insert(name.clone(), bytes).is_none(), "{name} is staged twice");
            name
        })
        .collect();
    let staged = commit.records.iter().filter(|entry| entry.outcome == Outcome::Staged);
    let expected: Vec<_> = staged
        .flat_map(|entry| {
            let subject = &entry.subject;
            let key = format!("{}-{}-{}", subject.customer, subject.image, subject.version);
            [format!("{key}.jpg"), format!("{key}.json")]
        })
        .collect();
    assert_eq!(names, expected);
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA256, bytes).as_ref())
}
