"""What the process takes, and how far the feed is behind, read again and again."""

import re
import statistics
import time
import urllib.request
from pathlib import Path

# In the second half nothing may take more than this beside what it took at the end of the first.
GROWTH_MAX = 1.15
MEMORY_MIB_SPARE = 32
FILES_SPARE = 32
# Of the oldest change that waits for Kafka, in seconds; and messages that wait for the consumer.
OUTBOX_S_MAX, LAG_MAX = 60, 5_000
ANSWERED_WITHIN_S = 10

class Gauges:
    def __init__(self, url, pid):
        self.url, self.process = url, Path(f"/proc/{pid}")
        self.memory_mib, self.files, self.outbox, self.outbox_s, self.lag = [], [], [], [], []

    def read(self):
        status = (self.process / "status").read_text()
        self.memory_mib.append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)
        self.files.append(len(list((self.process / "fd").iterdir())))
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=ANSWERED_WITHIN_S) as answer:
            metrics = answer.read().decode()
        self.outbox.append(value(metrics, "darkroom_outbox_entries"))
        self.outbox_s.append(value(metrics, "darkroom_outbox_oldest_seconds"))
        self.lag.append(value(metrics, "darkroom_feed_lag_messages"))

    def hold(self):
        """What grew, or fell behind."""
        faults = [*grown("memory (MiB)", self.memory_mib, MEMORY_MIB_SPARE)]
        faults += grown("open files", self.files, FILES_SPARE)
        if max(self.outbox_s) > OUTBOX_S_MAX or max(self.lag) > LAG_MAX:
            faults.append(f"gauges: the feed fell behind: {max(self.outbox_s)} s, {max(self.lag)} messages")
        return faults

    def __str__(self):
        half, end = self.memory_mib[len(self.memory_mib) // 2], self.memory_mib[-1]
        return (f"memory {half:.0f} MiB at half time, {end:.0f} at the end; at most {max(self.files)} open files, "
                f"{max(self.lag):.0f} messages and {max(self.outbox_s):.0f} s behind")


def value(metrics, name):
    """The sum of a metric's series."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE))


def grown(name, values, spare):
    """A sentence, where the end of the second half is above the end of the first."""
    third = max(1, len(values) // 6)
    half = statistics.median(values[len(values) // 2 - third:len(values) // 2])
    end = statistics.median(values[-third:])
    if end > half * GROWTH_MAX + spare:
        yield f"gauges: {name} grew from {half:.0f} to {end:.0f} in the second half"
