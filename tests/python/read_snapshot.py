"""Opens a published snapshot with other people's readers, and holds that all of them see the same in it.

    eval "$(target/release/darkroom env)"
    read_snapshot.py --dataset NAME [--snapshot N] [--originals FOLDER]

Downloads it, the newest if none is named, into a temporary folder. What Python's tarfile finds in the shards is held
against snapshot.json, and what others see against that: webdataset, Hugging Face's datasets, pyarrow, DuckDB with range
reads from the bucket, manifests, counts. FOLDER has originals, named by SHA-256, which samples have to be like. There
is a line for each reader, before it "fault: ..." for each fault; the exit status is 1 where there is one.
"""

import argparse
import io
import json
import os
import re
import sys
import tarfile
import tempfile
from collections import Counter
from datetime import datetime
from itertools import groupby
from pathlib import Path

import boto3
import duckdb
import pyarrow.parquet as parquet
import webdataset
from botocore.exceptions import ClientError
from PIL import Image, ImageOps

from feed.bucket import sha256_of
from read_segment import faults

RANGE_READS, BLOCK_BYTES = 50, 512
PLAIN = {"type": tarfile.REGTYPE, "mode": 0o444, "mtime": 0, "uid": 0, "gid": 0, "uname": "", "gname": ""}
SPLITS = ("train", "validation", "test")
EXTENSIONS = {f"image/{name}": name for name in ("png", "webp", "gif", "avif", "tiff", "bmp")} | {"image/jpeg": "jpg"}
INDEX = dict.fromkeys("key split shard type customer image consent epoch topic".split(), "string")
INDEX |= dict.fromkeys("offset size version kafka_offset".split(), "int64") | {"labels": "list<string>"}
INDEX |= dict.fromkeys("class width height partition".split(), "int32") | {"uploaded_at": "timestamp[ms, tz=UTC]"}


class Snapshot:
    """A snapshot, downloaded into a folder as it lies in the bucket, and what tarfile found in it."""

    def __init__(self, folder, dataset, number, originals):
        self.s3, self.bucket = boto3.client("s3", region_name=os.environ["AWS_REGION"]), os.environ["FEED_BUCKET"]
        self.folder, self.originals, self.good, self.rows, self.hashes = folder, originals, True, {}, {}
        number = number or json.loads(self.download(f"datasets/{dataset}/LATEST").read_bytes())["snapshot"]
        self.pool, self.prefix = f"datasets/{dataset}/shards/", f"datasets/{dataset}/snapshots/{number:08}/"
        self.home = self.download(self.prefix + "snapshot.json").parent
        self.about = json.loads((self.home / "snapshot.json").read_bytes())
        self.shards = [(split, shard) for split in SPLITS for shard in self.about["splits"][split]["shards"]]
        names = ["README.md", "index/index.parquet", "stats.json", *(f"{split}.manifest" for split in SPLITS)]
        for key in [self.prefix + name for name in names] + [shard["key"] for _, shard in self.shards]:
            self.download(key)

    def download(self, key):
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.s3.download_file(self.bucket, key, str(path))
        except ClientError as error:
            sys.exit(f"fault: {key} cannot be downloaded: {error}")
        return path

    def hold(self, holds, sentence):
        if not holds:
            self.good = False
            print("fault:", sentence)

    def agree(self, reader, seen):
        """Holds pairs of key and (split, labels, class, SHA-256 of the image) against what tarfile found."""
        for key, sample in seen:
            expected = (*map(self.rows.get(key, {}).get, ("split", "labels", "class")), self.hashes.get(key))
            self.hold(sample == expected, f"Of {reader}, {key} is {sample}; in the tar it is {expected}.")
        once = sorted(key for key, _ in seen) == sorted(self.rows)
        self.hold(once, f"There are {len(seen)} {reader}; there should be {len(self.rows)}, each once.")
        return f"{len(seen)} {reader}"


def with_tarfile(snapshot):
    for split, shard in snapshot.shards:
        key, body = shard["key"], (snapshot.folder / shard["key"]).read_bytes()
        found = (f"{snapshot.pool}{split}-{sha256_of(body)[:32]}.tar", sha256_of(body), len(body))
        snapshot.hold((key, shard["sha256"], shard["bytes"]) == found, f"{key} should be {found}.")
        samples = [(name, list(parts)) for name, parts in groupby(members_of(snapshot, body), lambda member: member[0])]
        snapshot.hold(len(samples) == shard["images"], f"{key} has {len(samples)} samples.")
        for name, members in samples:
            snapshot.hold(name not in snapshot.rows, f"{name} is there twice, or in parts: again in {key}.")
            take(snapshot, {"key": name, "split": split, "shard": key, "consent": "training"}, members)
    return f"{len(snapshot.rows)} samples in {len(snapshot.shards)} shards"


def members_of(snapshot, body):
    """Key, extension, offset and content of each member, all of them plain, old and nobody's."""
    end = 0
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        for member in tar:
            header, found = body[end : member.offset_data], member.get_info()
            ustar = len(header) == BLOCK_BYTES and header[257:265] == b"ustar\x0000"
            snapshot.hold(ustar and PLAIN.items() <= found.items(), f"{member.name} has another header: {found}.")
            end = member.offset_data + -(-member.size // BLOCK_BYTES) * BLOCK_BYTES
            yield *member.name.partition(".")[::2], member.offset_data, tar.extractfile(member).read()
    snapshot.hold(body[end:] == bytes(2 * BLOCK_BYTES), "A shard does not end in two blocks of zeros.")


def take(snapshot, row, members):
    """Completes the row that the index should have of a sample, and holds its members against each other."""
    key, parts = row["key"], {extension: (offset, body) for _, extension, offset, body in members}
    images, cls = list(parts.keys() - {"json", "cls"}), parts.get("cls", (0, b"None"))[1]
    if "json" not in parts or len(images) != 1 or len(members) != len(parts):
        return snapshot.hold(False, f"{key} has the members {[member[1] for member in members]}.")
    about, (offset, image) = json.loads(parts["json"][1]), parts[images[0]]
    row |= {name: value for name, value in (about | about["lineage"]).items() if name in INDEX}
    row |= {"offset": offset, "size": len(image), "kafka_offset": about["lineage"]["offset"]}
    row["uploaded_at"] = round(datetime.fromisoformat(about["uploaded_at"]).timestamp() * 1000)
    snapshot.rows[key], snapshot.hashes[key] = row, sha256_of(image)
    named = (about["schema"], about["key"], about["original"]["sha256"], about["bytes"], EXTENSIONS[about["type"]])
    sound = named == (1, key, key, len(image), images[0]) and re.fullmatch("[0-9a-f]{64}", key)
    snapshot.hold(sound, f"{key}.{images[0]} of {len(image)} bytes is described as {named}.")
    snapshot.hold(about["transform"] or sha256_of(image) == key, f"{key} is said to be as uploaded, and is not.")
    classes = [number for number, name in enumerate(snapshot.about["classes"]) if name in row["labels"]]
    right, found = classes[0] if len(classes) == 1 else None, (row["class"], cls)
    snapshot.hold(found == (right, str(right).encode()), f"{key} is of class {right}, and said to be of {found}.")
    snapshot.hold(split_of(snapshot, row) == row["split"], f"{key} does not belong in {row['split']}.")


def split_of(snapshot, row):
    """By the documented hash, with the recipe's shares and group."""
    shares = {"train": 0.8, "validation": 0.1, "group": "original"} | snapshot.about["recipe"].get("split", {})
    group = row["customer" if shares["group"] == "customer" else "key"]
    at = int(sha256_of(f"split-v1:{group}".encode())[:16], 16) / 2**64
    return SPLITS[(at >= shares["train"]) + (at >= shares["train"] + shares["validation"])]


def with_webdataset(snapshot):
    seen = []
    for split, shard in snapshot.shards:
        path = str(snapshot.folder / shard["key"])
        decoded = webdataset.WebDataset(path, shardshuffle=False).decode("pil")
        for raw, sample in zip(webdataset.WebDataset(path, shardshuffle=False), decoded, strict=True):
            key, (extension,) = raw["__key__"], raw.keys() & EXTENSIONS.values()
            seen.append((key, (split, sample["json"]["labels"], sample.pop("cls", None), sha256_of(raw[extension]))))
            if snapshot.originals and sample["json"]["transform"]:
                found, _ = faults(sample, {f"{key}.{extension}": raw[extension]}, snapshot.originals)
                snapshot.hold(not found, f"{key}: {', '.join(found)}.")
    return snapshot.agree("decoded samples", seen) + ", like their originals" * bool(snapshot.originals)


def with_datasets(snapshot):
    # It reads these when it is imported: where to keep things, and that it shall not ask the Hub.
    os.environ.update(HF_HOME=str(snapshot.folder), HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
    import datasets

    info, saw = datasets.load_dataset_builder(str(snapshot.home)).info, []
    names = getattr((info.features or {}).get("cls"), "names", snapshot.about["classes"])
    snapshot.hold(names == snapshot.about["classes"], f"The card names the classes {names}.")
    files = {split: str(snapshot.folder / snapshot.pool / f"{split}-*.tar") for split, _ in snapshot.shards}
    alone = {"path": "webdataset", "data_files": files, "features": info.features}
    for name, source in (("by the card", {"path": str(snapshot.home)}), ("by the shards", alone)):
        for streaming in (False, True):
            rows = list(rows_of(datasets.load_dataset(**source, streaming=streaming), datasets.Image))
            saw.append(snapshot.agree("samples " + "streaming " * streaming + name, rows))
    return ", ".join(saw)


def rows_of(loaded, image_type):
    for name, split in loaded.items():
        images = [column for column, feature in split.features.items() if isinstance(feature, image_type)]
        for column in images:
            split = split.cast_column(column, image_type(decode=False))
        for row in split:
            image = next(row[column]["bytes"] for column in images if row[column])
            yield row["__key__"], (name, row["json"]["labels"], row.get("cls"), sha256_of(image))


def with_pyarrow(snapshot):
    schema = parquet.read_schema(snapshot.home / "index/index.parquet")
    kinds = {field.name: re.sub("<.*: ([a-z]+).*>", r"<\1>", str(field.type)) for field in schema}
    snapshot.hold(kinds == INDEX, f"The index's columns are other ones: {sorted(kinds.items() ^ INDEX.items())}.")
    return f"{len(kinds)} columns"


def with_duckdb(snapshot):
    index = duckdb.read_parquet(str(snapshot.home / "index/index.parquet"))
    # As a moment it would need one more package.
    index = index.project("* replace (epoch_ms(uploaded_at) as uploaded_at)").order("key")
    rows = [dict(zip(index.columns, row)) for row in index.fetchall()]
    snapshot.hold([row["key"] for row in rows] == sorted(snapshot.rows), "The index has other keys than the shards.")
    for row in rows:
        expected = snapshot.rows.get(row["key"], {})
        wrong = [f"{name} {value}" for name, value in row.items() if expected.get(name) != value]
        snapshot.hold(not wrong, f"The index says of {row['key']} what the shards do not: {', '.join(wrong)}.")
    for row in rows[:RANGE_READS]:
        place = {"Key": row["shard"], "Range": f"bytes={row['offset']}-{row['offset'] + row['size'] - 1}"}
        image = snapshot.s3.get_object(Bucket=snapshot.bucket, **place)["Body"].read()
        found = sha256_of(image), ImageOps.exif_transpose(Image.open(io.BytesIO(image))).size
        expected = snapshot.hashes.get(row["key"]), (row["width"], row["height"])
        snapshot.hold(found == expected, f"{row['key']} is {expected}, and what the index names is {found}.")
    return f"{len(rows)} rows, {len(rows[:RANGE_READS])} images by range"


def with_manifests(snapshot):
    for split in SPLITS:
        listed = [shard["key"].removeprefix(snapshot.pool) for of, shard in snapshot.shards if of == split]
        found = json.loads((snapshot.home / f"{split}.manifest").read_bytes())
        expected = [{"prefix": f"s3://{snapshot.bucket}/{snapshot.pool}"}, *listed]
        snapshot.hold(found == expected, f"{split}.manifest is {found}, and should be {expected}.")
    return f"{len(snapshot.shards)} shards"


def with_counts(snapshot):
    about, rows, stats = snapshot.about, snapshot.rows.values(), json.loads((snapshot.home / "stats.json").read_bytes())
    found = {f"by_{name}": Counter(row[name] for row in rows) for name in ("split", "type", "customer")}
    found["by_class"] = Counter("" if row["class"] is None else about["classes"][row["class"]] for row in rows)
    found |= {"images": len(rows), "bytes": sum(row["size"] for row in rows)}
    snapshot.hold(found.items() <= stats.items(), f"stats.json is {stats}; it should have {found}.")
    told = f"{found['images']} images ({found['bytes']} bytes)"
    snapshot.hold(told in (snapshot.home / "README.md").read_text(), f"The card does not tell of {told}.")
    for split, stated in about["splits"].items():
        found = {name: sum(shard[name] for shard in stated["shards"]) for name in ("images", "bytes")}
        snapshot.hold(found.items() <= stated.items(), f"snapshot.json counts for {split} {stated}, and it is {found}.")
    index = sha256_of((snapshot.home / "index/index.parquet").read_bytes())
    index = {"file": "index/index.parquet", "sha256": index, "rows": len(rows)}
    named = (about["schema"], f"datasets/{about['dataset']}/shards/", about["index"])
    snapshot.hold(named == (1, snapshot.pool, index), f"snapshot.json names {named}; the index is {index}.")
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--snapshot", type=int, metavar="N")
    parser.add_argument("--originals", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    readers = [with_tarfile, with_webdataset, with_datasets, with_pyarrow, with_duckdb, with_manifests, with_counts]
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Snapshot(Path(folder), given.dataset, given.snapshot, given.originals)
        for read in readers:
            try:
                print(f"{read.__name__.removeprefix('with_')}: {read(snapshot)}")
            except Exception as error:
                snapshot.hold(False, f"{read.__name__.removeprefix('with_')}: {error.__cause__ or error!r}")
        sys.exit(0 if snapshot.good else 1)


if __name__ == "__main__":
    main()
