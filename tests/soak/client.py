"""Who asks the service, one request after another, and what came of each."""

import contextlib
import http.client
import json
import math
import socket
import threading
import time
from collections import Counter
from typing import NamedTuple
from urllib.parse import urlsplit

import service

# An ID token lives for an hour, and the edge's cookie for a quarter of one.
SESSION_S = 600
# Beside HTTP's: nobody was there to be asked; somebody was, and no answer came.
UNREACHED, UNANSWERED = -1, 0
REFUSED, TOO_BUSY = 401, 429
PATIENCE_S = 30


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict
    # Whether something was being done to the service meanwhile, so that it may have failed.
    disturbed: bool = False

    @property
    def failed(self):
        return self.status <= 0 or self.status >= 500

    def json(self):
        return json.loads(self.body)


class Session(NamedTuple):
    token: str
    cookie: str
    since: float


class Client:
    """Of the service at `address`, which calls itself `public` (both host:port)."""

    def __init__(self, address, public=None, patience_s=PATIENCE_S):
        self.address, self.public, self.patience_s = address, public or address, patience_s
        self.session, self.session_lock, self.count_lock = None, threading.Lock(), threading.Lock()
        # What is asked before that may fail.
        self.calm_since = 0.0
        self.counts, self.troubles = Counter(), 0

    def ask(self, method, target, body=None, viewer="bearer"):
        """An answer, whatever it is. `viewer`: by which credential, "bearer", "cookie" or "anybody"."""
        asked_at = time.monotonic()
        answer = self.asked_as(viewer, method, target, body)
        if answer.status == REFUSED and viewer != "anybody":
            # A session ends early where somebody moves the clock; it did nothing, so it can be asked again.
            self.session = None
            answer = self.asked_as(viewer, method, target, body)
        return self.counted(method, answer, asked_at)

    def counted(self, method, answer, asked_at):
        with self.count_lock:
            self.counts[f"{method} {answer.status}"] += 1
            self.troubles += answer.failed
        return answer._replace(disturbed=asked_at < self.calm_since)

    @contextlib.contextmanager
    def disturbed(self, grace_s):
        """Something is being done to the service, which has a few seconds to recover then."""
        self.calm_since = math.inf
        yield
        time.sleep(grace_s)
        self.calm_since = time.monotonic()

    def asked_as(self, viewer, method, target, body):
        if viewer == "anybody":
            return self.send(method, target, body, {})
        session = self.signed_in()
        if isinstance(session, Answer):
            return session
        credential = {"cookie": session.cookie} if viewer == "cookie" else {"authorization": f"Bearer {session.token}"}
        return self.send(method, target, body, credential)

    def signed_in(self):
        """A session, or why there is none."""
        with self.session_lock:
            session = self.session
            if session is None or time.monotonic() - session.since > SESSION_S:
                login = json.dumps({"username": service.USER, "password": service.PASSWORD})
                answer = self.send("POST", "/v1/session", login, {})
                if answer.status != 200:
                    # Whatever was to be asked has not been.
                    return answer._replace(status=answer.status if answer.status > 0 else UNREACHED)
                cookie = answer.headers["set-cookie"].split(";")[0]
                session = self.session = Session(answer.json()["id_token"], cookie, time.monotonic())
            return session

    def put(self, url, body, headers):
        """Bytes to a presigned address, by the same way as everything else."""
        asked_at, parts = time.monotonic(), urlsplit(url)
        answer = self.send("PUT", f"{parts.path}?{parts.query}", body, headers)
        return self.counted("PUT", answer, asked_at)

    def send(self, method, target, body, headers):
        host, port = self.address.split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=self.patience_s)
        try:
            connection.connect()
        except OSError as error:
            return Answer(UNREACHED, str(error).encode(), {})
        try:
            json_type = {"content-type": "application/json"} if isinstance(body, str) else {}
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, target, data, {"host": self.public} | json_type | headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
        except (OSError, http.client.HTTPException) as error:
            return Answer(UNANSWERED, repr(error).encode(), {})
        finally:
            connection.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
