//! The table of behaviours, and the two servers that it runs against.

use std::future::Future;
use std::pin::Pin;

use tests::moto::Moto;

use crate::backend::{Backend, Embedded};
use crate::{
    conditions, copying, deleting, integrity, keys, listing, multipart, presigned, reading,
};

struct Behaviour {
    name: &'static str,
    run: fn(Backend) -> Pin<Box<dyn Future<Output = ()> + Send>>,
    moto: OnMoto,
}

/// What is known of moto.
enum OnMoto {
    Same,
    /// It does not behave so, and why.
    Differs(&'static str),
    /// It looks and writes in two steps: who comes between them decides.
    Races,
}

macro_rules! behaviours {
    ($($module:ident::$name:ident $($moto:ident $($why:literal)?)?;)*) => {
        &[$(Behaviour {
            name: concat!(stringify!($module), "::", stringify!($name)),
            run: |backend| Box::pin($module::$name(backend)),
            moto: behaviours!(@moto $($moto $($why)?)?),
        }),*]
    };
    (@moto) => { OnMoto::Same };
    (@moto moto_differs $why:literal) => { OnMoto::Differs($why) };
    (@moto moto_races) => { OnMoto::Races };
}

const BEHAVIOURS: &[Behaviour] = behaviours! {
    conditions::of_sixteen_racing_creators_one_wins moto_races;
    conditions::of_sixteen_racing_writers_with_the_same_etag_one_wins moto_races;
    conditions::a_write_that_names_an_etag_needs_it;
    conditions::a_failed_condition_changes_nothing;
    conditions::reads_with_etags_and_dates;
    copying::carries_bytes_and_headers;
    copying::replaces_headers_when_told;
    copying::only_if_the_source_is_the_one_meant moto_differs "does not check the condition on a copy's source";
    copying::only_if_the_destination_is_free moto_differs "ignores If-None-Match of a copy";
    deleting::what_is_gone_is_gone_and_deleting_twice_is_well;
    deleting::many_at_once;
    deleting::by_the_only_version_there_is;
    deleting::a_bucket_only_when_it_is_empty;
    integrity::a_wrong_content_md5_is_refused moto_differs "does not compare Content-MD5 with the body";
    integrity::a_wrong_checksum_is_refused moto_differs "does not compare checksums with the body";
    integrity::checksums_come_back_when_asked_for;
    integrity::headers_and_metadata_come_back;
    keys::one_that_is_the_beginning_of_another;
    keys::segments_of_900_bytes;
    keys::dots_and_slashes_are_part_of_the_name;
    keys::odd_characters_survive_every_operation;
    keys::longer_than_1024_bytes_are_refused moto_differs "takes keys of any length";
    keys::bucket_names_are_checked moto_differs "accepts names that S3 refuses";
    listing::in_pages_without_loss;
    listing::from_somewhere;
    listing::folded_by_a_delimiter;
    listing::of_the_first_version moto_differs "does not count common prefixes against max-keys";
    listing::with_names_encoded;
    multipart::parts_become_one_object;
    multipart::parts_are_listed moto_differs "answers with a root element that the SDK does not read";
    multipart::parts_must_be_named_in_order moto_differs "does not check the order";
    multipart::parts_are_checked_before_they_become_one;
    multipart::completion_can_be_conditional;
    multipart::uploads_are_listed_and_aborted;
    multipart::an_aborted_upload_takes_no_part moto_differs "answers 500";
    multipart::a_part_can_be_copied;
    presigned::puts_and_gets;
    presigned::is_refused_when_it_has_expired moto_differs "does not verify signatures";
    presigned::is_refused_when_it_was_tampered_with moto_differs "does not verify signatures";
    reading::ranges;
    reading::what_is_not_there;
};

#[tokio::test(flavor = "multi_thread")]
async fn embedded() {
    let embedded = Embedded::start().await;
    let mut failed = Vec::new();
    for behaviour in BEHAVIOURS {
        if !holds(behaviour, &embedded.backend).await {
            failed.push(behaviour.name);
        }
    }
    assert!(failed.is_empty(), "the embedded server does not behave so: {failed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn moto() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let backend = Backend::new(moto.endpoint.clone());
    let mut surprises = Vec::new();
    for behaviour in BEHAVIOURS {
        match (holds(behaviour, &backend).await, &behaviour.moto) {
            (true, OnMoto::Same) | (false, OnMoto::Differs(_)) | (_, OnMoto::Races) => {}
            (false, OnMoto::Same) => surprises.push(format!("{} fails", behaviour.name)),
            (true, OnMoto::Differs(why)) => {
                surprises.push(format!("{} holds, although moto {why}", behaviour.name));
            }
        }
    }
    assert!(surprises.is_empty(), "the table is wrong about moto: {surprises:#?}");
}

/// A behaviour that does not hold panics; its message is in the test's output.
async fn holds(behaviour: &Behaviour, backend: &Backend) -> bool {
    tokio::spawn((behaviour.run)(backend.clone())).await.is_ok()
}
