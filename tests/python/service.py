"""Darkroom, started for a test, and its API."""

import contextlib
import json
import os
import subprocess
import urllib.request

USER, PASSWORD = "demo@example.com", "Service-password-1"
# What is provoked in tests is expected; failures of Darkroom's own are worth a line.
QUIET = os.environ | {"RUST_LOG": "error,librdkafka=off,rdkafka=off"}
READY = "Darkroom is ready at "


@contextlib.contextmanager
def running(binary, data, *options):
    """The address of a Darkroom that ends with the block."""
    with started(binary, data, *options) as (url, _):
        yield url


def environment(binary, data, *options):
    """What `darkroom env` points other tools at, as pairs."""
    command = [binary, "env", "--data", data, *options]
    lines = subprocess.check_output(command, text=True, env=QUIET).splitlines()
    exports = [line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export ")]
    return [(name, value.strip("'\"")) for name, value in exports]


@contextlib.contextmanager
def started(binary, data, *options):
    """The same with the number of its process."""
    command = [binary, "up", "--port", "0", "--data", data, "--demo-password", PASSWORD, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=QUIET)
    try:
        yield ready(process), process.pid
    finally:
        process.terminate()
        process.wait()


def ready(process):
    """The address of a Darkroom that was just started, once it can be asked."""
    line = next((line for line in process.stdout if line.startswith(READY)), None)
    if line is None:
        raise SystemExit("darkroom ended before it was ready")
    return line.removeprefix(READY).strip()


def post(url, body, headers):
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as answer:
        return json.load(answer)


def sign_in(url):
    """An ID token of the demo user."""
    login = json.dumps({"username": USER, "password": PASSWORD}).encode()
    return post(f"{url}/v1/session", login, {"content-type": "application/json"})["id_token"]


def upload(url, token, body, query):
    """The id of a new image."""
    return post(f"{url}/v1/images?{query}", body, {"authorization": f"Bearer {token}"})["id"]
