"""Trains on a published snapshot as a training job of SageMaker does, and holds that the job saw all of the snapshot.

    eval "$(target/release/darkroom env)"
    train_channels.py --dataset NAME [--snapshot N]

Each split that is not empty becomes a channel: S3DataType ManifestFile, File mode. What SageMaker lays out in /opt/ml
is laid out in a temporary folder, of the newest snapshot if none is named; there AWS's own toolkit (the `train` beside
this Python) runs count_samples.py, which finds channels, hyperparameters and nothing of the bucket. Its counts are held
against snapshot.json and stats.json. There is a line for each channel, before it "fault: ..." for each fault; the exit
status is 1 where there is one.
"""

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path, PurePosixPath

import boto3
from botocore.exceptions import ClientError

PATIENCE_S = 300
SCRIPT = Path(__file__).with_name("count_samples.py")
SPLITS = ("train", "validation", "test")
# SageMaker's is algo-1. The toolkit asks for the address of each host, for 15 minutes where it has none.
HOST = "localhost"
GROUP = {"instance_group_name": "homogeneousCluster", "instance_type": "ml.m5.large", "hosts": [HOST]}
RESOURCES = {"current_host": HOST, "hosts": [HOST], "network_interface_name": "eth0", "topology": None}
RESOURCES |= {"current_group_name": GROUP["instance_group_name"], "current_instance_type": GROUP["instance_type"]}
RESOURCES |= {"instance_groups": [GROUP]}
CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}


class Job:
    """A training job on a snapshot, in a folder that stands for /opt/ml."""

    def __init__(self, folder, dataset, number):
        self.s3, self.folder, self.good = boto3.client("s3", region_name=os.environ["AWS_REGION"]), folder, True
        number = number or self.read(f"datasets/{dataset}/LATEST")["snapshot"]
        self.name, self.snapshot = f"{dataset}-{number}", f"datasets/{dataset}/snapshots/{number:08}/"
        self.about, self.stats = self.read(self.snapshot + "snapshot.json"), self.read(self.snapshot + "stats.json")

    def read(self, key):
        return json.loads(self.download(os.environ["FEED_BUCKET"], key, self.folder / "read.json").read_bytes())

    def download(self, bucket, key, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.s3.download_file(bucket, key, str(path))
        except ClientError as error:
            sys.exit(f"fault: s3://{bucket}/{key} cannot be downloaded: {error}")
        return path

    def hold(self, holds, sentence):
        if not holds:
            self.good = False
            print("fault:", sentence)

    def lay_out(self):
        """What a container finds when it starts."""
        for name in ("code", "input/config", "input/data", "model", "output/data"):
            (self.folder / name).mkdir(parents=True)
        shutil.copy(SCRIPT, self.folder / "code")
        channels = [split for split in SPLITS if self.fill(split)]
        # All of them are strings. The second is for the toolkit, which keeps it from the script.
        hyperparameters = {"classes": len(self.about["classes"]), "sagemaker_container_log_level": logging.ERROR}
        configs = {"hyperparameters": {name: str(value) for name, value in hyperparameters.items()}}
        configs |= {"inputdataconfig": dict.fromkeys(channels, CHANNEL), "resourceconfig": RESOURCES}
        for name, config in configs.items():
            (self.folder / f"input/config/{name}.json").write_text(json.dumps(config))

    def fill(self, split):
        """Downloads each object that a split's manifest names to its path after the prefix, and returns the paths."""
        head, *names = self.read(f"{self.snapshot}{split}.manifest")
        prefix = head["prefix"]
        self.hold(len(names) == len(set(names)), f"{split}.manifest names an object twice.")
        for name in names:
            found = re.fullmatch("s3://([^/]+)/(.+)", prefix + name)
            if not found or name.startswith("/") or ".." in name.split("/"):
                sys.exit(f"fault: {split}.manifest names {name} after {prefix}.")
            self.download(*found.groups(), self.folder / "input/data" / split / name)
        return names

    def train(self):
        """What the script counted."""
        run_toolkit(self.folder, SCRIPT.name, self.name)
        return json.loads((self.folder / "model/counts.json").read_bytes())

    def compare(self, split, counts):
        """Holds what the script counted in the shards of a channel against what the snapshot says of the split."""
        stated = self.about["splits"][split]
        shards = {PurePosixPath(shard["key"]).name: shard["images"] for shard in stated["shards"]}
        found = {shard: sum(classes.values()) for shard, classes in counts.items()}
        self.hold(found == shards, f"In channel {split} are {found}; in snapshot.json they are {shards}.")
        images = sum(found.values())
        self.hold(images == stated["images"], f"In {split} are {images} images; snapshot.json says {stated['images']}.")
        names = {"": ""} | {str(number): name for number, name in enumerate(self.about["classes"])}
        numbers = sum(map(Counter, counts.values()), Counter())
        found = {names[number]: count for number, count in numbers.items()}
        right = self.stats["by_split_and_class"].get(split, {})
        self.hold(found == right, f"By class there are in {split} {found}; in stats.json they are {right}.")
        return f"{images} images in {len(counts)} shards, {len(found.keys() - {''})} classes"


def run_toolkit(folder, program, job):
    """Runs AWS's toolkit, which is told where and what and nothing else."""
    told = {name: os.environ[name] for name in ("AWS_REGION", "PATH")} | {"TRAINING_JOB_NAME": job}
    told |= {"SAGEMAKER_BASE_DIR": str(folder), "SAGEMAKER_PROGRAM": program}
    command = [Path(sys.executable).with_name("train")]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode:
        reason = re.search("(.*)\n.* Reporting training FAILURE\n", done.stderr) or ("", "unreported")
        sys.exit(f"{done.stderr}fault: train ended with {done.returncode}: {reason[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--snapshot", type=int, metavar="N")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            job = Job(Path(folder), given.dataset, given.snapshot)
            job.lay_out()
            counts = job.train()
            for split in SPLITS:
                print(f"{split}: {job.compare(split, counts.get(split, {}))}")
        except Exception as error:
            sys.exit(f"fault: {type(error).__name__}: {error}")
        sys.exit(0 if job.good else 1)


if __name__ == "__main__":
    main()
