use tests::{Program, kafka::broker};

/// What the verb says, and whether it is content.
fn topics(verb: &str, brokers: &str, options: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(Program::binary())
        .args(["topics", verb, "--kafka-brokers", brokers])
        .envs([("KAFKA_REPLICAS", "1"), ("KAFKA_INSYNC_REPLICAS_MIN", "1")])
        .args(options)
        .output()
        .unwrap();
    let [printed, log] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), printed + &log)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_is_made_once_and_what_is_wrong_with_it_is_said() {
    if !tests::kafka::is_apache() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let broker = local::kafka::Broker::start(broker(folder.path())).await.unwrap();
    let brokers = broker.address();

    let (code, told) = topics("check", &brokers, &[]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("Kafka has no topic 'images'; make it with: darkroom topics create"),
        "{told}"
    );
    let made = topics("create", &brokers, &["--partitions=3", "--retention-hours=24"]);
    let sound = "topic 'images' is as it should be\n";
    assert_eq!(made, (Some(0), format!("made topic 'images'\n{sound}")));
    // What is there stays as it is.
    let again = topics("create", &brokers, &["--partitions=2", "--retention-hours=12"]);
    assert_eq!(again, (Some(0), format!("topic 'images' was there\n{sound}")));

    let options = ["--partitions=4", "--retention-hours=25", "--message-bytes-max=2000000"];
    let expected = "partitions is 3, expected at least 4\n\
        retention.ms is 86400000, expected at least 90000000\n\
        max.message.bytes is 1048588, expected at least 2000000\n";
    assert_eq!(topics("check", &brokers, &options), (Some(1), expected.to_owned()));
    let options =
        ["--partitions=3", "--retention-hours=24", "--replicas=3", "--insync-replicas-min=2"];
    let expected = "replication.factor is 1, expected at least 3\n\
        min.insync.replicas is 1, expected at least 2\n";
    assert_eq!(topics("check", &brokers, &options), (Some(1), expected.to_owned()));

    for (options, sentence) in [
        (["--replicas=2", "--insync-replicas-min=3"], "3 of 2 replicas must have a message"),
        (["--partitions=0", "--retention-hours=1"], "0 partitions"),
        (["--message-bytes-max=1000", "--partitions=1"], "messages of 1000 bytes at most"),
    ] {
        let (code, told) = topics("create", &brokers, &options);
        assert!(code == Some(1) && told.contains(sentence), "{told}");
    }
    drop(broker);
    let (code, told) = topics("check", &brokers, &[]);
    assert!(code == Some(1) && told.contains("Kafka did not answer"), "{told}");
}
