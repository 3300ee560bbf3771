"""What a training job finds: the shards of a snapshot's splits, and the snapshot's own description of them."""

import io
import json
from collections import Counter
from pathlib import Path

import numpy
import webdataset
from PIL import Image

SPLITS = ("train", "validation", "test")
# What an image can be called in a shard; where the feed stages originals, they are of any of these.
EXTENSIONS = ("jpg", "png", "webp", "gif", "tif", "bmp", "avif")


class Unusable(Exception):
    """What was found cannot be trained on; the sentence says why."""


class Snapshot:
    """snapshot.json. Its number is the name of its folder, where nobody says otherwise."""

    def __init__(self, folder, number=None):
        files = sorted(Path(folder).rglob("snapshot.json"))
        if len(files) != 1:
            raise Unusable(f"Channel snapshot has {len(files)} files of the name snapshot.json; it needs one.")
        about = json.loads(files[0].read_bytes())
        if "splits" not in about:
            raise Unusable(f"Images of this snapshot were erased; it was replaced by {about.get('replaced_by')}.")
        self.classes, self.splits, self.dataset = about["classes"], about["splits"], about["dataset"]
        if number is None and not files[0].parent.name.isdecimal():
            raise Unusable("Which snapshot is it? Say --snapshot-number, or keep its files in the folder of its number.")
        self.number = int(files[0].parent.name) if number is None else number
        self.id = f"{self.dataset}/{self.number}"
        self.images = {split: self.splits[split]["images"] for split in SPLITS}


class Split:
    """The labelled images of a split: levels [N, edge, edge, 3], class numbers [N], keys; and the keys of all."""

    def __init__(self, images, numbers, labelled_keys, keys):
        self.images, self.numbers, self.labelled_keys, self.keys = images, numbers, labelled_keys, keys

    def __len__(self):
        return len(self.numbers)

    @property
    def unlabelled(self):
        return len(self.keys) - len(self)


def read(folder, split, snapshot, edge):
    """Streams the shards of a channel; each image is decoded once and kept at the size that the network takes."""
    shards = sorted(map(str, Path(folder).rglob("*.tar"))) if folder else []
    images, numbers, labelled, keys = [], [], [], []
    if shards:
        for sample in webdataset.WebDataset(shards, shardshuffle=False, empty_check=False):
            keys.append(sample["__key__"])
            if "cls" in sample:
                images.append(seen(image_of(sample), edge))
                numbers.append(int(sample["cls"]))
                labelled.append(sample["__key__"])
    check(split, snapshot, keys, numbers)
    levels = numpy.stack(images) if images else numpy.zeros((0, edge, edge, 3), numpy.uint8)
    return Split(levels, numpy.array(numbers, numpy.int64), labelled, keys)


def image_of(sample):
    for extension in EXTENSIONS:
        if extension in sample:
            return sample[extension]
    raise Unusable(f"Sample {sample['__key__']} has no image of a known type.")


def seen(content, edge):
    """What a model is shown of an image: the middle of it, cut to a square, at the network's size."""
    with Image.open(io.BytesIO(content)) as image:
        # Decodes no more than is needed: a JPEG at a half, a quarter or an eighth of its size.
        image.draft("RGB", (2 * edge, 2 * edge))
        width, height = image.size
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        square = (left, top, left + side, top + side)
        return numpy.asarray(image.convert("RGB").resize((edge, edge), Image.Resampling.LANCZOS, box=square))


def check(split, snapshot, keys, numbers):
    twice = [key for key, times in Counter(keys).items() if times > 1]
    if twice:
        raise Unusable(f"In {split} image {twice[0]} is there {Counter(keys)[twice[0]]} times.")
    if len(keys) != snapshot.images[split]:
        raise Unusable(f"In {split} are {len(keys)} images; the snapshot says {snapshot.images[split]}.")
    wrong = [number for number in numbers if not 0 <= number < len(snapshot.classes)]
    if wrong:
        raise Unusable(f"In {split} is class {wrong[0]}; the snapshot has {len(snapshot.classes)}, counted from 0.")


def check_all(splits):
    """What holds of the splits together: no image is in two of them, and there is something to tell apart."""
    first = {}
    for name, split in splits.items():
        for key in split.keys:
            if first.setdefault(key, name) != name:
                raise Unusable(f"Image {key} is in {first[key]} and in {name}: a test of it would say nothing.")
    if len(set(splits["train"].numbers.tolist())) < 2:
        raise Unusable("In train are images of fewer than two classes; there is nothing to tell apart.")
