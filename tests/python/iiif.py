"""Runs IIIF's own validator against an image of its squares, several times, for it asks at random.

    iiif.py --darkroom target/release/darkroom
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import service
from iiif_validator.validator import ValidationInfo
from PIL import Image

SQUARE_PX = 100
# Of level 3, what the standard leaves to a server and this one has.
EXTRAS = ("format_gif", "linkheader_canonical", "linkheader_profile", "rot_mirror", "rot_mirror_180", "size_up")
ROUNDS = 3


def squares():
    """The picture whose colours the validator knows, as PNG."""
    colors = [[tuple(color) for color in column] for column in ValidationInfo().colorInfo]
    edge = SQUARE_PX * len(colors)
    image = Image.new("RGB", (edge, edge))
    for x, column in enumerate(colors):
        for y, color in enumerate(column):
            image.paste(color, (x * SQUARE_PX, y * SQUARE_PX, (x + 1) * SQUARE_PX, (y + 1) * SQUARE_PX))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def validate(url, image, options):
    """Whether all tests that are chosen pass; says which do not."""
    validator = Path(sys.executable).parent / "iiif-validate.py"
    asked = ["-s", url.removeprefix("http://"), "-p", "demo/iiif/3", "-i", image, "--version=3.0", "-v", *options]
    run = subprocess.run([sys.executable, validator, *asked], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(run.stdout.strip().splitlines()[-1])
    if run.returncode != 0:
        print(run.stdout)
    return run.returncode == 0


def is_webp(url, image):
    """What the validator's `format_webp` asks: that test compares bytes with text, and passes on Python 2 alone."""
    with urllib.request.urlopen(f"{url}/demo/iiif/3/{image}/full/max/0/default.webp") as answer:
        return answer.read()[8:12] == b"WEBP"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--darkroom", required=True)
    binary = os.path.abspath(parser.parse_args().darkroom)
    chosen = [["--level=2"], [f"--test={name}" for name in EXTRAS]]
    with tempfile.TemporaryDirectory() as folder, service.running(binary, f"{folder}/data") as url:
        image = service.upload(url, service.sign_in(url), squares(), "visibility=public")
        passed = [validate(url, image, options) for _ in range(ROUNDS) for options in chosen]
        passed.append(is_webp(url, image))
    sys.exit(not all(passed))


if __name__ == "__main__":
    main()
