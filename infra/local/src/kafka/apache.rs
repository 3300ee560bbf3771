//! One broker of Apache Kafka, which is its own controller (KRaft), as a process beside this one.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    net::TcpStream,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::jars;

/// A cold start of the JVM on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(90);
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
const ASKED_EVERY: Duration = Duration::from_millis(50);
/// It has to be sixteen bytes in URL-safe base64, and the same at every start.
const CLUSTER_ID: &str = "ZGFya3Jvb20tYnJva2VyLQ";
const LOG: &str = "broker.log";
/// How `setpriv` ends where there is no such program.
const NOT_FOUND: i32 = 127;

/// Where a broker keeps what it has, and how it is reached.
#[derive(Clone, Debug)]
pub struct BrokerSettings {
    /// Of its log; made when it is missing, and outlives a `kill -9`.
    pub folder: PathBuf,
    /// Of its jars; fetched into when they are missing.
    pub jars: PathBuf,
    /// 0: any free one.
    pub port: u16,
    /// How clients' connections are secured: `PLAINTEXT`, `SSL`, `SASL_SSL` or `SASL_PLAINTEXT`.
    pub protocol: &'static str,
    /// Further lines of its configuration.
    pub properties: Vec<String>,
    /// User and password, for SCRAM, made with the folder.
    pub user: Option<(String, String)>,
}

/// A running broker. Killed when dropped, or when this process ends.
#[derive(Debug)]
pub struct Broker {
    port: u16,
    pid: Pid,
    /// Waits for the process, and is its parent.
    waiting: Option<JoinHandle<io::Result<ExitStatus>>>,
}

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum ApacheError {
    #[error(
        "Apache Kafka wants the program {program}, which is missing: apt-get install {package}"
    )]
    Missing { program: &'static str, package: &'static str },
    #[error("Maven could not fetch Apache Kafka: {0}")]
    NotFetched(String),
    #[error("{path} cannot be written")]
    Folder { path: PathBuf, source: io::Error },
    #[error("a process cannot be started")]
    Process(#[source] io::Error),
    #[error("Apache Kafka ended before it was ready; {log} says why")]
    Ended { log: PathBuf },
    #[error("Apache Kafka was not ready within {} seconds; {log} says how far it came", START_TIMEOUT.as_secs())]
    NotReady { log: PathBuf },
    #[error("a task of the process was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

impl BrokerSettings {
    pub fn new(folder: PathBuf, jars: PathBuf) -> Self {
        let (protocol, properties, user) = ("PLAINTEXT", Vec::new(), None);
        Self { folder, jars, port: 0, protocol, properties, user }
    }

    fn written(&self, port: u16) -> String {
        let Self { folder, protocol, properties, .. } = self;
        let (log, properties) = (folder.join("log"), properties.join("\n"));
        // Port 0: only this process speaks to its controller and to itself, so the OS may choose.
        format!(
            "process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{port},BROKER://127.0.0.1:0,CONTROLLER://127.0.0.1:0
listener.security.protocol.map=CLIENT:{protocol},BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:0
log.dirs={}
auto.create.topics.enable=false
# One broker cannot keep three replicas of the offsets, and fifty partitions of them only slow its start.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
# A killed broker is let in again when its old session ends: by default nine seconds later.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# The first consumer need not wait three seconds for a second one.
group.initial.rebalance.delay.ms=0
{properties}
",
            log.display()
        )
    }
}

impl Broker {
    /// Starts a broker and returns when clients can connect.
    pub async fn start(settings: BrokerSettings) -> Result<Self, ApacheError> {
        let log = settings.folder.join(LOG);
        let mut broker = spawn_blocking(move || Self::spawn(&settings)).await??;
        match timeout(START_TIMEOUT, broker.answers()).await {
            Ok(true) => Ok(broker),
            Ok(false) => Err(ApacheError::Ended { log }),
            Err(_) => Err(ApacheError::NotReady { log }),
        }
    }

    /// `host:port` for clients.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Number of its process.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether its process has ended by itself.
    pub fn has_ended(&self) -> bool {
        self.waiting.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// `kill -9`. Returns when the process is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.join();
    }

    /// Lets it write down what it has; kills it when it takes too long.
    pub async fn stop(self) {
        self.signal(Signal::TERM);
        let ended = async {
            while !self.has_ended() {
                sleep(ASKED_EVERY).await;
            }
        };
        if timeout(STOP_TIMEOUT, ended).await.is_err() {
            tracing::warn!("Apache Kafka does not end by itself; killing it");
        }
    }

    fn spawn(settings: &BrokerSettings) -> Result<Self, ApacheError> {
        jars::fetch(&settings.jars)?;
        let BrokerSettings { folder, jars, .. } = settings;
        let written = |source| ApacheError::Folder { path: folder.clone(), source };
        fs::create_dir_all(folder).map_err(written)?;
        let port = if settings.port == 0 { free_port().map_err(written)? } else { settings.port };
        let configuration = folder.join("server.properties");
        fs::write(&configuration, settings.written(port)).map_err(written)?;
        let log = File::create(folder.join(LOG)).map_err(written)?;
        if !folder.join("log/meta.properties").exists() {
            format(settings, &configuration, &log)?;
        }
        let mut command = java(jars, "kafka.Kafka", &log).map_err(written)?;
        command.arg(&configuration);
        let (pid, waiting) = spawn(command)?;
        Ok(Self { port, pid, waiting: Some(waiting) })
    }

    /// Whether it answers, or has ended.
    async fn answers(&mut self) -> bool {
        while !self.has_ended() {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_ok() {
                return true;
            }
            sleep(ASKED_EVERY).await;
        }
        false
    }

    fn signal(&self, signal: Signal) {
        let asked = if self.has_ended() { Ok(()) } else { kill_process(self.pid, signal) };
        if let Err(error) = asked {
            tracing::debug!(%error, "Apache Kafka has just ended");
        }
    }

    fn join(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            drop(waiting.join());
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The kernel is asked to kill a process with the thread that started it, which is more than any
/// clean-up of ours can promise; so a thread starts it and does nothing but wait.
fn spawn(mut command: Command) -> Result<(Pid, JoinHandle<io::Result<ExitStatus>>), ApacheError> {
    let (sender, started) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let mut process = match command.spawn() {
            Ok(process) => process,
            Err(error) => {
                drop(sender.send(Err(error)));
                return Err(io::ErrorKind::NotFound.into());
            }
        };
        drop(sender.send(Ok(Pid::from_child(&process))));
        process.wait()
    });
    let lost = |_| ApacheError::Process(io::ErrorKind::BrokenPipe.into());
    let pid = started.recv().map_err(lost)?.map_err(not_started)?;
    Ok((pid, waiting))
}

fn format(settings: &BrokerSettings, configuration: &Path, log: &File) -> Result<(), ApacheError> {
    let BrokerSettings { folder, jars, user, .. } = settings;
    let mut command = java(jars, "kafka.tools.StorageTool", log)
        .map_err(|source| ApacheError::Folder { path: folder.clone(), source })?;
    command.args(["format", "--standalone", "--cluster-id", CLUSTER_ID, "--config"]);
    command.arg(configuration);
    if let Some((name, password)) = user {
        let user = format!("SCRAM-SHA-512=[name={name},password={password}]");
        command.arg("--add-scram").arg(user);
    }
    let formatted = command.status().map_err(not_started)?;
    match formatted.code() {
        Some(0) => Ok(()),
        Some(NOT_FOUND) => {
            Err(ApacheError::Missing { program: "java", package: "openjdk-17-jre-headless" })
        }
        _ => Err(ApacheError::Ended { log: folder.join(LOG) }),
    }
}

/// A program of Kafka's. `setpriv` has the kernel kill it with whoever started it.
fn java(jars: &Path, main: &str, log: &File) -> io::Result<Command> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "java", "-Xms64m", "-Xmx512m", "-XX:+UseSerialGC"]);
    command.args(["-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN", "-cp"]);
    command.arg(jars.join("*")).arg(main);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
    Ok(command)
}

fn not_started(source: io::Error) -> ApacheError {
    match source.kind() {
        io::ErrorKind::NotFound => {
            ApacheError::Missing { program: "setpriv", package: "util-linux" }
        }
        _ => ApacheError::Process(source),
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
