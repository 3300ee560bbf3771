use customer::{ObjectKey, Original, UploadId};

use crate::{
    machine::bucket_of,
    town::{PHOTOS, Town},
    trespass::{is_refused, is_refused_at, presigned, works_at_home},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_customer_is_refused_everything_elsewhere() {
    let town = Town::start().await;
    town.staged().await;
    let Town { machine, services, beta, .. } = town;
    let acme = services.of(&machine.registered("acme").await).await;
    works_at_home(&acme).await;
    for bucket in Town::others() {
        let before = machine.objects(&bucket).await;
        let there = acme.elsewhere(&bucket);
        is_refused(&there, &beta).await;
        for name in before.keys() {
            there.delete_named(name).await.unwrap_err();
        }
        for key in [ObjectKey::Record(beta.image), ObjectKey::Incoming(UploadId::random())] {
            assert_eq!(presigned(&there, &key).await, 403, "{key} in {bucket}");
        }
        assert_eq!(machine.objects(&bucket).await, before, "{bucket} is as it was");
    }
    let own = ObjectKey::Incoming(UploadId::random());
    assert_eq!(presigned(&acme, &own).await, 200, "an address in its own bucket works");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_services_opens_no_customers_bucket() {
    let Town { machine, services, beta, .. } = Town::start().await;
    let key = services.service();
    let settings = ObjectKey::Customer(beta.customer.clone());
    assert!(key.get(&settings).await.unwrap().is_some(), "it opens the service's");
    for bucket in [bucket_of("beta"), bucket_of("acme"), PHOTOS.to_owned()] {
        let before = machine.objects(&bucket).await;
        is_refused(&key.elsewhere(&bucket), &beta).await;
        assert_eq!(machine.objects(&bucket).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_its_own_bucket_a_session_reaches_our_prefixes_and_only_reads_sources() {
    let Town { machine, services, beta, .. } = Town::start().await;
    let gamma = services.of(&machine.registered("gamma").await).await;
    works_at_home(&gamma).await;
    let before = machine.objects(PHOTOS).await;
    let original = |name: &str| Original { key: name.to_owned(), etag: before[name].0.clone() };

    is_refused_at(&gamma, &beta.in_services()).await;
    gamma.original(&original("private/salaries.txt")).await.unwrap_err();
    gamma.list("private/", None, 1).await.unwrap_err();
    gamma.delete_named("private/salaries.txt").await.unwrap_err();

    let source = "photos/cat.jpg";
    assert_eq!(gamma.original(&original(source)).await.unwrap().bytes, source);
    let listed = gamma.list_all("photos/").await.unwrap();
    assert_eq!(listed.iter().map(|found| &found.key).collect::<Vec<_>>(), [source]);
    gamma.delete_named(source).await.unwrap_err();
    assert_eq!(machine.objects(PHOTOS).await, before);
}
