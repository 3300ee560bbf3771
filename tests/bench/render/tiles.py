"""The whole pyramid of a 16 megapixel photograph, tile by tile, beside two ways of IIIF servers: all of it decoded for
each tile, and Sharp's `extract`, which stops at the tile's last row.

    tiles.py [--rounds 3]

The tiles are those that a viewer may ask for of what our `info.json` says, 512 pixels at every scale factor, as JPEG.
All three render from a buffer to a buffer on one thread, theirs by Sharp, as node-iiif does. Of every tile the median CPU
time counts; the ratios are those of the sums.
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


def job(part, size, whole):
    left, top, width, height = part
    across, down = size
    text = f"region={left}_{top}_{width}_{height},w={across},h={down},fit=fill,fm=jpg"
    extract = {"left": left, "top": top, "width": width, "height": height}
    resize = {"width": across, "height": down, "fit": "fill"}
    return Job("tile", ORIGINAL, text, {"whole": whole, "extract": extract, "resize": resize, "format": "jpeg"})


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
        tile, of_whole = (job(part, scaled, whole) for whole in (False, True))
        sides = ((ours, tile), (theirs, tile), (theirs, of_whole))
        sums.setdefault(factor, []).append([cpu(side, tile, rounds) for side, tile in sides])
    print(f"{size[0]} x {size[1]}, tiles of {TILE}")
    print("| scale factor | tiles | all decoded for each, CPU ms | ratio | Sharp's extract, CPU ms | ratio | ours, CPU ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    rows = [*sums.items(), ("all", [tile for each in sums.values() for tile in each])]
    for name, found in rows:
        own, extract, whole = (sum(column) for column in zip(*found))
        ratios = f"{whole:.0f} | **{whole / own:.1f}** | {extract:.0f} | **{extract / own:.1f}**"
        print(f"| {name} | {len(found)} | {ratios} | {own:.0f} |")


if __name__ == "__main__":
    main()
