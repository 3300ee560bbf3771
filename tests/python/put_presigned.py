"""Puts files with boto3's own HTTP client to what tickets say, and asks what became of them.

    put_presigned.py --darkroom target/release/darkroom
"""

import argparse
import hashlib
import io
import json
import os
import tempfile
import time
import urllib.request
from pathlib import Path

import service
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from PIL import Image

PHOTOGRAPH = Path(__file__).parents[2] / "fixtures" / "images" / "seeding-2mb.jpg"
PART_BYTES = 5 << 20
WAITED_S = 30


def large():
    """A photograph of two parts."""
    file = io.BytesIO()
    Image.open(PHOTOGRAPH).save(file, "JPEG", quality=100, subsampling=0)
    assert PART_BYTES < file.tell() < 2 * PART_BYTES, file.tell()
    return file.getvalue()


def send(method, url, body=b"", headers=()):
    """The answer to what botocore sends."""
    return URLLib3Session().send(AWSRequest(method, url, dict(headers), body).prepare())


class Customer:
    """The demo user."""

    def __init__(self, url):
        self.url = url
        self.headers = {"authorization": f"Bearer {service.sign_in(url)}"}

    def post(self, path, body):
        headers = self.headers | {"content-type": "application/json"}
        return service.post(self.url + path, json.dumps(body).encode(), headers)

    def ticket(self, body, **more):
        return self.post("/v1/uploads", {"type": "image/jpeg", "bytes": len(body), **more})

    def get(self, path):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=self.headers)) as answer:
            return json.load(answer)

    def outcome(self, upload):
        """What became of an upload, as soon as it is known."""
        until = time.monotonic() + WAITED_S
        while time.monotonic() < until:
            ticket = self.get(f"/v1/uploads/{upload}")
            if ticket["state"] != "waiting":
                return ticket
            time.sleep(0.1)
        raise SystemExit(f"{upload} still waits")

    def check_accepted(self, upload, body):
        ticket = self.outcome(upload)
        assert ticket["state"] == "accepted", ticket
        image = self.get(f"/v1/images/{ticket['image']}")
        assert image["sha256"] == hashlib.sha256(body).hexdigest(), image


def at_once(customer, body):
    """What is signed is accepted, and nothing else."""
    ticket = customer.ticket(body)
    put, headers = ticket["put"]["url"], {"content-type": ticket["put"]["headers"]["content-type"]}
    for wrong in (
        send("PUT", put, body[:-1], headers),
        send("PUT", put, body, {"content-type": "text/html"}),
        send("PUT", put.replace(ticket["id"], "a" * len(ticket["id"])), body, headers),
        send("GET", put),
    ):
        assert wrong.status_code == 403, (wrong.status_code, wrong.content)
    right = send("PUT", put, body, headers)
    assert right.status_code == 200, right.content
    assert right.headers["etag"] == f'"{hashlib.md5(body).hexdigest()}"', right.headers
    customer.check_accepted(ticket["id"], body)


def in_parts(customer, body):
    """Two parts, the second of them twice."""
    ticket = customer.ticket(body)

    def signed(method, **asked):
        return customer.post("/v1/uploads/sign", {"method": method, "key": ticket["key"], **asked})["url"]

    begun = send("POST", signed("POST"), headers={"content-type": "image/jpeg"})
    assert begun.status_code == 200, begun.content
    upload_id = begun.text.split("<UploadId>")[1].split("<")[0]
    parts = [body[at : at + PART_BYTES] for at in range(0, len(body), PART_BYTES)]
    listed = ""
    for number, part in [*enumerate(parts, 1), (2, parts[1])]:
        put = send("PUT", signed("PUT", uploadId=upload_id, partNumber=number), part)
        assert put.status_code == 200, put.content
    for number, part in enumerate(parts, 1):
        tag = hashlib.md5(part).hexdigest()
        listed += f'<Part><PartNumber>{number}</PartNumber><ETag>"{tag}"</ETag></Part>'
    complete = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    ended = send("POST", signed("POST", uploadId=upload_id), complete)
    assert ended.status_code == 200 and "<Error>" not in ended.text, ended.content
    customer.check_accepted(ticket["id"], body)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--darkroom", required=True)
    binary = os.path.abspath(parser.parse_args().darkroom)
    with tempfile.TemporaryDirectory() as folder, service.running(binary, f"{folder}/data") as url:
        customer = Customer(url)
        at_once(customer, PHOTOGRAPH.read_bytes())
        in_parts(customer, large())
    print("boto3 put a photograph at once and one in parts; both were accepted")


if __name__ == "__main__":
    main()
