"""The whole pyramid of a 16 megapixel photograph, tile by tile, beside the way of IIIF servers: decode all of it for each.

    tiles.py [--rounds 3]

The tiles are those that a viewer may ask for of what our `info.json` says, 512 pixels at every scale factor, as JPEG.
Theirs are Sharp's `extract` and `resize`, as in node-iiif; each side renders from a buffer to a buffer on one thread.
Of every tile the median CPU time counts; the ratio is that of the sums.
"""

import argparse
import math
import statistics

from bench import FOLDER, Job, ours, run, theirs
from PIL import Image

ORIGINAL = "j16.jpg"
TILE = 512


def factors(width, height):
    """1, 2, 4 and so on, until one tile holds the whole image."""
    return [1 << power for power in range(math.ceil(math.log2(max(width, height) / TILE)) + 1)]


def tiles(width, height):
    """The parts of the original, each with the size that it gets."""
    for factor in factors(width, height):
        edge = TILE * factor
        for top in range(0, height, edge):
            for left in range(0, width, edge):
                across, down = min(edge, width - left), min(edge, height - top)
                yield factor, (left, top, across, down), (math.ceil(across / factor), math.ceil(down / factor))


def job(part, size):
    left, top, width, height = part
    across, down = size
    text = f"region={left}_{top}_{width}_{height},w={across},h={down},fit=fill,fm=jpg"
    extract = {"left": left, "top": top, "width": width, "height": height}
    resize = {"width": across, "height": down, "fit": "fill"}
    return Job("tile", ORIGINAL, text, {"extract": extract, "resize": resize, "format": "jpeg"})


def cpu(command, tile, rounds):
    return statistics.median(run(command(tile, FOLDER / "tile.out", 3))["cpu_ms"] for _ in range(rounds))


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    rounds = options.parse_args().rounds
    with Image.open(FOLDER / ORIGINAL) as image:
        size = image.size
    sums = {}
    for factor, part, scaled in tiles(*size):
        tile = job(part, scaled)
        both = [cpu(side, tile, rounds) for side in (ours, theirs)]
        sums.setdefault(factor, []).append(both)
    print(f"{size[0]} x {size[1]}, tiles of {TILE}")
    print("| scale factor | tiles | decoding all of it, CPU ms | ours, CPU ms | ratio |\n| --- | --- | --- | --- | --- |")
    rows = [*sums.items(), ("all", [both for each in sums.values() for both in each])]
    for name, found in rows:
        own, other = (sum(both[side] for both in found) for side in (0, 1))
        print(f"| {name} | {len(found)} | {other:.0f} | {own:.0f} | **{other / own:.1f}** |")


if __name__ == "__main__":
    main()
