"""Renders pictures full of metadata into every format and lets Pillow read what came out.

    read_copyright.py --render target/release/examples/render

Of the original's metadata a rendition has artist and copyright and nothing else; as GIF, or with `meta=none`, nothing.
"""

import argparse
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from PIL import ExifTags, Image

FIXTURES = Path(__file__).parents[2] / "fixtures/metadata"
ARTIST, COPYRIGHT = ExifTags.Base.Artist, ExifTags.Base.Copyright
KEPT = {
    "agency.jpg": {ARTIST: "Ann; Bob", COPYRIGHT: "© 2024 Ann and Bob"},
    "camera": {ARTIST: "Ann Example", COPYRIGHT: "© 2024 Ann Example"},
}
# What Pillow tells of a file that is no metadata: density, an animation's times, that a JPEG says JFIF.
HARMLESS = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "loop", "background", "timestamp", "duration",
            "version", "transparency", "extension"}


def text(value):
    """Pillow reads what EXIF calls ASCII as Latin-1; it is UTF-8 everywhere today."""
    return value.encode("latin-1").decode()


def found(path):
    """The tags of a rendition, and what else there is to be read."""
    with Image.open(path) as picture:
        picture.load()
        exif = picture.getexif()
        tags = {tag: text(value) for tag, value in exif.items()}
        deeper = [ifd.name for ifd in ExifTags.IFD if exif.get_ifd(ifd)]
        return tags, deeper + sorted(set(picture.info) - HARMLESS - {"exif"})


def cases():
    for original in sorted(FIXTURES.iterdir()):
        kept = KEPT.get(original.name, KEPT["camera"])
        for extension in ("jpg", "png", "webp", "avif"):
            yield original, f"w=60,fm={extension}", extension, kept
            yield original, f"w=60,fm={extension},meta=none", extension, {}
        yield original, "w=60,fm=gif", "gif", {}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--render", required=True, help="the resizer's example program")
    render = arguments.parse_args().render
    warnings.simplefilter("error")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for original, transform, extension, kept in cases():
            out = Path(folder) / f"out.{extension}"
            subprocess.run([render, original, transform, out], check=True, stdout=subprocess.DEVNULL)
            tags, others = found(out)
            same = tags == kept and not others
            good &= same
            print("ok  " if same else "BAD ", original.name, transform, tags, *others)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
