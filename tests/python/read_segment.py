"""Opens segments as a data scientist does, with webdataset, and holds every sample against its original.

    read_segment.py --originals FOLDER SEGMENT.tar...

FOLDER holds originals, each named by its SHA-256. A sample is good when its members are one image and one JSON that
names it, what webdataset decodes equals what Pillow decodes from the tar's own member, and the picture is the
original as Pillow turns and resizes it: SSIM 0.98 or more, no metadata. Prints one line for each sample, its key first.
"""

import argparse
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import webdataset
from PIL import Image

from reference import resized, ssim, upright

SSIM_MIN = 0.98
EDGE_MAX_PX = 1024


def members(path):
    """Every member's bytes by name, read without webdataset; all of them plain, old and nobody's."""
    with tarfile.open(path) as tar:
        for member in tar:
            assert member.isreg() and member.mode == 0o444, member
            assert (member.mtime, member.uid, member.gid) == (0, 0, 0), member
            yield member.name, tar.extractfile(member).read()


def over_white(image):
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def faults(sample, raw, originals):
    """What is wrong with a sample, and how like its original it is."""
    key, about = sample["__key__"], sample["json"]
    names = {name for name in sample if not name.startswith("__")}
    if names != {"jpg", "json"} or about["key"] != key or about["schema"] != 1:
        return [f"members {sorted(names)}, described as {about.get('key')}"], 0.0
    found = []
    encoded = raw[f"{key}.jpg"]
    picture = Image.open(io.BytesIO(encoded))
    if not np.array_equal(np.asarray(sample["jpg"]), np.asarray(picture.convert("RGB"))):
        found.append("webdataset and Pillow decode it differently")
    if picture.getexif() or "icc_profile" in picture.info or "comment" in picture.info:
        found.append("it carries metadata")
    if picture.size != (about["width"], about["height"]) or max(picture.size) > EDGE_MAX_PX:
        found.append(f"it is {picture.size}, described as {about['width']} x {about['height']}")
    if len(encoded) != about["bytes"]:
        found.append("its description has another size in bytes")
    original = (originals / about["original"]["sha256"]).read_bytes()
    if hashlib.sha256(original).hexdigest() != about["original"]["sha256"]:
        found.append("its original has another hash")
    likeness = ssim(picture.convert("RGB"), over_white(resized(upright(original), picture.size)))
    if likeness < SSIM_MIN:
        found.append(f"it is not like its original, SSIM {likeness:.4f}")
    return found, likeness


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--originals", type=Path, required=True, help="folder of originals by SHA-256")
    arguments.add_argument("segments", nargs="+", metavar="SEGMENT.tar")
    given = arguments.parse_args()
    good = True
    for path in given.segments:
        raw = dict(members(path))
        samples = list(webdataset.WebDataset(path, shardshuffle=False).decode("pil"))
        good &= 2 * len(samples) == len(raw)
        for sample in samples:
            found, likeness = faults(sample, raw, given.originals)
            good &= not found
            print(sample["__key__"], json.dumps(sample["json"]["labels"]), f"SSIM {likeness:.4f}", *found)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
