"""Everything that lies in a feed bucket, every version of it, unpacked: what verify_erasure.py looks into."""

import io
import json
import re
import tarfile
from collections import defaultdict
from itertools import groupby

import boto3
import pyarrow.parquet as parquet
from botocore.exceptions import ClientError

from .bucket import sha256_of

SUBJECT = "customer", "image", "version"
HOME = re.compile(r"datasets/(?P<dataset>[^/]+)/snapshots/(?P<number>\d{8})/(?P<file>.+)")


class Everything:
    """Everything that lies in a feed bucket, and what was ordered."""

    def __init__(self, bucket, rows):
        self.s3, self.bucket = boto3.client("s3"), bucket
        self.good, self.before = True, rows
        # By name: bodies, parsed where they are JSON, of what lies there; samples and rows by the object that has them.
        self.objects, self.hashes, self.samples, self.rows, self.kept = {}, {}, {}, {}, set()
        for key, version, is_latest in list(self.listed()):
            self.take(key, version, is_latest)
        self.orders = {tuple(key[15:-5].split("/")): one for key, one in self.under("erasure/orders/")}
        self.amendments = {key[11:-5]: one for key, one in self.under("amendments/")}
        self.snapshots = defaultdict(dict)
        for found in filter(None, map(HOME.fullmatch, self.objects)):
            self.snapshots[found["dataset"], int(found["number"])][found["file"]] = self.objects[found[0]]
        self.replaced = {home: files["snapshot.json"] for home, files in self.snapshots.items()
                         if "replaced_by" in files.get("snapshot.json", {})}
        self.published = {home: files["snapshot.json"] for home, files in self.snapshots.items()
                          if "splits" in files.get("snapshot.json", {})}

    def listed(self):
        try:
            for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
                yield from ((one["Key"], one["VersionId"], one["IsLatest"]) for one in page.get("Versions", []))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 405, 501):
                raise
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
                yield from ((one["Key"], "null", True) for one in page.get("Contents", []))

    def take(self, key, version, is_latest):
        which = {} if version == "null" else {"VersionId": version}
        body = self.s3.get_object(Bucket=self.bucket, Key=key, **which)["Body"].read()
        self.kept.add(key)
        name = key if is_latest else f"{key}?versionId={version}"
        try:
            if key.endswith(".tar") or body[257:262] == b"ustar":
                self.samples[name] = list(samples_of(body))
            elif key.endswith(".parquet") or body[:4] == b"PAR1":
                self.rows[name] = parquet.read_table(io.BytesIO(body)).to_pylist()
            elif re.search(r"\.json$|/LATEST$|\.manifest$", key):
                body = json.loads(body)
        except Exception as error:
            body = {}
            self.hold(False, f"{name} cannot be read: {error!r}")
        if is_latest:
            self.objects[key], self.hashes[key] = body, sha256_of(body) if type(body) is bytes else None

    def under(self, prefix):
        return [(key, body) for key, body in self.objects.items() if key.startswith(prefix) and type(body) is dict]

    def hold(self, holds, sentence):
        if not holds:
            self.good = False
            print("fault:", sentence)

    def is_ordered(self, one):
        return one["version"] <= self.orders.get((one["customer"], one["image"]), {"version": 0})["version"]


def samples_of(body):
    """The descriptions in a tar, with the keys of their samples; each sample has one."""
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        for key, members in groupby(tar, lambda member: member.name.partition(".")[0]):
            (about,) = [json.load(tar.extractfile(one)) for one in members if one.name.endswith(".json")]
            yield about | {"key": about["original"]["sha256"], "sample": key}
