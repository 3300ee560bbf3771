use serde_json::{Value, json};

use crate::machine::{Machine, SERVICE_BUCKET, bucket_of};

#[tokio::test(flavor = "multi_thread")]
async fn what_add_and_set_say_is_what_show_shows_but_for_the_secrets() {
    let machine = Machine::start().await;
    let given = [
        "--retention-days=30",
        "--limit=source_pixels_max=20000000",
        "--preset=card=w=400&fit=crop",
        "--endpoint=mean",
    ];
    machine.darkroom.verb(&[&["customer", "add", "acme"], &given[..]].concat());
    let added = shown(&machine, "acme");
    let kid = added["edge_keys"][0]["kid"].clone();
    let expected = json!({
        "customer": "acme",
        "bucket": bucket_of("acme"),
        "status": "active",
        "default_consent": "none",
        "retention": {"days": 30},
        "edge_keys": [{"kid": kid, "secret": "hidden"}],
        "endpoints": ["mean"],
        "presets": {"card": "w=400&fit=crop"},
        "limits": {"source_pixels_max": 20_000_000},
    });
    assert_eq!(added, expected);

    let changes = [
        "--default-consent=training",
        "--retention-days=0",
        "--limit=renditions_max=9",
        "--source=photos/,scans/",
    ];
    machine.darkroom.verb(&[&["customer", "set", "acme"], &changes[..]].concat());
    let mut changed = expected;
    changed["default_consent"] = json!("training");
    changed["retention"] = json!({"days": 0});
    changed["limits"]["renditions_max"] = json!(9);
    changed["sources"] = json!(["photos/", "scans/"]);
    assert_eq!(shown(&machine, "acme"), changed);

    let listed = machine.darkroom.verb(&["customer", "list"]);
    let [acme, demo] = ["acme", "demo"].map(|name| format!("{name}  active  {}", bucket_of(name)));
    assert_eq!(listed, format!("{acme}\n{demo}\n"));
}

fn shown(machine: &Machine, name: &str) -> Value {
    serde_json::from_str(&machine.darkroom.verb(&["customer", "show", name])).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn show_and_rotate_print_no_secret() {
    let machine = Machine::start().await;
    machine.s3.create_bucket().bucket("photos").send().await.unwrap();
    machine.darkroom.verb(&["customer", "add", "acme", "--bucket", "photos"]);
    let before = machine.registered("acme").await;
    let rotated = machine.darkroom.verb(&["customer", "key", "rotate", "acme"]);
    let printed = machine.darkroom.verb(&["customer", "show", "acme"]) + &rotated;
    let acme = machine.registered("acme").await;
    assert_eq!(acme.edge_keys.len(), 2);
    assert_eq!(acme.edge_keys[1], before.edge_keys[0], "the older one stays good");
    let external_id = acme.role.clone().unwrap().external_id;
    for key in &acme.edge_keys {
        assert!(printed.contains(&key.kid), "{printed}");
        assert!(!printed.contains(&key.secret), "{printed}");
    }
    assert!(!printed.contains(&external_id), "{printed}");
    assert!(printed.contains(&acme.role.unwrap().arn), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_tells_line_by_line_what_is_missing() {
    let machine = Machine::start().await;
    machine.s3.create_bucket().bucket("photos").send().await.unwrap();
    let add = ["customer", "add", "acme", "--bucket", "photos", "--source", "scans/"];
    machine.darkroom.verb(&add);
    let expected = [
        "ok       the customer is active",
        "ok       1 of 2 keys in use",
        "MISSING  0 users: darkroom user add invites the first",
        "ok       write to bucket photos",
        "ok       read from it",
        "ok       list it",
        "ok       delete from it",
        "ok       tell a missing object from a forbidden one",
        "ok       create once",
        "ok       a second creation is refused",
        "ok       a change of another version is refused",
        "ok       deletion of another version is refused",
        "ok       list the customer's own scans/",
        "ok       the bucket of demo stays closed",
        "ok       S3 tells of uploads",
    ];
    assert_eq!(checked(&machine), (Some(1), lines(&expected)));

    machine.user("acme", "viewer").await;
    let complete = expected.map(|line| line.replace(expected[2], "ok       1 users"));
    assert_eq!(checked(&machine), (Some(0), lines(&complete)));
    assert_eq!(machine.names("photos").await.unwrap(), [""; 0], "it leaves nothing behind");

    machine.darkroom.verb(&["customer", "suspend", "acme"]);
    machine.s3.delete_bucket().bucket("photos").send().await.unwrap();
    let (code, printed) = checked(&machine);
    assert_eq!(code, Some(1));
    let missing: Vec<_> = printed.lines().filter(|line| line.starts_with("MISSING")).collect();
    let suspended = "MISSING  the customer is active: darkroom customer resume lets its users in";
    assert!(missing.contains(&suspended), "{printed}");
    assert!(missing.iter().any(|line| line.contains("write to bucket photos")), "{printed}");
}

/// How `check` ends, and what it prints.
fn checked(machine: &Machine) -> (Option<i32>, String) {
    let ended = machine.darkroom.attempt(&["customer", "check", "acme"]);
    (ended.code, ended.printed)
}

fn lines(lines: &[impl AsRef<str>]) -> String {
    lines.iter().flat_map(|line| [line.as_ref(), "\n"]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let machine = Machine::start().await;
    machine.s3.create_bucket().bucket("photos").send().await.unwrap();
    machine.darkroom.verb(&["customer", "add", "acme", "--bucket", "photos"]);
    let demo = bucket_of("demo");
    let before = machine.objects(SERVICE_BUCKET).await;
    for (arguments, sentence) in [
        (vec!["customer", "add", "acme"], "customer 'acme' exists already"),
        (vec!["customer", "add", "Acme"], "a customer's name is"),
        (
            vec!["customer", "add", "beta", "--bucket", "photos"],
            "bucket 'photos' belongs to another customer",
        ),
        (vec!["customer", "add", "beta", "--bucket", &demo], "one of Darkroom's own buckets"),
        (
            vec!["customer", "add", "beta", "--bucket", "darkroom-feed"],
            "one of Darkroom's own buckets",
        ),
        (vec!["customer", "set", "nobody", "--retention-days=1"], "there is no customer 'nobody'"),
        (vec!["customer", "set", "acme", "--limit=pixels=9"], "there is no limit 'pixels'"),
        (vec!["customer", "set", "acme", "--source=records/"], "a source is a prefix of"),
        (vec!["customer", "show", "nobody"], "there is no customer 'nobody'"),
        (vec!["customer", "suspend", "nobody"], "there is no customer 'nobody'"),
        (vec!["customer", "key", "rotate", "nobody"], "there is no customer 'nobody'"),
        (vec!["customer", "remove", "acme"], "say --yes"),
        (vec!["customer", "remove", "nobody", "--yes"], "there is no customer 'nobody'"),
        (vec!["user", "add", "a@b.example", "--customer=nobody"], "there is no customer 'nobody'"),
        (vec!["user", "add", "a@b.example", "--role=viewer"], "--customer"),
        (vec!["import", "photos/", "--customer=acme"], "under none of the customer's sources"),
    ] {
        let ended = machine.darkroom.attempt(&arguments);
        assert_ne!(ended.code, Some(0), "{arguments:?}");
        assert!(ended.log.contains(sentence), "{arguments:?}: {}", ended.log);
    }
    assert_eq!(machine.objects(SERVICE_BUCKET).await, before);
}
