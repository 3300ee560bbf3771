"""The API, buffered: every method, bytes that are no text, and both ways past 6 MB."""

import hashlib
import json
import urllib.parse
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor

import service

from .aws import expect, matches
from .delivery import picture
from .events import rest
from .function import TooLarge
from .gateway import ask, problem
from .runtime import PAYLOAD_BYTES_MAX
from .told import told

# What one image may carry at most (ingest/src/images/parameters.rs): 100 labels of 128 characters, 16 KiB of
# annotations; and how many images a page may have (listing.rs).
LABELS, ANNOTATIONS_BYTES, PAGE = 100, 16 * 1024, 200
BODY_BYTES_MAX = 4_500_000


class Api:
    """The function as users of `demo`, or of another customer, see it."""

    def __init__(self, aws, **options):
        self.aws, self.function = aws, aws.function("api", **options)

    def ask(self, method, target, body=None, customer="demo", **headers):
        headers = self.aws.bearer(customer) | {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            headers, body = headers | {"Content-Type": "application/json"}, json.dumps(body).encode()
        return ask(self.function, method, target, headers, body)


def padded(image, length):
    """A PNG of exactly this many bytes: what is missing stands in a chunk that nobody reads."""
    data = bytes(length - len(image) - 12)
    chunk = b"junk" + data
    return image[:-12] + len(data).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + image[-12:]


def images(api):
    """From upload to deletion."""
    body, bird = picture(11), f"bird-{uuid.uuid4()}"
    made = api.ask("POST", f"/v1/images?label=cat&label=d%C3%B6g+{bird}&consent=training", body)
    expect((made.status, made.json["sha256"]), (201, hashlib.sha256(body).hexdigest()), "an upload")
    expect((made.json["labels"], made.json["version"]), (["cat", f"dög {bird}"], 1), "its labels")
    image, etag = made.json["id"], made.headers["etag"]
    expect(api.ask("POST", "/v1/images", body).status, 200, "the same upload")
    named = urllib.parse.urlencode({"label": f"dög {bird}"})
    listed = api.ask("GET", f"/v1/images?{named}")
    expect((listed.status, [one["id"] for one in listed.json["images"]]), (200, [image]), "those with a label")
    status, _, theirs = api.aws.fetch(f"/v1/images?{named}", api.aws.bearer("demo"))
    expect((status, json.loads(theirs)), (200, listed.json), "the list at darkroom up")
    problem(api.ask("PATCH", f"/v1/images/{image}", {"labels": ["x"]}, if_match='"99"'), 412, "version_mismatch")
    changed = api.ask("PATCH", f"/v1/images/{image}", {"labels": [bird]}, if_match=etag)
    expect((changed.status, changed.json["labels"], changed.json["version"]), (200, [bird], 2), "a change")
    assert changed.headers["etag"] != etag
    problem(api.ask("GET", f"/v1/images/{image}", customer="acme"), 404, "image_not_found")
    expect(api.ask("DELETE", f"/v1/images/{image}", if_match=changed.headers["etag"]).json["state"], "deleted", "DELETE")
    expect(api.ask("GET", f"/v1/images?label={bird}").json["images"], [], "after it")
    expect(api.ask("GET", f"/v1/images/{image}").json["state"], "deleted", "the tombstone")


def sessions(api):
    """Cookies are headers of which an answer may have several."""
    answer = ask(api.function, "POST", "/v1/session", {"Content-Type": "application/json"},
                 json.dumps({"username": service.USER, "password": service.PASSWORD}).encode())
    expect(answer.status, 200, "signing in")
    matches("^[^=]+=[^;]+; .*HttpOnly", answer.headers["set-cookie"])
    mine = ask(api.function, "GET", "/v1/images?limit=1", {"Authorization": f"Bearer {answer.json['id_token']}"})
    expect(mine.status, 200, "with that token")
    expect(ask(api.function, "GET", "/healthz").json, {"status": "ok"}, "/healthz")
    document = ask(api.function, "GET", "/openapi.json")
    assert "/v1/images" in document.json["paths"]


def refusals(api):
    expect(ask(api.function, "GET", "/v1/images").status, 401, "nobody's list")
    problem(api.ask("POST", "/v1/images", b"no image"), 415, "not_an_image")
    problem(api.ask("PATCH", f"/v1/images/{'a' * 32}", b"{", content_type="application/json"), 400, "invalid_request")
    problem(api.ask("GET", "/v1/images?limit=201"), 400, "invalid_request")
    problem(api.ask("GET", "/v1/nothing"), 404, "route_not_found")


def tickets(api):
    """The way of what is too large: signed, and put past the function."""
    body = picture(12, 600, 400)
    ticket = api.ask("POST", "/v1/uploads", {"type": "image/png", "bytes": len(body)})
    expect(ticket.status, 201, "a ticket")
    put = api.aws.fetch(ticket.json["put"]["url"], ticket.json["put"]["headers"], "PUT", body)
    expect(put[0], 200, "what it signs")


def bounds(api):
    """What is as large as a body may be arrives; a byte more is refused; what Lambda refuses never comes."""
    whole = padded(picture(13), BODY_BYTES_MAX)
    made = api.ask("POST", "/v1/images", whole)
    expect((made.status, made.json["sha256"]), (201, hashlib.sha256(whole).hexdigest()), "4.5 MB")
    problem(api.ask("POST", "/v1/images", whole + b"\0"), 413, "body_too_large")
    try:
        api.function.invoke(rest("POST", "/v1/images", api.aws.bearer("demo"), bytes(PAYLOAD_BYTES_MAX * 3 // 4)))
    except TooLarge:
        return
    raise AssertionError("an event of more than 6 MB came to the function")


def longest_page(api, asked):
    """Pages of images that each carry as much as they may; returns the bytes that the longest is posted with."""
    labels = [f"{number:04}" + "\U0001f4f7" * 124 for number in range(LABELS)]
    # A quotation mark is escaped twice: in the record, and in the answer that carries it as text.
    annotations = {"a": '"' * ((ANNOTATIONS_BYTES - 8) // 2)}

    def heavy(number):
        image = api.aws.upload(picture(1000 + number, 8, 8), "acme")
        headers = api.aws.bearer("acme") | {"content-type": "application/json"}
        # Both in one request would be longer than a request may be.
        for change in ({"labels": labels}, {"annotations": annotations}):
            change = json.dumps(change, ensure_ascii=False).encode()
            status, _, body = api.aws.fetch(f"/v1/images/{image}", headers, "PATCH", change)
            assert status == 200, body

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(heavy, range(PAGE)))
    seen, cursor = [], ""
    longest = 0
    while cursor is not None:
        page = api.ask("GET", f"/v1/images?{asked}{cursor}", customer="acme")
        expect(page.status, 200, "a page")
        longest = max(longest, page.posted)
        seen += [image["id"] for image in page.json["images"]]
        cursor = page.json["next_cursor"] and f"&cursor={page.json['next_cursor']}"
    assert len(seen) == len(set(seen)) >= PAGE, len(seen)
    return longest


def run(aws):
    api = Api(aws)
    images(api)
    sessions(api)
    refusals(api)
    tickets(api)
    bounds(api)
    told(api.function, "api", "/v1/images?limit=2", aws.bearer("demo"), "demo")
    # As many of them would be 16.8 MB, which Lambda refuses.
    longest = longest_page(api, f"limit={PAGE}")
    assert api.function.peak_mib < api.function.memory_mib, api.function.peak_mib
    print(f"api: the longest page has {longest} bytes, {api.function.peak_mib:.0f} MiB at most")
