use std::{
    path::{Path, PathBuf},
    process::Command,
};

use local::kafka::{Broker, BrokerSettings};
use reqwest::StatusCode;
use tempfile::TempDir;
use tests::{Program, client::read};

const USER: &str = "darkroom";
const PASSWORD: &str = "correct-horse";

/// An authority, a certificate for the broker and one for its client, made by OpenSSL.
struct Certificates(TempDir);

impl Certificates {
    fn new() -> Self {
        let certificates = Self(tempfile::tempdir().unwrap());
        let subject =
            ["-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem"];
        certificates.openssl(
            &[&["req", "-x509", "-nodes", "-days", "2", "-newkey", "rsa:2048"][..], &subject]
                .concat(),
        );
        for name in ["broker", "client"] {
            certificates.sign(name);
        }
        certificates
    }

    fn sign(&self, name: &str) {
        let [key, request, certificate, both] =
            ["key", "csr", "pem", "both.pem"].map(|extension| format!("{name}.{extension}"));
        let subject = format!("/CN={name}");
        self.openssl(&[
            "req", "-nodes", "-newkey", "rsa:2048", "-subj", &subject, "-keyout", &key, "-out",
            &request,
        ]);
        std::fs::write(self.path("san"), "subjectAltName=IP:127.0.0.1").unwrap();
        self.openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            &request,
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-CAcreateserial",
            "-extfile",
            "san",
            "-out",
            &certificate,
        ]);
        let [key, certificate] =
            [key, certificate].map(|file| std::fs::read_to_string(self.path(&file)).unwrap());
        std::fs::write(self.path(&both), key + &certificate).unwrap();
    }

    fn openssl(&self, arguments: &[&str]) {
        let output =
            Command::new("openssl").current_dir(self.0.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn text(&self, file: &str) -> String {
        self.path(file).to_str().unwrap().to_owned()
    }

    /// What makes a broker show its certificate.
    fn properties(&self) -> Vec<String> {
        vec![
            "ssl.keystore.type=PEM".to_owned(),
            format!("ssl.keystore.location={}", self.text("broker.both.pem")),
            "ssl.truststore.type=PEM".to_owned(),
            format!("ssl.truststore.location={}", self.text("authority.pem")),
        ]
    }

    fn trusted(&self) -> (&'static str, String) {
        ("KAFKA_SSL_CA_LOCATION", self.text("authority.pem"))
    }
}

async fn start(folder: &Path, protocol: &'static str, properties: Vec<String>) -> Broker {
    let settings = tests::kafka::broker(folder);
    let user = Some((USER.to_owned(), PASSWORD.to_owned()));
    Broker::start(BrokerSettings { protocol, properties, user, ..settings }).await.unwrap()
}

type Variables<'a> = &'a [(&'static str, String)];

fn topics(verb: &str, broker: &Broker, variables: Variables<'_>) -> (Option<i32>, String) {
    let output = Command::new(Program::binary())
        .args(["topics", verb, "--kafka-brokers", &broker.address()])
        .args(["--partitions=2", "--replicas=1", "--insync-replicas-min=1"])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let [printed, log] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), printed + &log)
}

fn named(mechanism: &str, password: &str) -> [(&'static str, String); 3] {
    [
        ("KAFKA_SASL_MECHANISM", mechanism.to_owned()),
        ("KAFKA_SASL_USERNAME", USER.to_owned()),
        ("KAFKA_SASL_PASSWORD", password.to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_wants_tls_and_a_password_gets_both_from_producer_and_consumer() {
    if !tests::kafka::is_apache() {
        return;
    }
    let (folder, certificates) = (tempfile::tempdir().unwrap(), Certificates::new());
    let mut properties = certificates.properties();
    let jaas = "listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required";
    properties.extend([
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512".to_owned(),
        format!("{jaas} user_{USER}=\"{PASSWORD}\";"),
        "listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;".to_owned(),
    ]);
    let broker = start(folder.path(), "SASL_SSL", properties).await;
    let protocol = ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL".to_owned());
    let secured = |mechanism, password| {
        let mut variables = vec![protocol.clone(), certificates.trusted()];
        variables.extend(named(mechanism, password));
        variables
    };
    let (code, told) = topics("create", &broker, &secured("SCRAM-SHA-512", PASSWORD));
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = topics("check", &broker, &secured("PLAIN", PASSWORD));
    assert_eq!(code, Some(0), "{told}");

    let data = tempfile::tempdir().unwrap();
    let variables = secured("SCRAM-SHA-512", PASSWORD);
    let options =
        ["--kafka-brokers", &broker.address(), "--demo-password", tests::darkroom::PASSWORD];
    staged(&data.path().join("data"), &options, &variables).await;

    for variables in [
        secured("SCRAM-SHA-512", "wrong"),
        secured("PLAIN", "wrong"),
        // A broker whose certificate nobody vouches for.
        [&[protocol.clone()][..], &named("PLAIN", PASSWORD)].concat(),
        Vec::new(),
    ] {
        let (code, told) = topics("check", &broker, &variables);
        assert!(
            code == Some(1) && told.contains("Kafka did not answer: "),
            "{variables:?}: {told}"
        );
        assert!(!told.contains(PASSWORD), "{told}");
    }
}

/// A photograph goes from the API to a segment.
async fn staged(data: &Path, options: &[&str], variables: Variables<'_>) {
    let program = Program::start(data, "0", options, variables);
    let http = reqwest::Client::new();
    let body =
        serde_json::json!({"username": "demo@example.com", "password": tests::darkroom::PASSWORD});
    let answer = http.post(format!("{}/v1/session", program.url)).json(&body).send().await.unwrap();
    let token =
        answer.json::<serde_json::Value>().await.unwrap()["id_token"].as_str().unwrap().to_owned();
    let url = format!("{}/v1/images?consent=training", program.url);
    let upload = http.post(url).bearer_auth(&token).body(read("images/small-1.jpg"));
    let answer = upload.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let image: serde_json::Value = answer.json().await.unwrap();
    let url = format!("{}/v1/images/{}", program.url, image["id"].as_str().unwrap());
    for _ in 0..300 {
        let shown: serde_json::Value =
            http.get(&url).bearer_auth(&token).send().await.unwrap().json().await.unwrap();
        if shown["feed"] == "staged" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("it was not staged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_wants_a_clients_certificate_gets_it() {
    if !tests::kafka::is_apache() {
        return;
    }
    let (folder, certificates) = (tempfile::tempdir().unwrap(), Certificates::new());
    let mut properties = certificates.properties();
    properties.push("listener.name.client.ssl.client.auth=required".to_owned());
    let broker = start(folder.path(), "SSL", properties).await;
    let nobody = [("KAFKA_SECURITY_PROTOCOL", "SSL".to_owned()), certificates.trusted()];
    let own = [
        ("KAFKA_SSL_CERTIFICATE_LOCATION", certificates.text("client.pem")),
        ("KAFKA_SSL_KEY_LOCATION", certificates.text("client.key")),
    ];
    let (code, told) = topics("create", &broker, &[&nobody[..], &own].concat());
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = topics("check", &broker, &nobody);
    assert!(code == Some(1) && told.contains("Kafka did not answer: "), "{told}");
}
