"""The machine that things happen to: Apache Kafka, a disk of its own, and `darkroom up` on both."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

import service
from broker import Broker
from client import Client, free_port
from disk import Disk
from ledger import Ledger
from link import Link
from model import serve_model
from place import Place

STOPPED_WITHIN_S = 30
ONE_BROKER = ["--partitions", "4", "--replicas", "1", "--insync-replicas-min", "1"]
# Shorter than the pause of a process that is stopped: some requests are to get no answer.
PATIENCE_S = 6


class Stand(Place):
    def __init__(self, binary, jars, folder, model):
        self.port, broker_port = free_port(), free_port()
        super().__init__(binary, f"{folder}/data", Client(f"127.0.0.1:{self.port}", patience_s=PATIENCE_S), Ledger())
        self.kafka_link, self.client_link = Link(broker_port), Link(self.port)
        self.broker = Broker(jars, f"{folder}/kafka", broker_port, self.kafka_link.port)
        Path(self.data, "s3").mkdir(parents=True)
        self.disk, self.log, self.model = Disk(f"{self.data}/s3"), Path(folder, "darkroom.log"), model
        self.brokers, self.process = f"127.0.0.1:{self.kafka_link.port}", None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start_broker_first(self):
        self.broker.start()
        command = [self.binary, "topics", "create", "--kafka-brokers", self.brokers, *ONE_BROKER]
        subprocess.run(command, check=True, env=service.QUIET, stdout=subprocess.DEVNULL)

    def start(self, **variables):
        """With further variables of its environment."""
        command = ["setpriv", "--pdeathsig", "KILL", self.binary, "up", "--port", str(self.port), "--data", self.data]
        command += ["--public-url", self.url, "--demo-password", service.PASSWORD, "--model", f"animals={self.model}"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--kafka-brokers", self.brokers], stdout=subprocess.PIPE, stderr=log, text=True,
                env=service.QUIET | variables)
        service.ready(self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """As an operator does; what does not end is killed, which is a fault."""
        self.process.terminate()
        try:
            self.process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.ledger.fault(f"the program did not end within {STOPPED_WITHIN_S} s of SIGTERM")
        self.kill()

    def said(self):
        """The end of its log."""
        return self.log.read_text()[-4000:]


@contextlib.contextmanager
def standing(binary, jars, folder):
    """A machine that runs, and ends with the block, whatever state it is in."""
    with serve_model() as model:
        stand = Stand(os.path.abspath(binary), os.path.abspath(jars), folder, model)
        try:
            with stand.disk.mounted():
                stand.start_broker_first()
                stand.start()
                try:
                    yield stand
                finally:
                    stand.process.send_signal(signal.SIGCONT)
                    stand.kill()
        finally:
            if stand.broker.process:
                stand.broker.kill()
