"""A training script as SageMaker runs one. It counts what it is given, where another one would learn from it.

    count_samples.py --classes N

Knows what SageMaker tells a script and nothing else: its hyperparameters, SM_CHANNELS, SM_CHANNEL_... and SM_MODEL_DIR.
Opens every shard of each channel with webdataset, decodes every image, and leaves counts.json in SM_MODEL_DIR: by
channel, shard and number of the class how many images there are; "" counts those that have no one class.
"""

import argparse
import json
import os
from collections import Counter
from pathlib import Path

import webdataset
from PIL import Image


def count(shard, classes):
    counts = Counter()
    for sample in webdataset.WebDataset(str(shard), shardshuffle=False).decode("pil"):
        images, number = [part for part in sample.values() if isinstance(part, Image.Image)], sample.get("cls", "")
        if len(images) != 1:
            raise SystemExit(f"{sample['__key__']} in {shard.name} has {len(images)} images")
        if number != "" and number not in range(classes):
            raise SystemExit(f"{sample['__key__']} in {shard.name} is of class {number}, and there are {classes}")
        counts[number] += 1
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, required=True, metavar="N")
    given, counts = parser.parse_args(), {}
    for channel in json.loads(os.environ["SM_CHANNELS"]):
        # At whatever depth: AWS documents a channel's folder, and not the paths below it.
        shards = sorted(Path(os.environ[f"SM_CHANNEL_{channel.upper()}"]).rglob("*.tar"))
        counts[channel] = {shard.name: count(shard, given.classes) for shard in shards}
    Path(os.environ["SM_MODEL_DIR"], "counts.json").write_text(json.dumps(counts))


if __name__ == "__main__":
    main()
