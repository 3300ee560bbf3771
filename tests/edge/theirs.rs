//! boto3 tells our edge, and our code tells moto's CloudFront.

use aws_config::SdkConfig;
use aws_sdk_cloudfront::{
    Client,
    types::{DefaultCacheBehavior, DistributionConfig, Origin, Origins, ViewerProtocolPolicy},
};
use customer::ImageId;
use ingest::{EdgeCache, EdgeConfig};
use serde_json::{Value, json};
use tests::{moto::Moto, python, services::Services};

use crate::machine::{DISTRIBUTION, Machine, id_in};

#[tokio::test(flavor = "multi_thread")]
async fn boto3_has_the_edge_forget_a_tag_and_all_paths_of_a_customer() {
    let machine = Machine::start(&[]).await;
    let images = [machine.upload(1, "public").await, machine.upload(2, "public").await];
    let tag = format!("#i:{}", id_in(&images[0]));
    for (items, outcomes) in [
        (vec![&*tag], ["miss", "hit"]),
        (vec!["/demo/*"], ["miss", "miss"]),
        (vec![&images[1], "/elsewhere/*"], ["hit", "miss"]),
        (vec!["/elsewhere/*", "#c:elsewhere"], ["hit", "hit"]),
        (vec!["#c:demo"], ["miss", "miss"]),
    ] {
        for image in &images {
            machine.anybody(image).await;
        }
        let [line] = invalidate(&machine, &[], [json!([DISTRIBUTION, items.join(""), items])]);
        assert!(line.ends_with(" Completed"), "{line}");
        for (image, came) in images.iter().zip(outcomes) {
            assert_eq!(machine.anybody(image).await.outcome(), (200, came), "{items:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_is_refused_as_cloudfront_refuses() {
    let machine = Machine::start(&[]).await;
    let image = machine.upload(1, "public").await;
    machine.anybody(&image).await;
    let all = |distribution: &str| json!([distribution, "all", ["/*"]]);
    for (variable, code) in [
        ("AWS_SECRET_ACCESS_KEY", "SignatureDoesNotMatch"),
        ("AWS_ACCESS_KEY_ID", "InvalidClientTokenId"),
    ] {
        let [line] = invalidate(&machine, &[(variable, "wrong")], [all(DISTRIBUTION)]);
        assert_eq!(line, format!("refused {code}"), "{variable}");
    }
    let [unknown, not_a_path, nothing] = invalidate(
        &machine,
        &[],
        [
            all("ESOMEBODYELSES"),
            json!([DISTRIBUTION, "half", ["/*", "elsewhere"]]),
            json!([DISTRIBUTION, "nothing", []]),
        ],
    );
    assert_eq!(unknown, "refused NoSuchDistribution");
    assert_eq!(not_a_path, "refused InvalidArgument");
    assert_eq!(nothing, "refused InconsistentQuantities");
    assert_eq!(machine.anybody(&image).await.outcome(), (200, "hit"), "nothing was forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_caller_reference_is_a_retry() {
    let machine = Machine::start(&[]).await;
    let one = json!([DISTRIBUTION, "reference", ["/demo/*"]]);
    let another = json!([DISTRIBUTION, "reference", ["/other/*"]]);
    let later = json!([DISTRIBUTION, "another reference", ["/demo/*"]]);
    let [made, retried, refused, other] =
        invalidate(&machine, &[], [one.clone(), one, another, later]);
    assert_eq!(made, retried);
    assert_eq!(refused, "refused InvalidArgument");
    assert_ne!(made, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_calls_are_what_another_cloudfront_takes() {
    let Some(moto) = Moto::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let sdk = Services::start(folder.path()).await.sdk().await;
    let sdk = sdk.to_builder().endpoint_url(&moto.endpoint).build();
    let (client, distribution) = distribution(&sdk).await;
    let edge = |distribution: &str| EdgeConfig {
        distribution: distribution.to_owned(),
        endpoint: Some(moto.endpoint.clone()),
    };
    let sdk = sdk.to_builder().endpoint_url("http://127.0.0.1:1").build();
    let edge_cache = EdgeCache::new(&sdk, Some(edge(&distribution)));
    let image = ImageId::of(b"an image").0;
    edge_cache.forget_image(image).await.unwrap();
    edge_cache.forget_customer(&"acme".parse().unwrap()).await.unwrap();
    let mut items = items(&client, &distribution).await;
    items.sort();
    assert_eq!(items, ["#c:acme".to_owned(), format!("#i:{image}")]);
    let nowhere = EdgeCache::new(&sdk, Some(edge("ENOWHERE")));
    let error = nowhere.forget_image(image).await.unwrap_err();
    assert!(format!("{error:?}").contains("NoSuchDistribution"), "{error:?}");
}

/// Runs `invalidate.py` with the machine's own environment, changed as `changed` says.
fn invalidate<const N: usize>(
    machine: &Machine,
    changed: &[(&str, &str)],
    batches: [Value; N],
) -> [String; N] {
    let mut command = python::command("invalidate.py");
    command.envs(machine.darkroom.environment()).envs(changed.iter().copied());
    command.args(batches.map(|batch| batch.to_string()));
    let printed = python::run(command);
    printed.lines().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap()
}

/// A new distribution of moto's.
async fn distribution(sdk: &SdkConfig) -> (Client, String) {
    let client = Client::new(sdk);
    let origin = Origin::builder().id("api").domain_name("api.example").build().unwrap();
    let behaviour = DefaultCacheBehavior::builder()
        .target_origin_id("api")
        .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps);
    let config = DistributionConfig::builder()
        .caller_reference("one")
        .comment("for a test")
        .enabled(true)
        .origins(Origins::builder().quantity(1).items(origin).build().unwrap())
        .default_cache_behavior(behaviour.build().unwrap());
    let config = config.build().unwrap();
    let made = client.create_distribution().distribution_config(config).send().await.unwrap();
    let id = made.distribution.unwrap().id;
    (client, id)
}

/// The items of all invalidations, as CloudFront lists and shows them.
async fn items(client: &Client, distribution: &str) -> Vec<String> {
    let listed = client.list_invalidations().distribution_id(distribution).send().await.unwrap();
    let mut items = Vec::new();
    for summary in listed.invalidation_list.unwrap().items() {
        let get = client.get_invalidation().distribution_id(distribution).id(summary.id());
        let found = get.send().await.unwrap().invalidation.unwrap();
        items.extend(found.invalidation_batch.unwrap().paths.unwrap().items().to_vec());
    }
    items
}
