"""A bucket that is read, and how its bytes are counted and hashed on their way.

Everything that the verifier knows of S3 is here: memory.py has a bucket that takes the place of this one.
"""

import hashlib

READ_AHEAD = 64
CHUNK_BYTES = 1 << 20


def sha256_of(body):
    return hashlib.sha256(body).hexdigest()


class Bucket:
    """A bucket, read and never written."""

    def __init__(self, client, readers, name):
        self.client, self.readers, self.name = client, readers, name

    def beside(self, name):
        """Another bucket of the same store."""
        return Bucket(self.client, self.readers, name)

    def objects(self, prefix=""):
        """When each object was written, by key, keys in order."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return {found["Key"]: found["LastModified"] for page in pages for found in page.get("Contents", [])}

    def open(self, key):
        """A stream of the object's bytes; None where there is none."""
        try:
            return self.client.get_object(Bucket=self.name, Key=key)["Body"]
        except self.client.exceptions.NoSuchKey:
            return None

    def get(self, key):
        body = self.open(key)
        return None if body is None else body.read()

    def get_all(self, keys):
        """Each key with its bytes, in order."""
        for at in range(0, len(keys), READ_AHEAD):
            some = keys[at : at + READ_AHEAD]
            yield from zip(some, self.readers.map(self.get, some))


class Hashed:
    """A stream that knows what went through it."""

    def __init__(self, stream):
        self.stream, self.digest, self.bytes = stream, hashlib.sha256(), 0

    def read(self, size=CHUNK_BYTES):
        chunk = self.stream.read(size)
        self.digest.update(chunk)
        self.bytes += len(chunk)
        return chunk

    def drain(self):
        while self.read():
            pass
