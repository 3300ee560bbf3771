"""What a training job finds: the shards of a snapshot's splits, and the snapshot's own description of them.

Images are streamed out of the shards with webdataset. Each is decoded once, cropped at its centre to a square, made as
small as the network takes it and kept as bytes; no original is kept. What does not fit together is refused.
"""

import io
import json
import tarfile
from pathlib import Path

import numpy
import webdataset
from PIL import Image, ImageOps

SPLITS = ("train", "validation", "test")


class Unusable(Exception):
    """What was found cannot be trained on; the sentence says why."""


class Snapshot:
    """snapshot.json, and the snapshot's number, which is not in it."""

    def __init__(self, folder, number):
        found = sorted(Path(folder).rglob("snapshot.json"))
        if len(found) != 1:
            raise Unusable(f"Under {folder} are {len(found)} files of the name snapshot.json; there has to be one.")
        about = json.loads(found[0].read_bytes())
        if "splits" not in about:
            raise Unusable(f"Images of this snapshot were erased; number {about.get('replaced_by')} is in its place.")
        self.dataset, self.classes = about["dataset"], about["classes"]
        self.images = {split: about["splits"].get(split, {"images": 0})["images"] for split in SPLITS}
        self.number = number or number_of(found[0].parent.name)
        self.id = f"{self.dataset}/{self.number}"


def number_of(folder):
    """A published snapshot lies in a folder of its number, which SageMaker keeps if the channel begins above it."""
    if not folder.isdecimal():
        raise Unusable("Say which number the snapshot has, with --snapshot-number; no folder says it.")
    return int(folder)


class Split:
    """The labelled images of a split, and how many others there are."""

    def __init__(self, name, images, edge):
        self.name, self.stated, self.unlabelled, self.keys = name, images, 0, []
        self.pixels, self.numbers = numpy.empty((images, edge, edge, 3), numpy.uint8), numpy.empty(images, numpy.int64)

    def __len__(self):
        return len(self.keys)

    def add(self, key, pixels, number):
        self.pixels[len(self)], self.numbers[len(self)] = pixels, number
        self.keys.append(key)

    def close(self):
        found = len(self) + self.unlabelled
        if found != self.stated:
            raise Unusable(f"In {self.name} are {found} images; snapshot.json says {self.stated}.")
        self.pixels, self.numbers = self.pixels[: len(self)], self.numbers[: len(self)]


def read(folders, snapshot, edge):
    """All splits by name. A split without a folder has to be empty."""
    splits, seen = {}, {}
    for name in SPLITS:
        split = splits[name] = Split(name, snapshot.images[name], edge)
        for key, sample in samples(folders[name]):
            hold_is_new(key, name, seen)
            take(split, key, sample, snapshot.classes, edge)
        split.close()
    if not splits["train"]:
        raise Unusable("In train are no images with a class; there is nothing to learn.")
    if len(set(splits["train"].numbers.tolist())) < 2:
        raise Unusable("In train are images of one class only; it takes two to tell apart.")
    return splits


def samples(folder):
    # At whatever depth: of a manifest, the path after the prefix is kept.
    for shard in sorted(Path(folder).rglob("*.tar")) if folder else ():
        try:
            for sample in webdataset.WebDataset([str(shard)], shardshuffle=False, empty_check=False):
                yield sample.pop("__key__"), {name: part for name, part in sample.items() if name[0] != "_"}
        # webdataset raises ValueError where a sample has two parts of one name.
        except (OSError, ValueError, tarfile.TarError) as error:
            raise Unusable(f"{shard.name} cannot be read: {error}") from error


def hold_is_new(key, name, seen):
    if key in seen:
        twice = "there twice" if seen[key] == name else f"in {seen[key]} too, and no test of it would be one"
        raise Unusable(f"{key} in {name} is {twice}.")
    seen[key] = name


def take(split, key, sample, classes, edge):
    if len(split) + split.unlabelled == split.stated:
        raise Unusable(f"In {split.name} are more than {split.stated} images, as many as snapshot.json says.")
    number = sample.pop("cls", b"").decode(errors="replace")
    images = [part for name, part in sample.items() if name != "json"]
    if len(images) != 1:
        raise Unusable(f"{key} in {split.name} has {len(images)} images; a sample has one.")
    if number == "":
        split.unlabelled += 1
    elif not number.isdecimal() or int(number) >= len(classes):
        raise Unusable(f"{key} in {split.name} is of class {number}; snapshot.json numbers {len(classes)} from 0.")
    else:
        split.add(key, small(key, images[0], edge), int(number))


def small(key, encoded, edge):
    """The image as its rendition for the model is: upright, its middle, on white where it is transparent."""
    try:
        with Image.open(io.BytesIO(encoded)) as image:
            # Decodes a JPEG at a half, a quarter or an eighth of its size where that leaves enough to resize well.
            image.draft("RGB", (2 * edge, 2 * edge))
            image = ImageOps.exif_transpose(image)
            if image.has_transparency_data:
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
            square = ImageOps.fit(image.convert("RGB"), (edge, edge), Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unusable(f"The image of {key} cannot be decoded: {error}") from error
    return numpy.asarray(square)
