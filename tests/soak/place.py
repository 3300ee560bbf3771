"""A running service, who asks it, and what it has acknowledged."""

import json

import boto3

import service

# Of what verify_feed.py counts.
TOLD = ("records", "staged", "withheld", "superseded", "gone", "faults")


class Place:
    def __init__(self, binary, data, client, ledger):
        self.binary, self.data, self.client, self.ledger = binary, data, client, ledger
        # What the checks came by, to be told: of the feed, and the keys in a snapshot.
        self.totals, self.samples = {}, set()

    def variables(self, *options):
        """What `darkroom env` says."""
        return dict(service.environment(self.binary, self.data, *options))

    def store(self):
        """S3, with the operator's rights."""
        said = self.variables()
        keys = {name.lower(): said[name.upper()] for name in ("aws_access_key_id", "aws_secret_access_key")}
        return boto3.client("s3", endpoint_url=said["AWS_ENDPOINT_URL"], region_name=said["AWS_REGION"], **keys)

    def unannounced(self):
        """Changes that Kafka lacks. What was put into the outbox for a change that was never made is none of them."""
        store, bucket = self.store(), self.variables()["CUSTOMER_BUCKET"]
        listed = store.list_objects_v2(Bucket=bucket, Prefix="outbox/").get("Contents", [])
        return [one["Key"] for one in listed if was_made(store, bucket, one["Key"])]

    def __str__(self):
        live = len(self.ledger.images)
        feed = {name: self.totals[name] for name in TOLD if name in self.totals}
        return (f"{live} images, {len(self.ledger.entries) - live} deleted, {len(self.samples)} samples in a snapshot; "
                f"feed: {json.dumps(feed)}")


def was_made(store, bucket, entry):
    """Whether the record has come to the version that an entry of the outbox names."""
    image, version = entry.removeprefix("outbox/").split("-")
    try:
        record = store.get_object(Bucket=bucket, Key=f"records/{image}.json")["Body"].read()
    except store.exceptions.NoSuchKey:
        return False
    return json.loads(record)["version"] >= int(version)
