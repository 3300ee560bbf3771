"""A segment's tar against the commit that names it, or the amendment.

The tar is read as it streams by, once, so that memory does not grow with it. A WebDataset reader joins neighbours whose
names agree up to the first dot: that is why the order of members, their names and what lies between them are checked,
and not only whether each sample can be found.
"""

import base64
import re
import tarfile
from collections import namedtuple

from .bucket import Hashed
from .formats import DESCRIPTION, SUBJECT, exactly, understood

# Enough for any description, which comes out of one Kafka message.
HEAD_BYTES = 4 << 20
# What an image begins with, by the extension of its member.
MAGIC = {
    "jpg": rb"\xff\xd8\xff",
    "png": rb"\x89PNG\r\n\x1a\n",
    "webp": rb"RIFF.{4}WEBP",
    "avif": rb".{4}ftyp(.{4}){0,13}?avi[fs]",
    "gif": rb"GIF8[79]a",
    "tiff": rb"II[*+]\0|MM\0[*+]",
    "bmp": rb"BM",
}

# A member of a tar: its size, its first bytes and the hash of all.
Member = namedtuple("Member", "extension bytes head sha256")


def staged(commit):
    return [entry for entry in commit["records"] if entry["outcome"] == "staged"]


def segment_key(key, commit, reference):
    """What a segment of the commit `key`, or of its amendment, is to be called."""
    chain, offsets = key.split("/", 1)[1].rsplit("/", 1)[0], f"{commit['first']:020}-{commit['last']:020}"
    return f"segments/{chain}/{offsets}-{reference['sha256'][:16]}.tar"


class Segment:
    """A tar as it streams by, and what names it, which is called `who`."""

    def __init__(self, stream, commit, who="its commit"):
        self.stream, self.commit, self.who, self.members_bytes = Hashed(stream), commit, who, 0

    def faults(self):
        try:
            with tarfile.open(fileobj=self.stream, mode="r|") as tar:
                yield from self.faults_of_samples(tar)
        except (tarfile.TarError, ValueError) as error:
            yield f"cannot be read as a tar: {error}"
        self.stream.drain()
        if self.stream.bytes != self.commit["segment"]["bytes"]:
            yield f"has {self.stream.bytes} bytes, {self.who} says {self.commit['segment']['bytes']}"
        if self.stream.digest.hexdigest() != self.commit["segment"]["sha256"]:
            yield f"has SHA-256 {self.stream.digest.hexdigest()}, {self.who} says {self.commit['segment']['sha256']}"

    def faults_of_samples(self, tar):
        for entry in staged(self.commit):
            key = f"{entry['customer']}-{entry['image']}-{entry['version']}"
            begin = self.members_bytes
            image = yield from self.read_member(tar, key, MAGIC)
            about = (yield from self.read_member(tar, key, ("json",))) if image else None
            if about is None:
                return
            yield from self.faults_of_sample(entry, key, image, about)
            place = {"offset": begin, "bytes": self.members_bytes - begin}
            if entry.get("place") not in (None, place):
                yield f"{key} lies at {place}, {self.who} says {entry['place']}"
        if tar.next() is not None:
            yield f"has more members than {self.who} has samples"
        # Two blocks of zeros end a tar. A name that is too long for a plain header would take blocks of its own.
        self.stream.drain()
        if self.stream.bytes != self.members_bytes + 2 * tarfile.BLOCKSIZE:
            yield "has bytes that belong to no member"

    def read_member(self, tar, key, extensions):
        """Yields what is wrong with the next member and returns it; None where no more can be read."""
        member = tar.next()
        if member is None:
            yield f"ends where {key} is to come"
            return None
        stem, _, extension = member.name.partition(".")
        if stem != key or extension not in extensions:
            yield f"has {member.name} where {key}.({'|'.join(extensions)}) is to come"
        about = (member.mode, member.mtime, member.uid, member.gid)
        if about != (0o444, 0, 0, 0) or member.uname or member.gname:
            yield f"{member.name}: mode, time, user and group are {about} {member.uname} {member.gname}"
        if member.type != tarfile.REGTYPE:
            yield f"{member.name}: it is no regular file"
            return None
        file = Hashed(tar.extractfile(member))
        head = file.read(HEAD_BYTES)
        file.drain()
        self.members_bytes += tarfile.BLOCKSIZE * (1 + -(-member.size // tarfile.BLOCKSIZE))
        return Member(extension, member.size, head, file.digest.hexdigest())

    def faults_of_sample(self, entry, key, image, about):
        if image.extension in MAGIC and not re.match(MAGIC[image.extension], image.head, re.DOTALL):
            yield f"{key}.{image.extension}: its bytes begin as those of another format"
        expected = {
            "schema": 1,
            "key": key,
            "consent": "training",
            "type": "image/jpeg" if image.extension == "jpg" else f"image/{image.extension}",
            "bytes": image.bytes,
            **{name: entry[name] for name in SUBJECT},
        }
        lineage = {name: self.commit[name] for name in ("epoch", "topic", "partition")} | {"offset": entry["offset"]}
        shape = DESCRIPTION | exactly(expected) | {"lineage": exactly(lineage)}
        try:
            description = understood(about.head, shape)
        except ValueError as error:
            yield f"{key}.json: {error}"
            return
        original = description["original"]
        if base64.b32encode(bytes.fromhex(original["sha256"])[:20]).decode().lower() != entry["image"]:
            yield f"{key}.json: an original with SHA-256 {original['sha256']} is another image"
        if description["transform"] is None and (original["sha256"], original["bytes"]) != (image.sha256, image.bytes):
            yield f"{key}.{image.extension}: staged as uploaded, and not its original's bytes"
