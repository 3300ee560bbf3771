"""Pictures to learn from: one shape each, of four classes, the same for the same seed.

    make_shapes.py FOLDER --seed 1 --images 480 [--anywhere]

Writes FOLDER/{circle,square,star,triangle}/NNN.jpg: a shape of any colour, size, place and turn over a gradient of
others, with lines that mean nothing and noise, in JPEGs of different sizes. Of no two the bytes are the same. The shape
is large and about the middle; with --anywhere it is smaller, and anywhere in the square that a model is shown.
"""

import argparse
import math
import random
from pathlib import Path

import numpy
from PIL import Image, ImageDraw

CLASSES = ("circle", "square", "star", "triangle")
LINES_MAX = 3
NOISE = 10
# What is told apart has to differ from what is behind it: in this many of 255 levels, over the channels.
CONTRAST = 180


def corners(shape, radius, turn):
    """Of a polygon around the origin."""
    if shape == "star":
        lengths = [radius if corner % 2 == 0 else radius * 0.42 for corner in range(10)]
    else:
        lengths = [radius] * {"circle": 48, "square": 4, "triangle": 3}[shape]
    angles = [turn + 2 * math.pi * corner / len(lengths) for corner in range(len(lengths))]
    return [(length * math.cos(angle), length * math.sin(angle)) for length, angle in zip(lengths, angles)]


def colors(chance):
    """Two of a background, and one that stands out."""
    behind = [numpy.array([chance.randrange(256) for _ in range(3)]) for _ in range(2)]
    while True:
        color = numpy.array([chance.randrange(256) for _ in range(3)])
        if all(abs(color - other).sum() > CONTRAST for other in behind):
            return behind, tuple(map(int, color))


def place(edge, chance, anywhere):
    """Radius of a shape, and how far right of and below the middle it is."""
    least, most = (0.2, 0.38) if anywhere else (0.26, 0.42)
    radius = chance.uniform(least, most)
    away = 0.5 - radius if anywhere else 0.07
    return edge * radius, edge * chance.uniform(-away, away), edge * chance.uniform(-away, away)


def picture(shape, chance, anywhere):
    width, height = chance.randrange(160, 360), chance.randrange(160, 360)
    (one, other), color = colors(chance)
    slope = numpy.linspace(0, 1, width)[None, :, None]
    ground = numpy.broadcast_to(one + (other - one) * slope, (height, width, 3))
    image = Image.fromarray(ground.astype(numpy.uint8))
    draw = ImageDraw.Draw(image)
    edge = min(width, height)
    for _ in range(chance.randrange(LINES_MAX + 1)):
        ends = [(chance.randrange(width), chance.randrange(height)) for _ in range(2)]
        draw.line(ends, fill=tuple(chance.randrange(256) for _ in range(3)), width=chance.randrange(1, 4))
    radius, right, below = place(edge, chance, anywhere)
    # The middle is what a model is shown of a picture that is no square.
    x, y = width / 2 + right, height / 2 + below
    draw.polygon([(x + dx, y + dy) for dx, dy in corners(shape, radius, chance.uniform(0, 2 * math.pi))], fill=color)
    noise = numpy.random.default_rng(chance.randrange(2**32)).normal(0, NOISE, (height, width, 3))
    return Image.fromarray((numpy.asarray(image) + noise).clip(0, 255).astype(numpy.uint8))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=int, default=480)
    parser.add_argument("--anywhere", action="store_true")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    for number in range(given.images):
        shape = CLASSES[number % len(CLASSES)]
        folder = given.folder / shape
        folder.mkdir(parents=True, exist_ok=True)
        picture(shape, chance, given.anywhere).save(folder / f"{number:03}.jpg", quality=90)


if __name__ == "__main__":
    main()
