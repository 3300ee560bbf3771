"""Opens the newest snapshot with a data scientist's credentials alone, and tries what these must not open.

    eval "$(target/release/darkroom env --role data-scientist)"
    as_data_scientist.py --dataset NAME --forbidden BUCKET...

webdataset streams all shards and DuckDB asks the index, both straight from S3, and have to see the same. To put, copy,
upload or delete in the feed's bucket, to list, get or put in a forbidden one, to list buckets and to become a
customer's role has to be refused as AccessDenied. What is not refused is cleared away. There is a line for each part,
before it "fault: ..." for each fault; the exit status is 1 where there is one.
"""

import argparse
import json
import os
import sys

import boto3
import duckdb
import webdataset
from botocore.exceptions import ClientError
from pyarrow import dataset


def open_in_s3(url, mode, bufsize):
    """What webdataset is to open s3:// with. Of its own it knows https://, by way of curl."""
    bucket, key = url.removeprefix("s3://").split("/", 1)
    return boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]


class DataScientist:
    """Someone with these credentials, what they see, and a key of their own that nothing lies under."""

    def __init__(self, name, forbidden):
        self.s3, self.sts, self.good, self.forbidden = boto3.client("s3"), boto3.client("sts"), True, forbidden
        self.feed, self.dataset = os.environ["FEED_BUCKET"], f"datasets/{name}/"
        self.mine, self.latest = f"{self.dataset}as-data-scientist", f"{self.dataset}LATEST"
        number = json.load(self.s3.get_object(Bucket=self.feed, Key=self.latest)["Body"])["snapshot"]
        self.home, self.samples = f"{self.dataset}snapshots/{number:08}/", {}
        self.about = json.load(self.s3.get_object(Bucket=self.feed, Key=f"{self.home}snapshot.json")["Body"])

    def hold(self, holds, sentence):
        if not holds:
            self.good = False
            print("fault:", sentence)

    def is_refused(self, what, call, **arguments):
        """Returns the answer where there is one, for what it made to be cleared away."""
        try:
            answer, found = call(**arguments), "allowed"
        except ClientError as error:
            answer, found = None, error.response["Error"]["Code"]
        self.hold(found == "AccessDenied", f"To {what} is {found}.")
        return answer


def with_boto3(someone):
    pages = someone.s3.get_paginator("list_objects_v2").paginate(Bucket=someone.feed, Prefix=someone.dataset)
    keys = {found["Key"] for page in pages for found in page.get("Contents", [])}
    named = {shard["key"] for split in someone.about["splits"].values() for shard in split["shards"]}
    someone.hold(named <= keys, f"Of the shards, {sorted(named - keys)} are not listed.")
    return f"{someone.home} of {len(keys)} objects"


def with_webdataset(someone):
    webdataset.gopen_schemes["s3"] = open_in_s3
    for split, about in someone.about["splits"].items():
        shards = [f"s3://{someone.feed}/{shard['key']}" for shard in about["shards"]]
        if shards:
            for sample in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):
                someone.samples[sample["__key__"]] = (split, sample.get("cls"), sample["json"]["labels"])
    images = sum(about["images"] for about in someone.about["splits"].values())
    someone.hold(len(someone.samples) == images, f"There are {len(someone.samples)} samples; there should be {images}.")
    return f"{len(someone.samples)} samples"


def with_duckdb(someone):
    # DuckDB asks pyarrow for the columns and rows that a query names, and pyarrow asks S3 for their bytes.
    index = dataset.dataset(f"s3://{someone.feed}/{someone.home}index/")
    rows = duckdb.sql("SELECT key, split, class, labels FROM index").fetchall()
    found = {key: tuple(row) for key, *row in rows}
    wrong = [key for key in found | someone.samples if found.get(key) != someone.samples.get(key)]
    someone.hold(not wrong, f"DuckDB and webdataset see different things of {wrong}.")
    return f"{len(rows)} rows"


def without_rights(someone):
    feed, mine, demand = someone.feed, {"Bucket": someone.feed, "Key": someone.mine}, someone.is_refused
    demand(f"put in {feed}", someone.s3.put_object, **mine, Body=b"")
    demand(f"copy in {feed}", someone.s3.copy_object, **mine, CopySource={"Bucket": feed, "Key": someone.latest})
    upload = demand(f"begin an upload in {feed}", someone.s3.create_multipart_upload, **mine)
    if upload:
        someone.s3.abort_multipart_upload(**mine, UploadId=upload["UploadId"])
    demand(f"delete in {feed}", someone.s3.delete_object, **mine)
    left = someone.s3.list_objects_v2(Bucket=feed, Prefix=someone.mine)["KeyCount"]
    someone.hold(not left, f"{someone.mine} is there now.")
    for bucket in someone.forbidden:
        demand(f"list {bucket}", someone.s3.list_objects_v2, Bucket=bucket)
        demand(f"get out of {bucket}", someone.s3.get_object, Bucket=bucket, Key=someone.mine)
        if demand(f"put in {bucket}", someone.s3.put_object, Bucket=bucket, Key=someone.mine):
            someone.s3.delete_object(Bucket=bucket, Key=someone.mine)
    demand("list buckets", someone.s3.list_buckets)
    # Anybody may ask who they are.
    role = f"arn:aws:iam::{someone.sts.get_caller_identity()['Account']}:role/darkroom-customer"
    tags = [{"Key": "customer", "Value": "demo"}]
    demand(f"become {role}", someone.sts.assume_role, RoleArn=role, RoleSessionName="data-scientist", Tags=tags)
    return f"{6 + 3 * len(someone.forbidden)} tries"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--forbidden", required=True, nargs="+", metavar="BUCKET")
    given = parser.parse_args()
    try:
        someone = DataScientist(given.dataset, given.forbidden)
    except ClientError as error:
        sys.exit(f"fault: {given.dataset} cannot be opened: {error}")
    for part in (with_boto3, with_webdataset, with_duckdb, without_rights):
        try:
            print(f"{part.__name__.replace('_', ' ').removeprefix('with ')}: {part(someone)}")
        except Exception as error:
            someone.hold(False, f"{part.__name__.replace('_', ' ').removeprefix('with ')}: {error!r}")
    sys.exit(0 if someone.good else 1)


if __name__ == "__main__":
    main()
