"""Renders a photograph in all eight EXIF orientations and holds each rendition against Pillow.

    compare_pillow.py --render target/release/examples/render

Every rendition at `w=400`, as WebP and as JPEG of default quality, must have SSIM 0.98 or more, the right size and
no metadata. An acceptance test gives another `fetch` to `compare`, which asks a server instead.
"""

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from reference import reference, ssim

FIXTURES = Path(__file__).parents[2] / "fixtures/images"
SSIM_MIN = 0.98
WIDTH = 400
FORMATS = {"webp": "WEBP", "jpg": "JPEG"}


def compare(fetch):
    """Yields a line for each rendition and whether it is good; `fetch(path, transform)` answers its bytes."""
    for path in sorted(FIXTURES.glob("orientation-?.jpg")):
        wanted = reference(path.read_bytes(), WIDTH)
        for extension, kind in FORMATS.items():
            rendition = Image.open(io.BytesIO(fetch(path, f"w={WIDTH},fm={extension}")))
            bare = not rendition.getexif() and "icc_profile" not in rendition.info
            same = (rendition.format, rendition.size) == (kind, wanted.size)
            likeness = ssim(rendition.convert("RGB"), wanted) if same else 0.0
            good = bare and same and likeness >= SSIM_MIN
            yield f"{path.name} {extension}: {rendition.format} {rendition.size}, SSIM {likeness:.4f}", good


def rendered_by(program):
    def fetch(path, transform):
        with tempfile.NamedTemporaryFile() as out:
            subprocess.run([program, path, transform, out.name], check=True, stdout=subprocess.DEVNULL)
            return Path(out.name).read_bytes()

    return fetch


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--render", required=True, help="the resizer's example program")
    results = list(compare(rendered_by(arguments.parse_args().render)))
    for line, good in results:
        print("ok  " if good else "BAD ", line)
    sys.exit(0 if len(results) == 16 and all(good for _, good in results) else 1)


if __name__ == "__main__":
    main()
