"""Holds infra/analytics.yaml against a dataset as it lies in the bucket: its table, and its named queries in DuckDB.

    eval "$(target/release/darkroom env)"
    query_index.py --dataset NAME --template infra/analytics.yaml

Where Athena looks for a published snapshot there has to lie its index and nothing else, with the columns of the Glue
table. DuckDB then runs each query's text as it stands, over a view of that table's name, and its rows are held against
what tarfile found in the shards. There is a line for each part, before it "fault: ..." for each fault; the exit status
is 1 where there is one.
"""

import argparse
import json
import os
import re
import string
import sys
import tempfile
from collections import Counter
from itertools import permutations, zip_longest
from pathlib import Path

import boto3
import duckdb
import pyarrow.parquet as parquet
from cfnlint.decode.cfn_yaml import load

from feed.bucket import Bucket, sha256_of
from read_snapshot import Snapshot, with_tarfile

GLUE = {"string": "string", "int64": "bigint", "int32": "int", "list<string>": "array<string>"}
GLUE |= {"timestamp[ms, tz=UTC]": "timestamp"}
PARTITIONS = [("dataset", "string"), ("snapshot", "int")]
PROJECTION = {"projection.enabled": "true"}
PROJECTION |= {"projection.dataset.type": "injected", "projection.snapshot.type": "integer"}
PATH = r"'/datasets/([^/]+)/snapshots/(\d+)/[^/]+/[^/]+$'"


class Dataset:
    """The published snapshots of a dataset, each as tarfile found it, and the template that makes a table of them."""

    def __init__(self, name, template, folder):
        self.bucket = Bucket(boto3.client("s3", region_name=os.environ["AWS_REGION"]), None, os.environ["FEED_BUCKET"])
        self.name, self.good, self.indexes, self.snapshots, self.sql = name, True, [], {}, duckdb.connect()
        resources = [(resource["Type"], resource["Properties"]) for resource in load(template)["Resources"].values()]
        (self.table,) = (made["TableInput"] for kind, made in resources if kind == "AWS::Glue::Table")
        self.queries = {made["Name"]: made["QueryString"] for kind, made in resources if kind.endswith("NamedQuery")}
        keys = "\n".join(self.bucket.objects(f"datasets/{name}/snapshots/"))
        for number in map(int, re.findall(r"/(\d{8})/snapshot\.json", keys)):
            self.snapshots[number] = Snapshot(folder, name, number, None)
            with_tarfile(self.snapshots[number])
            self.good &= self.snapshots[number].good

    def hold(self, holds, sentence):
        if not holds:
            self.good = False
            print("fault:", sentence)

    def folder_of(self, number):
        """Below which prefix Athena looks for a snapshot, by the projection's properties."""
        properties = self.table["Parameters"]
        first, last = map(int, properties["projection.snapshot.range"].split(","))
        self.hold(first <= number <= last, f"Snapshot {number} is out of the projection's range.")
        place = properties["storage.location.template"]["Fn::Sub"].replace("${FeedBucket}", self.bucket.name)
        values = {"dataset": self.name, "snapshot": str(number).zfill(int(properties["projection.snapshot.digits"]))}
        return string.Template(place.replace("${!", "${")).substitute(values).removeprefix(f"s3://{self.bucket.name}/")

    def ask(self, query, *parameters):
        asked = self.sql.execute(self.queries[query], [self.name, *parameters])
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row)) for row in asked.fetchall()]


def with_table(data):
    lists = (data.table["StorageDescriptor"]["Columns"], data.table["PartitionKeys"])
    columns, partitions = ([(column["Name"], column["Type"]) for column in listed] for listed in lists)
    data.hold(partitions == PARTITIONS, f"The table's partition keys are {partitions}.")
    data.hold(PROJECTION.items() <= data.table["Parameters"].items(), f"The table should have {PROJECTION}.")
    for number, snapshot in data.snapshots.items():
        folder, indexes = data.folder_of(number), []
        for index in map(snapshot.download, data.bucket.objects(folder)):
            if sha256_of(index.read_bytes()) != snapshot.about["index"]["sha256"]:
                data.hold(False, f"Athena would read {index.name} of {folder}, and it is not the index.")
                continue
            schema = parquet.read_schema(index)
            kinds = [GLUE.get(re.sub("<.*: ([a-z]+).*>", r"<\1>", str(field.type))) for field in schema]
            for given, right in zip_longest(columns, zip(schema.names, kinds)):
                data.hold(given == right, f"The table has the column {given} where the index of {number} has {right}.")
            indexes.append(str(index))
        data.hold(len(indexes) == 1, f"Athena would find {len(indexes)} indexes of snapshot {number} in {folder}.")
        data.indexes += indexes
    return f"{len(columns)} columns, {len(data.indexes)} indexes of {len(data.snapshots)} snapshots"


def with_duckdb(data):
    table, rows = data.table["Name"], data.sql.read_parquet(data.indexes, filename=True)
    partitions = f"regexp_extract(filename, {PATH}, 1) as dataset, regexp_extract(filename, {PATH}, 2)::int as snapshot"
    rows.project(f"* exclude filename, {partitions}").create_view(table)
    for name, text in data.queries.items():
        # DuckDB does not mind; Athena refuses a scan that does not say which dataset.
        said = {text.count(part) for part in (f"FROM {table}", '"dataset" = ?', '"snapshot" = ?')}
        data.hold(len(said) == 1 and 0 not in said, f"{name} does not say of each scan which dataset and snapshot.")
    asked = {"class-balance": class_balance, "only-in-one": only_in_one, "where-it-lies": where_it_lies}
    data.hold(data.queries.keys() == asked.keys(), f"The template's queries are {sorted(data.queries)}.")
    return ", ".join(f"{name} of {ask(data)}" for name, ask in asked.items())


def class_balance(data):
    for number, snapshot in data.snapshots.items():
        images, size, counted = Counter(), Counter(), {}
        for sample in snapshot.rows.values():
            of = (sample["split"], sample["customer"], sample["class"])
            images[of], size[of] = images[of] + 1, size[of] + sample["size"]
        in_order = sorted(images, key=lambda of: (*of[:2], of[2] is None, of[2]))
        found = [tuple(row.values()) for row in data.ask("class-balance", number)]
        right = [(*of, images[of], size[of]) for of in in_order]
        data.hold(found == right, f"class-balance of {number} is {found}; by the shards it is {right}.")
        for split, _, of_class, count, _ in found:
            name = "" if of_class is None else snapshot.about["classes"][of_class]
            counted.setdefault(split, Counter())[name] += count
        stated = json.loads((snapshot.home / "stats.json").read_bytes())["by_split_and_class"]
        data.hold(counted == stated, f"class-balance of {number} sums up to {counted}; stats.json has {stated}.")
    return f"{len(data.snapshots)} snapshots"


def only_in_one(data):
    pairs = list(permutations(data.snapshots, 2))
    for one, other in pairs:
        found, samples = data.ask("only-in-one", one, data.name, other), data.snapshots[one].rows
        right, keys = sorted(samples.keys() - data.snapshots[other].rows.keys()), [row["key"] for row in found]
        same = keys == right and all(row.items() <= samples[row["key"]].items() for row in found)
        data.hold(same, f"only-in-one of {one} without {other} is {found}; by the shards it is {right}.")
    return f"{len(pairs)} pairs"


def where_it_lies(data):
    """Of each snapshot the image that is furthest into its shard, and one that is in none."""
    for number, snapshot in data.snapshots.items():
        key, sample = max(snapshot.rows.items(), key=lambda row: row[1]["offset"])
        found, none = (data.ask("where-it-lies", number, asked) for asked in (key, "0" * 64))
        data.hold(not none, f"where-it-lies finds in {number} what is not there: {none}.")
        same = len(found) == 1 and found[0].items() <= sample.items()
        data.hold(same, f"where-it-lies of {key} in {number} is {found}; by the shards it is {sample}.")
        for row in found:
            place = {"Key": row["shard"], "Range": f"bytes={row['offset']}-{row['offset'] + row['size'] - 1}"}
            image = snapshot.s3.get_object(Bucket=snapshot.bucket, **place)["Body"].read()
            data.hold(sha256_of(image) == snapshot.hashes[key], f"{key} is not what lies at {place}.")
    return f"{len(data.snapshots)} images"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--template", required=True, metavar="FILE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Dataset(given.dataset, given.template, Path(folder))
        data.hold(data.snapshots, f"{given.dataset} has no snapshot.")
        for part in (with_table, with_duckdb):
            try:
                print(f"{part.__name__.removeprefix('with_')}: {part(data)}")
            except Exception as error:
                data.hold(False, f"{part.__name__.removeprefix('with_')}: {error!r}")
        sys.exit(0 if data.good else 1)


if __name__ == "__main__":
    main()
