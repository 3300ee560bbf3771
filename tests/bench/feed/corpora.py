"""What feed.py feeds: distinct photographs, cut out of one of 16 megapixels (CC0, fixtures/fetch_large.sh).

    corpora.py FOLDER        makes what is missing in FOLDER/web, FOLDER/camera and FOLDER/small

web     2,000 of about 1.5 megapixels and 175 kB, as pages show them: of four shapes, near and far, qualities 76 to 92
camera  300 of 12 megapixels and about 1.3 MB, as a camera writes them
small   10,000 of about 0.27 megapixels and 40 kB: 250 pictures, each with 40 different comments

All are baseline JPEGs, 4:2:0, upright and without a profile, so that every decoder does the same with them.
"""

import pathlib
import random
import shutil
import sys

from PIL import Image

ROOT = pathlib.Path(__file__).parents[3]
SOURCE = ROOT / "target" / "fixtures" / "seeding-16mp.jpg"
# Of the recipe below: what an older one made is made anew.
RECIPE = "1"

COUNTS = {"web": 2_000, "camera": 300, "small": 10_000}
WEB_SHAPES = ((1536, 1024), (1600, 900), (1024, 1536), (1280, 1200))
CAMERA_SHAPE = (4608, 2592)
SMALL_SHAPES = ((640, 427), (427, 640), (600, 450))
SMALL_PICTURES = 250
TURNS = (None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180)


def cut(source, chance, shape, zoom_max):
    """A part of the source, turned, at most so many times as large as what it is scaled to."""
    zoom = chance.uniform(1, min(zoom_max, source.width / shape[0], source.height / shape[1]))
    width, height = (round(edge * zoom) for edge in shape)
    left, top = chance.randint(0, source.width - width), chance.randint(0, source.height - height)
    part = source.crop((left, top, left + width, top + height))
    if zoom > 1.01:
        part = part.resize(shape, Image.Resampling.BICUBIC, reducing_gap=2)
    turn = chance.choice(TURNS)
    return part if turn is None else part.transpose(turn)


def save(picture, path, quality):
    picture.save(path, quality=quality, subsampling="4:2:0")


def web(source, folder, count):
    for number in range(count):
        chance = random.Random(number)
        picture = cut(source, chance, chance.choice(WEB_SHAPES), 2.5)
        save(picture, folder / f"{number:05}.jpg", chance.randint(76, 92))


def camera(source, folder, count):
    for number in range(count):
        chance = random.Random(number)
        save(cut(source, chance, CAMERA_SHAPE, 1), folder / f"{number:05}.jpg", chance.randint(82, 90))


def small(source, folder, count):
    for number in range(SMALL_PICTURES):
        chance = random.Random(number)
        path = folder / f"{number:05}.jpg"
        save(cut(source, chance, chance.choice(SMALL_SHAPES), 4), path, chance.randint(80, 92))
        file = path.read_bytes()
        for other in range(number, count, SMALL_PICTURES):
            comment = str(other).encode()
            segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
            (folder / f"{other:05}.jpg").write_bytes(file[:2] + segment + file[2:])


def make(folder):
    """The files of each corpus, in order."""
    source = None
    for name, maker in (("web", web), ("camera", camera), ("small", small)):
        made, recipe = folder / f"{name}.recipe", f"{RECIPE}: {COUNTS[name]}"
        if made.exists() and made.read_text() == recipe:
            continue
        source = source or Image.open(SOURCE).convert("RGB")
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
        maker(source, folder / name, COUNTS[name])
        made.write_text(recipe)
    return {name: sorted((folder / name).glob("*.jpg")) for name in COUNTS}


if __name__ == "__main__":
    for corpus, paths in make(pathlib.Path(sys.argv[1])).items():
        print(f"{corpus}: {len(paths)} files of {sum(path.stat().st_size for path in paths) / len(paths) / 1e3:.0f} kB")
