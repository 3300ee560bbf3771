"""Prints the hashes of a split's shards in a published snapshot, as JSON.

    eval "$(target/release/darkroom env)"
    read_published.py DATASET NUMBER SPLIT
"""

import json
import os
import sys

import boto3


def main():
    dataset, number, split = sys.argv[1:]
    key = f"datasets/{dataset}/snapshots/{int(number):08}/snapshot.json"
    body = boto3.client("s3").get_object(Bucket=os.environ["FEED_BUCKET"], Key=key)["Body"]
    print(json.dumps([shard["sha256"] for shard in json.load(body)["splits"][split]["shards"]]))


if __name__ == "__main__":
    main()
