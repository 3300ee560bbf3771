"""What is done to the machine. Each takes about so many seconds and returns how one could see that it happened."""

import contextlib
import signal
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from clock import moved_to, wound
from gauges import Gauges

KILLED_EVERY_S, BROKER_AWAY_S, CUT_S = 4, 5, 3
# Of the program, longer than a client waits; of the broker, as long as a rebalance takes to give it up.
PAUSE_S, BROKER_PAUSE_S = 10, 30
SLOW_S, BREAKS_WITHIN_BYTES = 0.3, 40_000
ASKED_FOR_S = 10


class Harmless(Exception):
    """Nobody noticed anything, which proves nothing."""


def kill(stand, seconds):
    """`kill -9` of the program, again and again."""
    until, pids = time.monotonic() + seconds, [stand.process.pid]
    with troubling(stand) as trouble:
        while time.monotonic() < until:
            time.sleep(KILLED_EVERY_S)
            stand.kill()
            stand.start()
            pids.append(stand.process.pid)
    return f"{len(set(pids)) - 1} kills, {trouble}"


def broker(stand, seconds):
    """`kill -9` of the broker, twice."""
    waited, pids = 0, [stand.broker.process.pid]
    for _ in range(2):
        stand.broker.kill()
        time.sleep(max(BROKER_AWAY_S, seconds / 2))
        waited = max(waited, waiting(stand))
        stand.broker.start()
        pids.append(stand.broker.process.pid)
    return f"{proven(len(set(pids)) - 1)} kills, {proven(waited)} changes waited"


def pause(stand, _):
    """SIGSTOP of the program."""
    with troubling(stand) as trouble, stopped(stand.process):
        time.sleep(PAUSE_S)
    return f"{PAUSE_S} s, {trouble}"


def pause_broker(stand, _):
    """SIGSTOP of the broker."""
    with stopped(stand.broker.process):
        time.sleep(BROKER_PAUSE_S)
        waited = waiting(stand)
    return f"{BROKER_PAUSE_S} s, {proven(waited)} changes waited"


def slow(stand, seconds):
    """Each piece on the line to Kafka waits."""
    stand.kafka_link.delay_s = SLOW_S
    try:
        time.sleep(seconds)
        began = time.monotonic()
        asked(stand, ASKED_FOR_S)
        took = time.monotonic() - began
    finally:
        stand.kafka_link.delay_s = 0
    return f"Kafka answers in {proven(took if took > SLOW_S else 0):.1f} s"


def cut(stand, seconds):
    """The line to Kafka, again and again."""
    until, before, waited = time.monotonic() + seconds, stand.kafka_link.cuts, 0
    while time.monotonic() < until:
        stand.kafka_link.cut()
        time.sleep(CUT_S)
        waited = max(waited, waiting(stand))
        refused(stand)
        stand.kafka_link.mend()
        time.sleep(CUT_S)
    return f"{proven(stand.kafka_link.cuts - before)} connections, {proven(waited)} changes waited"


def refused(stand):
    with contextlib.suppress(KafkaException):
        asked(stand, 1)
        raise Harmless("Kafka answers over a line that is cut")


def asked(stand, patience_s):
    """Returns when Kafka has answered."""
    AdminClient({"bootstrap.servers": stand.brokers, "log_level": 0}).list_topics(timeout=patience_s)


def clients(stand, seconds):
    """Clients' lines break somewhere in the first bytes that they send."""
    link, address = stand.client_link, stand.client.address
    link.breaks_within, before = BREAKS_WITHIN_BYTES, link.cuts
    with troubling(stand) as trouble:
        stand.client.address = f"127.0.0.1:{link.port}"
        time.sleep(seconds)
        stand.client.address, link.breaks_within = address, None
    return f"{proven(link.cuts - before)} lines, {trouble}"


def full_disk(stand, seconds):
    """Not a byte is left, and what gets free is taken at once."""
    until, stolen = time.monotonic() + seconds, 0
    with troubling(stand) as trouble:
        stand.disk.fill()
        told = stand.disk.refuses_with()
        while time.monotonic() < until:
            time.sleep(0.05)
            stolen += stand.disk.fill()
        stand.disk.empty()
    return f"{proven(told == 'ENOSPC' and told)}, filled again {stolen} times, {trouble}"


def read_only_disk(stand, seconds):
    """As a file system makes itself when it finds an error."""
    with troubling(stand) as trouble:
        stand.disk.make_read_only()
        told = stand.disk.refuses_with()
        time.sleep(seconds)
        stand.disk.make_writable()
    return f"{proven(told == 'EROFS' and told)}, {trouble}"


def clock(stand, seconds):
    """Two hours forward, back, one hour back, and right again."""
    seen = []
    with wound(stand) as dial:
        for hours in (2, 0, -1, 0):
            dial(hours)
            time.sleep(seconds / 4)
            seen.append(proven(moved_to(stand, hours)))
    return f"the program said that it was {', '.join(seen)}"


def waiting(stand):
    """How many changes the program says are waiting for Kafka."""
    gauges = Gauges(stand.url, stand.process.pid)
    gauges.read()
    return int(gauges.outbox[-1])


class Trouble:
    def __init__(self):
        self.answers = 0

    def __str__(self):
        return f"{proven(self.answers)} requests failed"


@contextlib.contextmanager
def troubling(stand):
    """Counts requests that fail in the block."""
    trouble, before = Trouble(), stand.client.troubles
    yield trouble
    trouble.answers = stand.client.troubles - before


@contextlib.contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def proven(value):
    if not value:
        raise Harmless("nobody noticed anything")
    return value


FAULTS = {fault.__name__.replace("_", "-"): fault for fault in (
    kill, broker, pause, pause_broker, slow, cut, clients, full_disk, read_only_disk, clock)}
