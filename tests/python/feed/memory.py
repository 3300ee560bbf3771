"""A store in memory, and how its objects are made: what forgery.py changes, and the verifier reads like any other."""

import base64
import hashlib
import io
import json
import tarfile
from collections import namedtuple

from botocore.exceptions import ClientError

from .bucket import Bucket

# Objects by key of buckets by name, and which bucket is whose.
Store = namedtuple("Store", "buckets feed service customer")


class Copy(Bucket):
    """A bucket in memory. The object that was put last is its youngest; one that is None is listed and not there."""

    def __init__(self, buckets, name, unlisted=frozenset()):
        self.buckets, self.name, self.unlisted = buckets, name, unlisted

    def beside(self, name):
        return Copy(self.buckets, name)

    def objects(self, prefix=""):
        if self.name not in self.buckets:
            raise ClientError({"Error": {"Code": "NoSuchBucket"}}, "ListObjectsV2")
        written = {key: at for at, key in enumerate(self.buckets[self.name]) if key.startswith(prefix)}
        return {key: written[key] for key in sorted(written.keys() - self.unlisted)}

    def open(self, key):
        body = self.buckets[self.name].get(key)
        return None if body is None else io.BytesIO(body)

    def get_all(self, keys):
        return ((key, self.get(key)) for key in keys)


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def image_of(original):
    return base64.b32encode(hashlib.sha256(original).digest()[:20]).decode().lower()


def member(name, body):
    file = tarfile.TarInfo(name)
    file.mode = 0o444
    return file, body


def pack(members, form=tarfile.USTAR_FORMAT):
    """A tar of these members, which ends with two blocks of zeros; Python's own has more of them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as tar:
        for file, body in members:
            file.size = len(body) if file.isreg() else 0
            tar.addfile(file, io.BytesIO(body))
        end = tar.offset
    return packed.getvalue()[:end] + bytes(2 * tarfile.BLOCKSIZE)
