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


class Gauges:
    def __init__(self, url, pid):
        self.url, self.process = url, Path(f"/proc/{pid}")
        self.memory_mib, self.files, self.outbox_s, self.lag = [], [], [], []

    def read(self):
        status = (self.process / "status").read_text()
        self.memory_mib.append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)
        self.files.append(len(list((self.process / "fd").iterdir())))
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:
            metrics = answer.read().decode()
        self.outbox_s.append(self.value(metrics, "darkroom_outbox_oldest_seconds"))
        self.lag.append(self.value(metrics, "darkroom_feed_lag_messages"))

    def value(self, metrics, name):
        """The sum of a metric's series."""
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE))

    def rest(self, patience_s):
        """Returns when nothing waits any more."""
        until = time.monotonic() + patience_s
        still = 0
        while still < 3:
            if time.monotonic() > until:
                raise SystemExit(f"after {patience_s} s still {self.lag[-1]} messages and a change of {self.outbox_s[-1]} s wait")
            time.sleep(5)
            self.read()
            still = still + 1 if self.lag[-1] == 0 and self.outbox_s[-1] == 0 else 0

    def hold(self):
        """Fails where something grew, or fell behind."""
        for name, values, spare in (("memory (MiB)", self.memory_mib, MEMORY_MIB_SPARE), ("open files", self.files, FILES_SPARE)):
            third = max(1, len(values) // 6)
            half = statistics.median(values[len(values) // 2 - third:len(values) // 2])
            end = statistics.median(values[-third:])
            if end > half * GROWTH_MAX + spare:
                raise SystemExit(f"{name} grew from {half:.0f} to {end:.0f} in the second half")
        if max(self.outbox_s) > OUTBOX_S_MAX or max(self.lag) > LAG_MAX:
            raise SystemExit(f"the feed fell behind: {max(self.outbox_s)} s, {max(self.lag)} messages")

    def __str__(self):
        half, end = self.memory_mib[len(self.memory_mib) // 2], self.memory_mib[-1]
        return (f"memory {half:.0f} MiB at half time, {end:.0f} at the end; at most {max(self.files)} open files, "
                f"{max(self.lag):.0f} messages and {max(self.outbox_s):.0f} s behind")
