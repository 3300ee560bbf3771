"""What a feed's objects are called, and what their JSON has to look like.

It is written out here once more, apart from the consumer's code: a verifier that took its formats from there would take
its mistakes, too. A shape is a value that stands for others: `range` for its integers, a pattern for text, a type for
all of its values, a tuple for any of its shapes, a list for lists of its one shape, a dict for objects with at least
its names, and anything else for itself.
"""

import json
import re

CHAIN = r"(?P<chain>(?P<epoch>[^/]+)/(?P<topic>[^/]+)/(?P<partition>0|[1-9][0-9]*))"
IMAGE_OF_CUSTOMER = r"(?P<customer>[a-z][a-z0-9-]{2,38})/(?P<image>[a-z2-7]{32})"
COMMIT_KEY = re.compile(rf"commits/{CHAIN}/(?P<seq>[0-9]{{20}})\.json")
SEGMENT_KEY = re.compile(rf"segments/{CHAIN}/[0-9]{{20}}-[0-9]{{20}}-[0-9a-f]{{16}}\.tar")
AMENDMENT_KEY = re.compile(rf"amendments/{CHAIN}/(?P<seq>[0-9]{{20}})\.json")
CHECKPOINT_KEY = re.compile(rf"checkpoints/{CHAIN}\.json")
MARKER_KEY = re.compile(rf"staged/{IMAGE_OF_CUSTOMER}\.json")
ERASURE_KEY = re.compile(rf"erasure/orders/{IMAGE_OF_CUSTOMER}\.json")
RECEIPT = r"receipts/[a-z][a-z0-9-]{2,38}/[a-z2-7]{32}-[1-9][0-9]*"
ORDER_OR_RECEIPT_KEY = re.compile(rf"erasure/(orders/{IMAGE_OF_CUSTOMER}|{RECEIPT})\.json")
RECORD_KEY = re.compile(r"records/(?P<image>[a-z2-7]{32})\.json")
CUSTOMER_KEY = re.compile(r"customers/(?P<customer>[^/]+)\.json")
# Nothing else may lie in these folders of a feed.
FOLDERS = {"commits": COMMIT_KEY, "segments": SEGMENT_KEY, "staged": MARKER_KEY, "checkpoints": CHECKPOINT_KEY}
FOLDERS |= {"amendments": AMENDMENT_KEY, "erasure": ORDER_OR_RECEIPT_KEY}

OFFSET = range(1 << 63)
VERSION = range(1, 1 << 64)
PIXELS = range(1, 1 << 32)
SHA256 = re.compile("[0-9a-f]{64}")
SUBJECT = {
    "customer": re.compile("[a-z][a-z0-9-]{2,38}"),
    "image": re.compile("[a-z2-7]{32}"),
    "version": VERSION,
}
NO_SUBJECT = dict.fromkeys(SUBJECT)
PLACE = {"offset": OFFSET, "bytes": OFFSET}
SEGMENT = {"key": str, "sha256": SHA256, "bytes": OFFSET, "samples": OFFSET}
# Of a sample's two members in its segment. Commits of before it was kept have none.
STAGED = {"offset": OFFSET, "outcome": ("staged",), "place": (None, PLACE), **SUBJECT}
REJECTED = {"offset": OFFSET, "reason": re.compile("[a-z_]+"), "detail": str}
COMMIT = {
    "schema": (1, 2),
    "epoch": str,
    "topic": str,
    "partition": OFFSET,
    "seq": OFFSET,
    "first": OFFSET,
    "last": OFFSET,
    "count": OFFSET,
    "gap_before": (None, {"from": OFFSET, "to": OFFSET}),
    "prev_sha256": (None, SHA256),
    "segment": (None, SEGMENT),
    "records": [({"offset": OFFSET, "outcome": ("withheld", "superseded"), "place": (None,), **SUBJECT}, STAGED)],
    "rejected": [(REJECTED | NO_SUBJECT, REJECTED | SUBJECT)],
    "writer": str,
    "repair": (None, {"from": OFFSET, "to": OFFSET, "reached": OFFSET}),
}
AMENDMENT = {
    "schema": (1,),
    "epoch": str,
    "topic": str,
    "partition": OFFSET,
    "seq": OFFSET,
    "segment": (None, SEGMENT),
    "erased": [OFFSET],
    "places": dict,
    "removed": [SEGMENT],
}
ORDER = SUBJECT | {"erased_at": str}
MARKER = {"version": VERSION, "outcome": ("staged", "withheld", "rejected"), "commit": COMMIT_KEY}
CHECKPOINT = {"schema": (1,), "seq": OFFSET, "sha256": SHA256}
DESCRIPTION = {
    "labels": [str],
    "width": PIXELS,
    "height": PIXELS,
    "transform": (None, str),
    "original": {"sha256": SHA256, "type": str, "width": PIXELS, "height": PIXELS, "bytes": OFFSET},
}
CUSTOMER = {"customer": str, "bucket": str}
RECORD = SUBJECT | {"state": ("live", "deleted"), "consent": ("training", "none")}


def exactly(values):
    """The shape of these values and no others."""
    return {name: (value,) for name, value in values.items()}


def misfit(value, shape, path="content"):
    """What is not as `shape` says; None where all is."""
    if isinstance(shape, dict) and isinstance(value, dict):
        parts = (misfit(value.get(name), of, f"{path}.{name}") for name, of in shape.items())
        return next(filter(None, parts), None)
    if isinstance(shape, list) and isinstance(value, list):
        parts = (misfit(one, shape[0], f"{path}[{at}]") for at, one in enumerate(value))
        return next(filter(None, parts), None)
    if isinstance(shape, tuple):
        found = [misfit(value, of, path) for of in shape]
        return None if None in found else found[-1]
    if isinstance(shape, range):
        fits = type(value) is int and value in shape
    elif isinstance(shape, re.Pattern):
        fits = isinstance(value, str) and shape.fullmatch(value)
    elif isinstance(shape, type):
        fits = type(value) is shape
    else:
        fits = type(value) is type(shape) and value == shape
    return None if fits else f"{path} cannot be {json.dumps(value):.80}"


def understood(body, shape):
    """The value of JSON that has this shape; ValueError of anything else."""
    if body is None:
        raise ValueError("is missing")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    wrong = misfit(value, shape)
    if wrong:
        raise ValueError(wrong)
    return value
