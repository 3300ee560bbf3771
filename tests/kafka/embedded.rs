use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use tests::Program;

/// Killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// As docs/kafka.md has it: nothing said of jars, and the data folder where the user stands.
#[tokio::test(flavor = "multi_thread")]
async fn apache_kafka_comes_with_one_option_wherever_the_user_stands() {
    if !tests::kafka::is_apache() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let darkroom = |arguments: &[&str]| {
        let mut command = Command::new(Program::binary());
        command.current_dir(&folder).args(arguments);
        command
    };
    let mut up =
        darkroom(&["up", "--kafka", "apache", "--port=0", "--demo-password=Demo-password-1"]);
    let mut running = Running(up.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("Darkroom is ready at ")));
    let mut check = darkroom(&["topics", "check", "--partitions=4", "--replicas=1"]);
    let told = check.arg("--insync-replicas-min=1").output().unwrap();
    assert_eq!(String::from_utf8(told.stdout).unwrap(), "topic 'images' is as it should be\n");
    assert!(folder.path().join("data/kafka/broker/log/meta.properties").is_file());
}
