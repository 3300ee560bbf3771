use std::sync::{Mutex, MutexGuard, PoisonError};

use customer::ImageId;
use http::Method;
use tests::Killer;

/// Stands before S3 and Kafka, counts the requests that an operation consists of, and kills the
/// program before the n-th gets through.
#[derive(Debug, Default)]
pub(crate) struct Trap(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    victim: Option<Killer>,
    armed: Option<Armed>,
    /// What a dead program had sent arrives nowhere.
    is_shut: bool,
}

#[derive(Debug)]
struct Armed {
    image: String,
    kill_at: usize,
    passed: Vec<String>,
    killed_before: Option<String>,
}

/// A request on its way.
#[derive(Debug)]
pub(crate) enum Arriving<'a> {
    S3(&'a Method, &'a str),
    Kafka(KafkaRequest),
}

/// What matters to an operation among the requests of Kafka's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KafkaRequest {
    Produce,
    OffsetCommit,
    Other,
}

/// How far an operation got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Going,
    KilledBefore(String),
    /// Kafka knows that the feed has it: there is nothing more to do.
    Done,
}

impl Trap {
    /// Lets everything through, as it does at first.
    pub(crate) fn open(&self) {
        *self.state() = State::default();
    }

    /// Whom to kill.
    pub(crate) fn watch(&self, victim: Killer) {
        self.state().victim = Some(victim);
    }

    /// Kills before the `kill_at`-th request from now on, counted from 1, that matters to `image`.
    pub(crate) fn arm(&self, image: ImageId, kill_at: usize) {
        let (image, passed) = (image.to_string(), Vec::new());
        self.state().armed = Some(Armed { image, kill_at, passed, killed_before: None });
    }

    pub(crate) fn disarm(&self) {
        self.state().armed = None;
    }

    pub(crate) fn progress(&self) -> Progress {
        let state = self.state();
        let armed = state.armed.as_ref().unwrap();
        match (&armed.killed_before, armed.passed.last()) {
            (Some(request), _) => Progress::KilledBefore(request.clone()),
            (None, Some(last)) if last == "OffsetCommit" => Progress::Done,
            (None, _) => Progress::Going,
        }
    }

    /// Whether the request may go on to where it was sent.
    pub(crate) fn lets_pass(&self, request: &Arriving<'_>) -> bool {
        let mut state = self.state();
        let State { victim, armed, is_shut } = &mut *state;
        if let (Some(armed), false) = (armed, *is_shut)
            && let Some(name) = armed.name_of(request)
        {
            if armed.passed.len() + 1 == armed.kill_at {
                victim.as_ref().unwrap().kill();
                armed.killed_before = Some(name);
                *is_shut = true;
            } else {
                armed.passed.push(name);
            }
        }
        !*is_shut
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    /// What to call a request that matters; `None` for all others.
    fn name_of(&self, request: &Arriving<'_>) -> Option<String> {
        match request {
            Arriving::S3(method, path) => {
                let folder = path.split('/').nth(2)?;
                let of_feed = *method == Method::PUT && ["segments", "commits"].contains(&folder);
                (of_feed || path.contains(&self.image)).then(|| format!("{method} {folder}/…"))
            }
            Arriving::Kafka(KafkaRequest::Produce) => Some("Produce".to_owned()),
            // One that follows no commit is about an earlier image.
            Arriving::Kafka(KafkaRequest::OffsetCommit) => {
                let committed = self.passed.iter().any(|passed| passed == "PUT commits/…");
                committed.then(|| "OffsetCommit".to_owned())
            }
            Arriving::Kafka(KafkaRequest::Other) => None,
        }
    }
}
