"""Delivery once more under `cargo lambda watch`, whose Runtime API is not ours.

It takes functions that are built already (--only-lambda-apis), and events of a REST API at its invoke address. It freezes
nothing, has no bounds and no deadlines: hence the stand-in for the rest.
"""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .aws import expect
from .delivery import picture
from .events import rest

PACKAGE = '[package]\nname = "delivery"\nversion = "0.1.0"\nedition = "2024"\n'
WAITED_S = 20


def listening(address):
    """Until somebody listens there."""
    host, port = address.split(":")
    until = time.monotonic() + WAITED_S
    while True:
        try:
            return socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            assert time.monotonic() < until, "cargo lambda does not listen"
            time.sleep(0.1)


def ask(url, event):
    """Status, headers and bytes."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(event).encode()), timeout=WAITED_S) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def run(aws, program):
    folder = Path(aws.data).parent / "cargo-lambda"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(PACKAGE)
    (folder / "src" / "main.rs").write_text("fn main() {}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    image, delivery = aws.upload(picture(31)), aws.function("delivery")
    watch = [program, "lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1", "-P", address.split(":")[1]]
    variables = delivery.variables | {"AWS_LAMBDA_RUNTIME_API": f"http://{address}/.rt/delivery"}
    processes = [subprocess.Popen(watch, cwd=folder, stdout=aws.log, stderr=aws.log)]
    try:
        url = f"http://{address}/2015-03-31/functions/delivery/invocations"
        listening(address)
        processes.append(subprocess.Popen([delivery.program], env=variables, stdout=aws.log, stderr=aws.log))
        for target in (f"/demo/{image}?w=200&fm=webp", f"/demo/{image}?w=64&fm=avif", f"/demo/{image}?w=abc"):
            status, headers, body = ask(url, rest("GET", target, aws.bearer("demo")))
            theirs, their_headers, their_body = aws.fetch(target, aws.bearer("demo"))
            expect((status, headers["content-type"]), (theirs, their_headers["content-type"]), target)
            if status == 200:
                expect(body, their_body, target)
            else:
                expect(json.loads(body)["code"], json.loads(their_body)["code"], target)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    print("cargo lambda: delivery answers as under the stand-in")
