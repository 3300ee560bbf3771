"""Lambda's Runtime API, as one process of a function asks it.

A response is taken as Lambda takes it: buffered up to 6,291,556 bytes; streamed in chunks up to 200 MB, of which the
first bytes are a prelude of JSON and eight NULs, and the trailers say whether it broke off.
Source: Lambda's developer guide, "Using the Lambda runtime API", "Lambda quotas" and "Building a custom runtime".
"""

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

PAYLOAD_BYTES_MAX = 6_291_556
STREAMED_BYTES_MAX = 200 << 20
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
STREAMED = "lambda-runtime-function-response-mode"
BROKEN_OFF = "lambda-runtime-function-error-type"


class Failed(Exception):
    """The invocation has failed, and this is how Lambda would call it."""


@dataclass
class Invocation:
    """An event on its way through a function."""

    number: str
    payload: bytes
    timeout_s: float
    begun: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    failure: str = ""
    body: bytes = b""
    is_streamed: bool = False
    started: float = 0.0
    ended: float = 0.0

    @property
    def since_start(self):
        """Seconds from the start of the process to the answer."""
        return self.ended - self.started

    def end(self, failure=""):
        if not self.done.is_set():
            self.failure, self.ended = failure, time.monotonic()
            self.done.set()


class RuntimeApi(ThreadingHTTPServer):
    """What a process finds at AWS_LAMBDA_RUNTIME_API. `freeze` is called when a response has come and nobody knows."""

    daemon_threads = True

    def __init__(self, name, freeze):
        super().__init__(("127.0.0.1", 0), Asked)
        self.name, self.freeze = name, freeze
        self.waiting, self.current = Queue(), None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A process that is killed leaves its connection; an assertion of ours ends the invocation."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.ended(f"not the Runtime API's: {error!r}")

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"

    def ended(self, failure):
        """The process is gone: so is what it was at."""
        if self.current is not None:
            self.current.begun.set()
            self.current.end(failure)


class Asked(BaseHTTPRequestHandler):
    """One connection of the process."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece

    def log_message(self, *_):
        pass

    def do_GET(self):
        assert self.path == "/2018-06-01/runtime/invocation/next", self.path
        invocation = self.server.waiting.get()
        deadline_ms = int((time.time() + invocation.timeout_s) * 1000)
        self.answer(200, invocation.payload, {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.number,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": ARN + self.server.name,
            "Lambda-Runtime-Trace-Id": TRACE,
        })
        invocation.begun.set()

    def do_POST(self):
        current = self.server.current
        *_, number, what = self.path.split("/")
        if what == "error":
            said = json.loads(self.body()[0])
            self.server.freeze()
            self.answer(202)
            return self.server.ended(f"{said['errorType']}: {said['errorMessage']}")
        assert self.path == f"/2018-06-01/runtime/invocation/{current.number}/response", self.path
        current.is_streamed = self.headers.get(STREAMED) == "streaming"
        body, trailers = self.body()
        self.server.freeze()
        bytes_max = STREAMED_BYTES_MAX if current.is_streamed else PAYLOAD_BYTES_MAX
        if len(body) > bytes_max:
            self.answer(413, b'{"errorType": "RequestEntityTooLarge"}')
            return current.end(f"Function.ResponseSizeTooLarge: {len(body)} bytes, at most {bytes_max}")
        self.answer(202)
        current.body = body
        current.end(f"broke off: {trailers[BROKEN_OFF]}" if BROKEN_OFF in trailers else "")

    def answer(self, status, body=b"{}", headers={"Content-Type": "application/json"}):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def body(self):
        """What was sent, and its trailers."""
        if "content-length" in self.headers:
            return self.rfile.read(int(self.headers["content-length"])), {}
        assert self.headers["transfer-encoding"] == "chunked", self.headers
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            assert self.rfile.readline() == b"\r\n"
        trailers = {}
        while line := self.rfile.readline().strip():
            name, value = line.decode().split(":", 1)
            trailers[name.lower()] = value.strip()
        return b"".join(chunks), trailers
