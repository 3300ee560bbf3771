use customer::Consent;
use futures::{StreamExt, stream};
use http::StatusCode;

use crate::{
    operation::{Happened, Operation},
    picture::Picture,
    service::{Answer, Ground},
    whole,
    wire::{Fault, Meets},
};

const AT_ONCE: usize = 16;
/// Pictures from this number on are those of operations without faults.
const UNDISTURBED: u32 = 100_000;

/// One operation on one picture, with one fault, by a service that has just started.
#[derive(Clone, Copy, Debug)]
struct Case {
    number: u32,
    operation: Operation,
    fault: Fault,
    meets: Meets,
    /// Whether the client asks again when it is answered with an error.
    repeats: bool,
}

/// What became of a case.
struct Outcome {
    case: Case,
    picture: Picture,
    answer: Answer,
    happened: Happened,
}

/// An operation that was answered with success has happened, wholly; one that was answered with an
/// error has happened wholly or not at all, and happens when it is asked for again. Everything that
/// happened is announced by the next sweep.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_a_request_no_change_is_lost_or_half_done() {
    let ground = Ground::prepare(7).await;
    let mut cases = Vec::new();
    for operation in Operation::ALL {
        let requests = undisturbed(&ground, operation).await;
        add_cases(&mut cases, operation, requests);
    }
    let outcomes = stream::iter(cases).map(|case| run(&ground, case)).buffer_unordered(AT_ONCE);
    let outcomes: Vec<_> = outcomes.collect().await;
    swept_and_compared(&ground, &outcomes).await;

    let failed = |outcome: &&Outcome| !outcome.answer.status.is_success();
    let done_all_the_same = |outcome: &&Outcome| outcome.happened == Happened::Wholly;
    let failed: Vec<_> = outcomes.iter().filter(failed).collect();
    assert!(failed.len() > outcomes.len() / 3, "faults reach the client");
    assert!(failed.len() < outcomes.len(), "faults are overcome");
    let given_up: Vec<_> = failed.iter().filter(|outcome| !outcome.case.repeats).collect();
    let half = given_up.iter().filter(|outcome| done_all_the_same(outcome)).count();
    assert!(half > 0 && half < given_up.len(), "an error leaves it open what happened");
}

/// How many requests the operation takes.
async fn undisturbed(ground: &Ground, operation: Operation) -> usize {
    let picture = Picture::numbered(UNDISTURBED + operation as u32);
    if operation != Operation::Upload {
        let uploaded = ground.start_service().send(Operation::Upload, &picture).await;
        assert_eq!(uploaded.status, StatusCode::CREATED);
    }
    let service = ground.start_service();
    let answer = service.send(operation, &picture).await;
    assert!(answer.status.is_success(), "{answer:?}");
    service.wire.count()
}

fn add_cases(cases: &mut Vec<Case>, operation: Operation, requests: usize) {
    for request in 1..=requests {
        for fault in Fault::ALL {
            let kinds = [
                (Meets::Only(request), true),
                (Meets::From(request), true),
                (Meets::From(request), false),
            ];
            for (meets, repeats) in kinds {
                let number = cases.len().try_into().unwrap();
                cases.push(Case { number, operation, fault, meets, repeats });
            }
        }
    }
}

async fn run(ground: &Ground, case: Case) -> Outcome {
    let picture = Picture::numbered(case.number);
    let operation = case.operation;
    if operation != Operation::Upload {
        let uploaded = ground.start_service().send(Operation::Upload, &picture).await;
        assert_eq!(uploaded.status, StatusCode::CREATED, "{case:?}: {uploaded:?}");
    }
    let service = ground.start_service();
    service.wire.disturb(case.fault, case.meets);
    let answer = service.send(operation, &picture).await;
    service.wire.heal();
    let mut must_have_happened = answer.status.is_success();
    if !must_have_happened {
        let told = answer.status;
        let honest = told.is_server_error() || told == StatusCode::PRECONDITION_FAILED;
        assert!(honest, "{case:?}: {answer:?}");
        if case.repeats {
            let again = service.send(operation, &picture).await;
            assert!(again.status.is_success(), "{case:?}: {again:?} after {answer:?}");
            must_have_happened = true;
        }
    }
    service.wire.deliver().await;
    let shown = service.show(&picture).await;
    let happened = operation.happened(shown.status, &shown.json);
    assert!(happened == Happened::Wholly || !must_have_happened, "{case:?}: {shown:?}");
    Outcome { case, picture, answer, happened }
}

async fn swept_and_compared(ground: &Ground, outcomes: &[Outcome]) {
    let service = ground.start_service();
    assert_eq!(service.sweep().await.failed, 0);
    assert_eq!(service.sweep_leftovers().await.failed, 0);
    let bucket = service.bucket().await;
    let pictures = outcomes.iter().map(|outcome| &outcome.picture);
    let records = whole::check(&bucket, pictures).await;
    let announced = ground.topic.newest();
    for Outcome { case, picture, happened, .. } in outcomes {
        let record = records.get(&picture.image);
        let found = record.map_or(Happened::Not, |record| case.operation.happened_to(record));
        assert_eq!(found, *happened, "{case:?}");
        assert!(record.is_none_or(|record| record.consent == Consent::Training), "{case:?}");
        assert_eq!(announced.get(&picture.image), record, "{case:?}");
    }
}
