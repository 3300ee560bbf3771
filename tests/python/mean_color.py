"""Prints what Pillow finds in an original as a model sees it: upright, sRGB, longer edge at most EDGE.

    mean_color.py FILE EDGE
"""

import json
import sys
from pathlib import Path

from PIL import ImageStat

from reference import reference, upright


def main(file, edge):
    original = Path(file).read_bytes()
    width, height = upright(original).size
    width = round(width * min(1, int(edge) / max(width, height)))
    seen = reference(original, width).convert("RGB")
    print(json.dumps({"width": seen.width, "height": seen.height, "mean": ImageStat.Stat(seen).mean}))


if __name__ == "__main__":
    main(*sys.argv[1:])
