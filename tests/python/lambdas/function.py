"""A function and its execution environments.

An environment is frozen (SIGSTOP) from the moment its response has come until the next invocation, and is killed when
the deadline of an invocation passes. Whoever invokes is refused an event over 6,291,556 bytes.
"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import threading
import time
import uuid
import zipfile
from pathlib import Path

from .runtime import PAYLOAD_BYTES_MAX, Failed, Invocation, RuntimeApi

# Lambda's own bound of the time until a process first asks for an invocation.
INIT_S = 10
# Where they are built without Lambda.
BINARIES = {"delivery": "resizer-lambda", "api": "api", "announce": "announce", "consumer": "consumer-lambda"}


class TooLarge(Exception):
    """Nobody can invoke a function with such an event."""


def programs(functions, release, folder):
    """The program of each function: built for Lambda in `functions` if that is given, zips unpacked into `folder`."""
    if functions is None:
        return {name: Path(release, binary).resolve() for name, binary in BINARIES.items()}
    found = {}
    for name in BINARIES:
        found[name] = Path(functions, name, "bootstrap").resolve()
        if not found[name].exists():
            zipfile.ZipFile(Path(functions, f"{name}.zip")).extract("bootstrap", Path(folder, name))
            found[name] = Path(folder, name, "bootstrap")
            found[name].chmod(0o755)
    return found


class Environment:
    """One process."""

    def __init__(self, name, program, variables, log):
        self.runtime = RuntimeApi(name, self.freeze)
        variables = variables | {"AWS_LAMBDA_RUNTIME_API": self.runtime.address}
        self.started = time.monotonic()
        self.process = subprocess.Popen(program, env=variables, stdout=log, stderr=log)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        self.process.wait()
        self.runtime.ended(f"Runtime.ExitError: exit status {self.process.returncode}")

    def freeze(self):
        """The process does nothing more once this returns."""
        os.kill(self.process.pid, signal.SIGSTOP)
        while self.status("State:") not in "TZ":
            time.sleep(0.0005)

    def status(self, name):
        """What Linux says of the process."""
        return Path(f"/proc/{self.process.pid}/status").read_text().split(name)[1].split()[0]

    def peak_mib(self):
        return int(self.status("VmHWM:")) / 1024

    def invoke(self, payload, timeout_s):
        invocation = Invocation(str(uuid.uuid4()), payload, timeout_s)
        invocation.started = self.started
        self.runtime.current = invocation
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.runtime.waiting.put(invocation)
        if self.process.poll() is not None:
            self.runtime.ended(f"Runtime.ExitError: exit status {self.process.returncode}")
        if not invocation.begun.wait(INIT_S):
            invocation.end(f"no invocation was asked for in {INIT_S} s")
        if not invocation.done.wait(timeout_s):
            invocation.end(f"Task timed out after {timeout_s} seconds")
        return invocation

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.runtime.shutdown()
        self.runtime.server_close()


class Function:
    """A function that is invoked once at a time; an environment that failed is replaced, as Lambda does."""

    def __init__(self, name, program, variables, timeout_s, memory_mib, log):
        self.name, self.program, self.variables = name, program, variables
        self.timeout_s, self.memory_mib, self.log = timeout_s, memory_mib, log
        self.environment, self.numbers, self.peak_mib = None, itertools.count(1), 0

    def invoke(self, event, timeout_s=None):
        """The invocation with its answer. Raises `Failed` where Lambda would say so."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        if len(payload) > PAYLOAD_BYTES_MAX:
            raise TooLarge(f"{len(payload)} bytes")
        if self.environment is None:
            self.environment = Environment(self.name, self.program, self.variables, self.log)
        invocation = self.environment.invoke(payload, timeout_s or self.timeout_s)
        is_alive = self.environment.process.poll() is None
        if is_alive:
            self.peak_mib = max(self.peak_mib, self.environment.peak_mib())
        if not is_alive or invocation.failure.startswith(("Task timed out", "no invocation")):
            self.stop()
        if invocation.failure:
            raise Failed(f"{self.name}: {invocation.failure}")
        return invocation

    def ask(self, event, timeout_s=None):
        """The answer as JSON."""
        return json.loads(self.invoke(event, timeout_s).body)

    def stop(self):
        if self.environment is not None:
            self.environment.stop()
            self.environment = None
