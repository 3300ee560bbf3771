"""One broker of Apache Kafka, which clients reach by a line that the rig holds."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

CLUSTER_ID = "ZGFya3Jvb20tY2hhb3Mtcg"
STARTED_WITHIN_S = 90
POM = Path(__file__).parent.parent / "kafka" / "pom.xml"


class Broker:
    """`folder` has its log, and outlives it; `advertised` is the port where clients find it."""

    def __init__(self, jars, folder, port, advertised):
        self.jars, self.folder, self.port, self.process = Path(jars), Path(folder), port, None
        self.folder.mkdir(parents=True)
        if not any(self.jars.glob("kafka_*.jar")):
            maven = ["mvn", "--batch-mode", "--quiet", "--file", POM, f"-Djars={self.jars}", "package"]
            subprocess.run(maven, check=True)
        self.configuration = self.folder / "server.properties"
        self.configuration.write_text(written(self.folder, port, advertised))
        words = ["format", "--standalone", "--cluster-id", CLUSTER_ID, "--config"]
        if self.java("kafka.tools.StorageTool", *words).wait() != 0:
            raise SystemExit((self.folder / "broker.log").read_text())

    def start(self):
        """Returns when it can be reached."""
        self.process = self.java("kafka.Kafka")
        until = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"Apache Kafka did not start:\n{(self.folder / 'broker.log').read_text()[-2000:]}")

    def kill(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def java(self, main, *words):
        """A program of Kafka's, which the kernel kills with the rig."""
        log = (self.folder / "broker.log").open("a")
        options = ["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN"]
        command = ["setpriv", "--pdeathsig", "KILL", "java", *options, "-cp", f"{self.jars}/*", main, *words]
        return subprocess.Popen([*command, self.configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                env=os.environ | {"LOG_DIR": str(self.folder)})


def written(folder, port, advertised):
    """As `darkroom up --kafka apache` has it, but for where clients find it."""
    return f"""process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{port},BROKER://127.0.0.1:0,CONTROLLER://127.0.0.1:0
advertised.listeners=CLIENT://127.0.0.1:{advertised},BROKER://127.0.0.1:0
listener.security.protocol.map=CLIENT:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:0
log.dirs={folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
"""
