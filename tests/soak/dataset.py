"""A snapshot of what may be trained on, read by nothing but tar."""

import io
import json
import subprocess
import tarfile
from collections import Counter

import service
from ledger import LIVE
from pictures import shows

DATASET = "soak"


def snapshot(place):
    """Built now, it has every live image whose owner agrees, once and as it is, and says rightly why not the others."""
    command = [place.binary, "snapshot", DATASET, "--data", place.data]
    built = subprocess.run(command, capture_output=True, text=True, env=service.QUIET)
    if built.returncode != 0:
        yield f"it could not be built: {built.stderr[-500:]}"
        return
    published = Published(place.store(), place.variables()["FEED_BUCKET"])
    place.samples = {key for key, _, _ in published.samples}
    yield from once(published.samples)
    yield from chosen(place, published)
    yield from like(place, published)


class Published:
    """The newest snapshot."""

    def __init__(self, store, bucket):
        self.store, self.bucket = store, bucket
        number = json.loads(self.read(f"datasets/{DATASET}/LATEST"))["snapshot"]
        self.home = f"datasets/{DATASET}/snapshots/{number:08}"
        splits = json.loads(self.read(f"{self.home}/snapshot.json"))["splits"].values()
        self.shards = [shard for split in splits for shard in split["shards"]]
        self.samples = [member for shard in self.shards for member in members(self.read(shard["key"]))]
        lines = self.read(f"{self.home}/left_out.jsonl").splitlines()
        self.left_out = {line["image"]: line["reason"] for line in map(json.loads, lines)}

    def read(self, key):
        return self.store.get_object(Bucket=self.bucket, Key=key)["Body"].read()


def members(shard):
    """Key, extension and content of each."""
    with tarfile.open(fileobj=io.BytesIO(shard)) as tar:
        return [(*member.name.split(".", 1), tar.extractfile(member).read()) for member in tar]


def once(samples):
    for (key, extension), times in Counter((key, extension) for key, extension, _ in samples).items():
        if times > 1:
            yield f"{key}.{extension} is there {times} times"


def chosen(place, published):
    """Exactly the live images whose owners agree; the report says why not the others, and of no others."""
    meant = {entry.sha256 for entry in place.ledger.entries.values() if may_be_trained_on(entry.state)}
    found = {key for key, _, _ in published.samples}
    if found != meant:
        yield f"{len(found)} images, of {len(meant)}: lacks {sorted(meant - found)}, has {sorted(found - meant)} beside"
    reasons = {
        entry.image: "no_consent" if entry.state.life == LIVE else "deleted"
        for entry in place.ledger.entries.values() if not may_be_trained_on(entry.state)}
    for image in reasons.keys() | published.left_out.keys():
        if reasons.get(image) != published.left_out.get(image):
            yield f"{image} is said to be {published.left_out.get(image)}, and is {reasons.get(image)}"


def may_be_trained_on(state):
    return (state.life, state.consent) == (LIVE, "training")


def like(place, published):
    """Each shows its picture, and has its labels."""
    entries = {entry.sha256: entry for entry in place.ledger.entries.values()}
    for key, extension, body in published.samples:
        entry = entries.get(key)
        if entry and extension == "jpg" and not shows(body, entry.seed):
            yield f"{key} shows another picture"
        if entry and extension == "json" and tuple(json.loads(body)["labels"]) != entry.state.labels:
            yield f"{key} has the labels {json.loads(body)['labels']}, and should have {entry.state.labels}"
