"""Delivery, streamed: each answer beside the one that `darkroom up` gives to the same URL."""

import base64
import hashlib
import hmac
import io
import json
import random
import threading
import time

from PIL import Image

from .aws import expect
from .gateway import ask, problem
from .told import told

# What both have to say alike. The edge stands before the other one, and writes headers of its own.
SAME = ("content-type", "etag", "content-length", "content-range", "content-disposition", "x-darkroom-ignored",
        "content-security-policy", "access-control-allow-origin", "location")
LARGE_BYTES = 30_000_000


def picture(seed, width=320, height=200, form="PNG", **options):
    """Noise that nobody else has."""
    pixels = random.Random(seed).randbytes(width * height * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(file, form, **options)
    return file.getvalue()


def proof(aws, viewer, target):
    """What the edge sends the origin: for this viewer, this target, and a minute."""
    expires = int(time.time()) + 60
    said = hmac.digest(aws.secrets["edge_secret"].encode(), f"{viewer}\n{expires}\n{target}".encode(), "sha256")
    return {"X-Darkroom-Edge": f"{viewer}.{expires}.{base64.urlsafe_b64encode(said).decode().rstrip('=')}"}


class Delivery:
    """The function, the same questions to `darkroom up`, and how many there were."""

    def __init__(self, aws):
        self.aws, self.function, self.asked = aws, aws.function("delivery"), 0

    def beside(self, target, status, customer="demo", method="GET", **headers):
        """Asks both; the answers are the same."""
        headers = self.aws.bearer(customer) | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = ask(self.function, method, target, headers)
        theirs, their_headers, their_body = self.aws.fetch(target, headers, method)
        self.asked += 1
        expect(answer.status, status, target)
        expect(answer.status, theirs, f"{target} at darkroom up")
        if status < 400:
            # A 304 may leave out what describes the body that is not there.
            names = SAME if answer.body else ("etag", "content-range")
            mine = {name: answer.headers.get(name) for name in names if name in answer.headers}
            expect(mine, {name: their_headers.get(name) for name in mine}, f"headers of {target}")
            expect(hashlib.sha256(answer.body).hexdigest(), hashlib.sha256(their_body).hexdigest(), target)
        return answer


def stored(stand, image):
    """The process stands still when it has answered: what it renders is in the bucket by then."""
    answer = ask(stand.function, "GET", f"/demo/{image}?w=123&fm=png", stand.aws.bearer("demo"))
    [key] = stand.aws.keys("darkroom-customer-demo", f"renditions/{image}/")
    kept = stand.aws.s3.get_object(Bucket="darkroom-customer-demo", Key=key)["Body"].read()
    expect(hashlib.sha256(kept).hexdigest(), hashlib.sha256(answer.body).hexdigest(), key)


def renditions(stand, image):
    path = f"/demo/{image}"
    answer = stand.beside(f"{path}?w=200&fm=webp&q=70", 200)
    expect(answer.body[:4], b"RIFF", "a WebP")
    jpeg = stand.beside(f"{path}?w=100&fm=jpg", 200)
    expect(jpeg.body[:2], b"\xff\xd8", "a JPEG begins with 0xFF")
    expect(stand.beside(f"{path}?w=64&fm=avif", 200).body[:3], bytes(3), "an AVIF begins with 0x00")
    stand.beside(f"{path}?w=64&h=64&fit=crop&crop=top,left&fm=png&bg=f%66f", 200)
    stand.beside(f"{path}?w=90&nonsense=1&fm=jpg", 200)
    unchanged = stand.beside(f"{path}?w=200&fm=webp&q=70", 304, if_none_match=answer.headers["etag"])
    expect((unchanged.body, unchanged.headers.get("content-length")), (b"", None), "a 304")
    head = stand.beside(f"{path}?w=200&fm=webp&q=70", 200, method="HEAD")
    expect((head.body, head.headers["etag"]), (b"", answer.headers["etag"]), "HEAD")
    part = stand.beside(f"{path}?w=200&fm=webp&q=70", 206, range="bytes=100-299")
    expect(part.body, answer.body[100:300], "a part")
    expect(part.headers["content-range"], f"bytes 100-299/{len(answer.body)}", "a part's range")
    whole = stand.beside(f"{path}?w=200&fm=webp&q=70", 200, range="bytes=0-9", if_range='"another"')
    expect(whole.body, answer.body, "a part of another version")
    info = stand.beside(f"/demo/iiif/3/{image}/info.json", 200)
    expect((info.json["width"], info.json["height"]), (320, 200), "info.json")
    stand.beside(f"/demo/iiif/3/{image}/square/50,/0/default.jpg", 200)
    stand.beside(f"/demo/iiif/3/{image}", 303)


def refusals(stand, image, deleted):
    path = f"/demo/{image}"
    problem(stand.beside(f"{path}?w=abc", 400), 400, "bad_parameter")
    problem(stand.beside(f"/demo/../demo/{image}", 400), 400, "bad_path")
    problem(stand.beside(f"{path}?w=9000&fit=scale&h=9000", 400), 400, "result_too_large")
    problem(stand.beside(f"/demo/{'a' * 32}", 404), 404, "no_such_image")
    problem(stand.beside(f"/demo/{deleted}", 404), 404, "no_such_image")
    problem(stand.beside("/demo/x/y/z/a", 404), 404, "no_such_path")
    problem(stand.beside(f"{path}?w=200&fm=webp&q=70", 416, range="bytes=99999999-"), 416, "range_not_satisfiable")
    problem(stand.beside(f"{path}/original", 404, customer="acme"), 404, "no_such_image")
    problem(stand.beside(path, 405, method="PUT"), 405, "method_not_allowed")
    problem(ask(stand.function, "GET", path), 401, "credential_missing")
    shown = proof(stand.aws, "customer", f"{path}/original")
    problem(ask(stand.function, "GET", f"{path}/original", shown), 403, "role_missing")


def edge(stand, public):
    """The edge has looked at the viewer; what it proves holds for one target alone."""
    target = f"/demo/{public}?fm=jpg&w=80"
    signed = proof(stand.aws, "anon", target)
    # A gateway may have put the query into another order.
    answer = ask(stand.function, "GET", f"/demo/{public}?w=80&fm=jpg", signed)
    status, _, body = stand.aws.fetch(target)
    expect((answer.status, answer.body), (status, body), "a public image by the edge")
    problem(ask(stand.function, "GET", f"/demo/{public}?w=81&fm=jpg", signed), 401, "credential_missing")


def large(stand, body):
    """30 MB, of which every byte comes back."""
    headers = stand.aws.bearer("demo") | {"content-type": "application/json"}
    declared = json.dumps({"type": "image/png", "bytes": len(body), "consent": "none"}).encode()
    ticket = stand.aws.fetch("/v1/uploads", headers, "POST", declared)
    assert ticket[0] == 201, ticket
    ticket = json.loads(ticket[2])
    put = stand.aws.fetch(ticket["put"]["url"], ticket["put"]["headers"], "PUT", body)
    assert put[0] == 200, put
    until = time.monotonic() + 60
    while (state := json.loads(stand.aws.fetch(f"/v1/uploads/{ticket['id']}", headers)[2]))["state"] == "waiting":
        assert time.monotonic() < until, state
        time.sleep(0.2)
    # Originals come whole, whatever is asked for.
    answer = stand.beside(f"/demo/{state['image']}/original", 200, range="bytes=0-9")
    expect(hashlib.sha256(answer.body).hexdigest(), hashlib.sha256(body).hexdigest(), "the large original")
    assert len(answer.body) >= LARGE_BYTES, len(answer.body)
    return state["image"]


def in_time(stand, image):
    """An AVIF that would not be ready within the time of a request is not begun."""
    function = stand.aws.function("delivery", REQUEST_TIMEOUT_MS="600")
    bearer = stand.aws.bearer("demo")
    begun = time.monotonic()
    problem(ask(function, "GET", f"/demo/{image}?w=3000&fm=avif", bearer), 422, "avif_too_slow")
    assert time.monotonic() - begun < function.timeout_s / 3, "it was begun"
    expect(ask(function, "GET", f"/demo/{image}?w=30&fm=avif", bearer).status, 200, "a small one")


def separation(stand, images):
    """Two environments, each asked for both customers' images in turn, at the same time."""
    others = {"demo": "acme", "acme": "demo"}
    bodies = {customer: set() for customer in images}
    failures = []

    def alternate(function, seed):
        try:
            for number in range(20):
                owner = ["demo", "acme"][(number + seed) % 2]
                path = f"/{owner}/{images[owner]}?w={40 + number % 4}&fm=png"
                mine = ask(function, "GET", path, stand.aws.bearer(owner))
                expect(mine.status, 200, f"{owner}'s own")
                bodies[owner].add(mine.body)
                problem(ask(function, "GET", path, stand.aws.bearer(others[owner])), 404, "no_such_image")
        except Exception as error:  # noqa: BLE001, it is raised again below
            failures.append(error)

    threads = [threading.Thread(target=alternate, args=(function, seed))
               for seed, function in enumerate([stand.function, stand.aws.function("delivery")])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    assert len(bodies["demo"]) == len(bodies["acme"]) == 4 and not bodies["demo"] & bodies["acme"]


def run(aws):
    stand = Delivery(aws)
    image = aws.upload(picture(1))
    public = aws.upload(picture(2), query="visibility=public")
    deleted = aws.upload(picture(3))
    aws.fetch(f"/v1/images/{deleted}", aws.bearer("demo"), "DELETE")
    images = {"demo": image, "acme": aws.upload(picture(4), "acme")}
    stored(stand, image)
    renditions(stand, image)
    refusals(stand, image, deleted)
    edge(stand, public)
    told(stand.function, "delivery", f"/demo/{image}?w=33", aws.bearer("demo"), "demo")
    separation(stand, images)
    # Noise does not become smaller: as PNG it has a little more bytes than pixels have.
    in_time(stand, large(stand, picture(5, 3400, 2950, compress_level=1)))
    assert stand.function.peak_mib < stand.function.memory_mib, stand.function.peak_mib
    print(f"delivery: {stand.asked} answers as `darkroom up` gives them, {stand.function.peak_mib:.0f} MiB at most")
