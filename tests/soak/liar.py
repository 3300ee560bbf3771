"""Somebody between the clients and the service who does not always tell what was answered."""

import http.client
import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

# One answer of so many, where not every one is a lie.
ONE_OF = 7


class Heard(NamedTuple):
    """A request, or the answer to one."""

    method: str
    target: str
    status: int
    headers: list
    body: bytes

    def is_rendition(self):
        return self.method == "GET" and self.target.startswith("/demo/") and "?" in self.target


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Heard(self.command, self.path, 0, self.headers.items(), body)
        told = self.server.liar.lie(self.server.liar, asked)
        self.send_response(told.status)
        for name, value in told.headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(told.body)))
        self.end_headers()
        self.wfile.write(told.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


class Liar:
    """Before the service at `port`. `lie` is given a request and what asks the service, and gives an answer."""

    def __init__(self, port):
        self.service, self.lie, self.turns, self.remembered = port, honest, itertools.count(), None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.liar, self.server.daemon_threads = self, True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.service)
        connection.request(asked.method, asked.target, asked.body, dict(asked.headers))
        answer = connection.getresponse()
        return asked._replace(status=answer.status, headers=answer.getheaders(), body=answer.read())

    def is_turn(self):
        return next(self.turns) % ONE_OF == 0


def honest(liar, asked):
    return liar.ask(asked)


def flipped(liar, asked):
    """One byte of a rendition."""
    told = liar.ask(asked)
    if told.status == 200 and asked.is_rendition() and liar.is_turn():
        return told._replace(body=told.body[:-1] + bytes([told.body[-1] ^ 1]))
    return told


def mistaken(liar, asked):
    """Another image's picture."""
    told = liar.ask(asked)
    if told.status == 200 and asked.is_rendition():
        liar.remembered = liar.remembered or told.body
        return told._replace(body=liar.remembered)
    return told


def broken(liar, asked):
    return liar.ask(asked)._replace(status=500) if liar.is_turn() else liar.ask(asked)


def forgetful(liar, asked):
    """"Not found" for what is there."""
    told = liar.ask(asked)
    return told._replace(status=404) if asked.is_rendition() and liar.is_turn() else told


def undead(liar, asked):
    """What is not there any more is shown all the same."""
    told = liar.ask(asked)
    return told._replace(status=200) if asked.is_rendition() and told.status == 404 else told


def lossy(liar, asked):
    """Every change is acknowledged, and none is made."""
    path = urlsplit(asked.target)
    if asked.method == "POST" and path.path == "/v1/images":
        said = dict(parse_qsl(path.query))
        view = {"state": "live", "version": 1, "labels": [said.pop("label")], **said}
    elif asked.method == "PATCH":
        view = json.loads(liar.ask(asked._replace(method="GET", body=b"")).body)
        view |= json.loads(asked.body) | {"version": view["version"] + 1}
    else:
        return liar.ask(asked)
    status = 201 if asked.method == "POST" else 200
    return asked._replace(status=status, headers=[("content-type", "application/json")], body=json.dumps(view).encode())


def repetitive(liar, asked):
    """A page has its first image twice."""
    told = liar.ask(asked)
    if asked.method == "GET" and asked.target.startswith("/v1/images?"):
        page = json.loads(told.body)
        page["images"][:0] = page["images"][:1]
        return told._replace(body=json.dumps(page).encode())
    return told
