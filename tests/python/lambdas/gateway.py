"""What a function answers a REST API, read as API Gateway reads it."""

import base64
import json
from dataclasses import dataclass

from .events import rest
from .runtime import PAYLOAD_BYTES_MAX

SEPARATOR = bytes(8)


@dataclass
class Http:
    """An answer. Header names are in lower case; values of the same name are joined."""

    status: int
    headers: dict
    body: bytes
    posted: int

    @property
    def json(self):
        return json.loads(self.body)


def ask(function, method, target, headers=(), body=None):
    """The answer of a buffered or a streaming function to a request."""
    return read(function.invoke(rest(method, target, headers, body)))


def read(invocation):
    """An invocation's answer."""
    raw = invocation.body
    if invocation.is_streamed:
        prelude, separator, content = raw.partition(SEPARATOR)
        assert separator == SEPARATOR, "no eight NULs behind the prelude"
        answer = json.loads(prelude)
        assert not set(answer) - {"statusCode", "headers", "multiValueHeaders", "cookies"}, prelude
    else:
        assert len(raw) <= PAYLOAD_BYTES_MAX
        answer = json.loads(raw)
        content = (answer.get("body") or "").encode()
        content = base64.b64decode(content, validate=True) if answer["isBase64Encoded"] else content
    headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
    headers |= {name.lower(): ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()}
    return Http(answer["statusCode"], headers, content, len(raw))


def problem(answer, status, code):
    """Holds an answer to being the designed refusal."""
    said = answer.status, answer.headers.get("content-type"), answer.json.get("code"), answer.json.get("status")
    expected = status, "application/problem+json", code, status
    assert said == expected, f"{said}, and not {expected}: {answer.body[:300]!r}"
