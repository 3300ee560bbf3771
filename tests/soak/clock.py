"""The program's clock, which libfaketime sets (Debian's package faketime)."""

import contextlib
import json
import time
from datetime import datetime
from pathlib import Path

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
EXACT_S = 60


@contextlib.contextmanager
def wound(stand):
    """The program is started with a clock that is set by calling what this gives: with hours from now."""
    dial = Path(stand.data).parent / "clock"

    def wind(hours):
        # In one step: it is read while this writes.
        new = dial.with_suffix(".new")
        new.write_text(f"{hours:+}h\n")
        new.rename(dial)

    wind(0)
    stand.stop()
    stand.start(LD_PRELOAD=LIBRARY, FAKETIME_TIMESTAMP_FILE=str(dial), FAKETIME_NO_CACHE="1",
                FAKETIME_DONT_FAKE_MONOTONIC="1", NO_FAKE_STAT="1")
    try:
        yield wind
    finally:
        stand.stop()
        stand.start()


def moved_to(stand, hours):
    """What the program says the time is, if it is that. Nothing comes of the ticket, which nobody brings."""
    asked = json.dumps({"type": "image/jpeg", "bytes": 1})
    answer = stand.client.ask("POST", "/v1/uploads", asked)
    if answer.status != 201:
        return None
    said = answer.json()["created_at"]
    seen = datetime.fromisoformat(said).timestamp() - time.time()
    return said if abs(seen - hours * 3600) < EXACT_S else None
