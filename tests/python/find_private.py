"""Plants metadata in originals of every format, and holds that it is found nowhere else.

    eval "$(target/release/darkroom env)"
    find_private.py --url URL --password PASSWORD --metadata fixtures/metadata [--also FILE...]

Uploads, asks for renditions, has snapshots built, deletes, labels. Looks into every answer, every object but originals,
every line of every FILE (a log; Kafka's messages as they are), and into all that is packed there. A record has make and
taken_at of its camera, in its object, Kafka's messages and the API's answers; a rendition artist and copyright. Prints
"fault: ..." for each find, then how much was looked into; the exit status is 1 where there is a fault.
"""

import argparse
import base64
import io
import json
import os
import re
import tarfile
import time
import warnings
from collections import Counter
from pathlib import Path

import boto3
import pyarrow.parquet as parquet
import urllib3
from PIL import ExifTags, Image, ImageSequence, PngImagePlugin

from feed.bucket import Bucket
from read_copyright import HARMLESS
from service import USER

# What fixtures/make_metadata.py writes: words, when it was taken, and where, in degrees and as XMP says it.
PLANTED = b"PRIVATE", b"2024:05:01", b"2024-05-01T12", b"48.8583701", b"2.2944813", b"48,51.5022"
BASE64 = (base64.b64encode(bytes(at) + b"PRIVATE")[(8 * at + 5) // 6 : 8 * (at + 7) // 6] for at in range(3))
WORDS = re.compile(b"|".join(map(re.escape, (*PLANTED, *BASE64, b"PRIVATE".hex().encode()))))
CAMERA = re.compile(rb'"camera":\s*{"make":\s*"PRIVATE make",\s*"taken_at":\s*"2024-05-01T12:00:00"}')
IMAGE = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftyp(avi[fs]|mif1)|II\*\0|MM\0\*", re.DOTALL)
ORIGINALS, RECORDS = ("originals/", "incoming/", "quarantine/"), ("records/", "outbox/", "tombstones/")
DATASET, FORMS = "/v1/datasets/private", ["", *(f"fm={name}&" for name in ("jpg", "png", "webp", "avif", "gif"))]
PATHS = [f"{{}}?{form}{size}{meta}" for form in FORMS for size in ("", "w=40&") for meta in ("", "meta=none")]
PATHS += ["iiif/3/{}/full/max/0/default.jpg", "iiif/3/{}/info.json", "{}?w=40&explain=1", "{}?w=much"]
LEAST = {"answers": 550, "objects": 400, "images": 800, "credits": 190, "members": 144, "tables": 2, "tombstones": 1}


def said(place, value):
    """Where a value says what was planted: UTF-16 is ASCII once its zeros are left out."""
    raw = (value if isinstance(value, bytes) else repr(value).replace(r"\x00", "").encode()).replace(b"\0", b"")
    return [f"{place}: {raw[max(0, hit.start() - 24) : hit.end() + 24]}" for hit in WORDS.finditer(raw)]


def finds(place, raw, seen, of_record=False):
    """The same of bytes and of all that is packed in them; and what images have that none should."""
    raw = CAMERA.sub(b'"camera":{}', raw) if of_record else raw
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False).encode()
    except ValueError:
        text = b""
    yield from said(place, raw) or said(place, text)
    for packed in re.findall(rb"data:[\w/+.-]+;base64,([\w+/]+=*)", raw):
        seen["data URLs"] += 1
        yield from finds(f"{place}, data URL", base64.b64decode(packed), seen)
    if raw[257:262] == b"ustar":
        for member in (tar := tarfile.open(fileobj=io.BytesIO(raw))):
            seen["members"] += 1
            yield from finds(f"{place}, {member.name}", tar.extractfile(member).read(), seen)
    elif raw.startswith(b"PAR1"):
        seen["tables"] += 1
        yield from said(f"{place}, rows", parquet.read_table(io.BytesIO(raw)).to_pylist())
    elif IMAGE.match(raw):
        seen["images"] += 1
        for frame in ImageSequence.Iterator(Image.open(io.BytesIO(raw))):
            frame.load()
            parts = frame.info | {ExifTags.TAGS.get(tag, str(tag)): value for tag, value in frame.getexif().items()}
            parts |= {ifd.name: tags for ifd in ExifTags.IFD if (tags := frame.getexif().get_ifd(ifd))}
            seen["credits"] += "Ann" in parts.get("Artist", "")
            yield from (find for part in parts.items() for find in said(f"{place}, {part[0]}", part))
            yield from (f"{place} has {name}" for name in parts.keys() - HARMLESS - {"exif", "Artist", "Copyright"})


class Search:
    """Somebody who looks into everything, and counts it."""

    def __init__(self, url):
        self.url, self.signed, self.seen, self.faults = url, {"content-type": "application/json"}, Counter(), []

    def look(self, place, raw, of_record=False):
        try:
            self.faults += dict.fromkeys(finds(place, raw, self.seen, of_record))
        except Exception as error:
            self.faults.append(f"{place} cannot be looked into: {error!r}")

    def ask(self, path, body=None, method="GET"):
        signed = re.search("^/v1/|explain", path) and self.signed
        answer = urllib3.request(method, self.url + path, body=body, headers=signed)
        self.seen.update(["answers", f"{answer.status} answers"])
        self.faults += [f"{path}: {answer.status} {answer.data[:99]}"] * (answer.status not in (200, 201, 202, 400))
        self.look(f"{method} {path}, headers", str(dict(answer.headers)).encode())
        self.look(f"{method} {path}", answer.data, path.startswith("/v1/images"))
        return answer

    def wait(self, path, name, value):
        if not any(self.ask(path).json().get(name) == value or time.sleep(0.5) for _ in range(240)):
            raise SystemExit(f"fault: {path} does not come to say {name} {value}.")

    def look_into_bucket(self, name, hidden=(), of_records=()):
        bucket = Bucket(boto3.client("s3"), None, name)
        for key in bucket.objects():
            if not key.startswith(hidden) and (raw := bucket.get(key)) is not None:
                self.seen.update(["objects", key.split("/")[0]])
                self.look(key, raw, key.startswith(of_records))


def planted(folder):
    """Originals: name, bytes, what has to be found there. Descriptions of profiles are in UTF-16BE, and as long."""
    yield from ((path.name, path.read_bytes(), ["PRIVATE make", ", GPSInfo: "]) for path in sorted(folder.iterdir()))
    photograph, p3 = (Image.open(folder.parent / "images" / name) for name in ("small-1.jpg", "display-p3.jpg"))
    words, texts = "PRIVATE words", PngImagePlugin.PngInfo()

    def made(name, *found, **options):
        photograph.save(body := io.BytesIO(), name.rpartition(".")[2], **options)
        return name, body.getvalue(), found

    icc = p3.info["icc_profile"].replace("Darkroom test".encode("utf-16-be"), words.encode("utf-16-be"))
    icc = re.sub(rb"(?s)mluc.{24}\0C\0C.{10}", b"text\0\0\0\0PRIVATE copyright".ljust(42, b"\0"), icc)
    for form in ("jpeg", "png", "webp", "avif", "tiff"):
        yield made(f"profile.{form}", ", icc_profile: ", words, "PRIVATE copyright", icc_profile=icc)
    texts.add_text("tEXt", words)
    texts.add_text("zTXt", words, zip=True)
    texts.add_itxt("iTXt", words, zip=True)
    yield made("texts.png", ", tEXt: ", ", zTXt: ", ", iTXt: ", pnginfo=texts)
    yield made("comment.jpeg", ", comment: ", comment=words.encode("utf-16-le"))
    yield "behind.jpeg", made("before.jpeg", comment=words)[1] + b"PRIVATE end", [", comment: ", "PRIVATE end"]
    yield made("xmp.webp", ", xmp: ", xmp=words.encode())
    for frames in ({}, {"save_all": True, "append_images": [photograph.rotate(180)]}):
        name, gif, found = made(f"words-{len(frames)}.gif", ", comment: ", "PRIVATE packet", comment=words, **frames)
        at, trailer = 13 + 3 * 2 ** (gif[10] % 8 + 1), bytes([1, *range(255, -1, -1), 0])
        yield name, gif[:at] + b"!\xff\x0bXMP DataXMPPRIVATE packet" + trailer + gif[at:], found


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--metadata", required=True, type=Path, metavar="FOLDER")
    parser.add_argument("--also", nargs="+", default=[], type=Path, metavar="FILE")
    given = parser.parse_args()
    search, originals, images = Search(given.url), list(planted(given.metadata)), []
    for name, raw, words in originals:
        search.faults += [f"{name} has no {word}." for word in words if word not in str([*finds("", raw, Counter())])]
    login = search.ask("/v1/session", json.dumps({"username": USER, "password": given.password}), "POST").json()
    search.signed["authorization"] = f"Bearer {login['id_token']}"
    for _, raw, _ in originals:
        image = search.ask("/v1/images?consent=training&visibility=public&label=planted", raw, "POST").json()["id"]
        images.append(f"/v1/images/{image}")
        for path in PATHS:
            search.ask("/demo/" + path.format(image))
    for image in images:
        search.wait(image, "feed", "staged")
    for recipe in (b"", b'{"recipe": {"transform": {"edge_max_px": 48}}}'):
        search.wait(search.ask(f"{DATASET}/snapshots", recipe, "POST").headers["location"], "state", "published")
    search.ask(images[1], method="DELETE")
    search.ask(images[0], b'{"labels": ["other"]}', "PATCH")
    search.wait(images[0], "feed", "staged")
    for path in (images[1], f"{images[0]}/snapshots", "/v1/images", f"{DATASET}/snapshots/latest", "/metrics"):
        search.ask(path)
    search.look_into_bucket(os.environ["FEED_BUCKET"])
    search.look_into_bucket(os.environ["CUSTOMER_BUCKET"], ORIGINALS, RECORDS)
    for path in given.also:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            search.look(f"{path}:{number}", line, line.startswith(b'{"schema":'))
            search.seen[f"lines of {path}"] = number
    search.faults += [f"Only {search.seen[name]} {name}." for name, n in LEAST.items() if search.seen[name] < n]
    print(*(f"fault: {fault}" for fault in search.faults), f"looked into {dict(search.seen)}", sep="\n")
    raise SystemExit(bool(search.faults))


if __name__ == "__main__":
    main()
