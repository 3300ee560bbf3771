"""The feed beside img2dataset: processor time and memory from the same photographs to WebDataset shards.

    feed.py DARKROOM CONSUMER [--rounds 3] [--json target/bench/feed.json]

Wants the environment of tests/bench/feed/requirements.txt, which `make bench-feed` makes, Java and Apache Kafka's jars.

Uploads photographs of three sizes (tests/bench/feed/corpora.py) to a `darkroom up` of its own with consent to training,
and copies their events from Apache Kafka's topic `images` to topics of one partition, each with so many of one size.
A measurement is one `consumer run` over one topic, with an epoch and a group of its own and without the markers of
earlier ones, until all is committed; or one img2dataset over the same files from an HTTP server. Either is one process
with its children. Darkroom's S3 server, Kafka's broker and the HTTP server are outside of it and not counted.

Figures are processor time of user and kernel, by wait4, and marginal: what a long run takes more than a short one, by
how many images it has more, so that neither's start counts. Both in turn, medians over rounds. None is of the clock.
"""

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from PIL import Image

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path += [str(HERE / "feed"), str(HERE.parent / "python")]
import corpora  # noqa: E402  (they lie in a folder beside this)
import service  # noqa: E402
from stand import Cost, Stand, reap  # noqa: E402

JARS = ROOT / "target" / "kafka"
CORPORA = ROOT / "target" / "bench" / "feed"
QUALITY = 95
# Of 1, 2, 4 and 16 it is cheapest with so many.
RIVAL_THREADS = 4
# Photographs that are decoded to see how fast the machine is.
DECODED = 50
# Batches are of 100 records, so that no run waits for a last one to come of age.
WEB, CAMERA, MESSAGES = (100, 2_000), (100, 300), (1_000, 5_000)
SCALE, SCALE_EDGE_PX = (1, 100, 1_000, 10_000), 256

RIVAL = f"img2dataset {importlib.metadata.version('img2dataset')}"
CONDITIONS = f"""
Same files, same target edge (the longer side, never enlarged), JPEG of quality {QUALITY}. Processor time of user and
kernel, marginal; servers on either side not counted.

- Darkroom: one partition of Apache Kafka, segments of 100. Each original by SigV4 from S3, if it still has its ETag;
  its SHA-256 compared with the record's; decoded. Samples with lineage, labels and consent, without metadata unless
  `as uploaded`; each segment's SHA-256 in a chain of conditional commits; a marker in S3 for each image.
- {RIVAL}: one process, {RIVAL_THREADS} threads, one shard. Each file by HTTP; its SHA-256 computed and
  compared with nothing. `as uploaded` is `resize_mode no` with `disable_all_reencoding`, which decodes nothing,
  others are `keep_ratio_largest`. No consent, no lineage, no commit. Memory is that of its largest process.
- Decoding alone: Pillow's of the same files, in full, in the same rounds. Whatever else runs on the machine makes all
  three dearer. The bars are from where OpenCV decoded 310 a second of other such web photographs and 20 of camera's.
"""


@dataclass
class Row:
    """A line of the table: what is fed, how it is staged, how the rival is asked for the same, and the bar."""

    name: str
    corpus: str
    counts: tuple[int, int]
    staging: dict[str, str]
    outcome: str = "staged"
    rival: tuple[str, ...] = ()
    bar: int | None = None


def rendition(edge_px):
    return {"STAGING": "rendition", "STAGING_EDGE_MAX_PX": str(edge_px), "STAGING_QUALITY": str(QUALITY)}


def resized(edge_px):
    return ("--resize_mode=keep_ratio_largest", f"--image_size={edge_px}", "--resize_only_if_bigger=True",
            f"--encode_quality={QUALITY}")


RAW = ("--resize_mode=no", "--disable_all_reencoding=True")
ROWS = (
    Row("web 175 kB, as uploaded", "web", WEB, {"STAGING": "original"}, rival=RAW, bar=1_000),
    Row("web 175 kB → 256 px", "web", WEB, rendition(256), rival=resized(256), bar=250),
    Row("camera 12 MP → 256 px", "camera", CAMERA, rendition(256), rival=resized(256), bar=65),
    Row("camera 12 MP → 512 px", "camera", CAMERA, rendition(512), rival=resized(512), bar=41),
    Row("messages without consent", "withheld", MESSAGES, rendition(256), outcome="withheld"),
)


@contextlib.contextmanager
def served(folder):
    """The address of a plain HTTP server of a folder."""
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield re.search(r"http://\S+/", process.stdout.readline())[0].rstrip("/")
    finally:
        process.terminate()
        process.wait()


def rival(urls, options):
    """The cost of img2dataset over these addresses."""
    with tempfile.TemporaryDirectory() as folder:
        shards, listed = pathlib.Path(folder) / "shards", pathlib.Path(folder) / "urls.txt"
        listed.write_text("\n".join(urls))
        command = [pathlib.Path(sys.executable).parent / "img2dataset", f"--url_list={listed}", "--input_format=txt",
                   f"--output_folder={shards}", "--output_format=webdataset", "--processes_count=1",
                   f"--thread_count={RIVAL_THREADS}", "--extract_exif=False", "--enable_wandb=False", *options]
        # A package of its own asks the network whether there is a newer one.
        alone = os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1"}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=alone)
        usage = reap(process)
        told = [json.loads(path.read_text()) for path in shards.glob("*_stats.json")]
        if sum(one["successes"] for one in told) != len(urls):
            raise SystemExit(f"img2dataset did not take all of {len(urls)} images: {told}")
        return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Pair:
    """Short and long runs of one program, as many pairs as rounds."""

    def __init__(self, counts, run):
        self.counts, self.run, self.costs = counts, run, []

    def round(self):
        self.costs.append([self.run(count) for count in self.counts])

    def figures(self):
        (short, long), marginal = self.counts, [last.cpu_s - first.cpu_s for first, last in self.costs]
        return {"per_cpu_second": (long - short) / statistics.median(marginal),
                "memory_mib": statistics.median(last.memory_mib for _, last in self.costs),
                "cpu_s": [[cost.cpu_s for cost in costs] for costs in self.costs]}


def decodes(paths):
    """How many of these Pillow decodes in a second of processor time: how fast the machine is meanwhile."""
    start = time.process_time()
    for path in paths:
        with Image.open(path) as picture:
            picture.load()
    return len(paths) / (time.process_time() - start)


def measured(row, stand, files, urls, rounds):
    """A row's figures, as they go into table and JSON."""
    def ours(count):
        return stand.consume(f"{row.corpus}-{count}", count, row.staging, row.outcome)

    pairs = {"ours": Pair(row.counts, ours)}
    if row.rival:
        pairs["img2dataset"] = Pair(row.counts, lambda count: rival(urls[row.corpus][:count], row.rival))
    pillow = []
    for _ in range(rounds):
        pillow.append(decodes(files[row.corpus][:DECODED]) if row.rival else None)
        for pair in pairs.values():
            pair.round()
    told = {"name": row.name, "counts": row.counts, "bar": row.bar, "pillow_decodes": pillow}
    return told | {name: pair.figures() for name, pair in pairs.items()}


def scale(stand, rounds):
    """Memory, and processor time beyond that of a feed of one image, by how many images there are."""
    one, *others = SCALE
    costs = {}
    for count in SCALE:
        # The longest is long enough for once.
        again = 1 if count == SCALE[-1] else rounds
        runs = [stand.consume(f"small-{count}", count, rendition(SCALE_EDGE_PX), "staged") for _ in range(again)]
        costs[count] = Cost(statistics.median(run.cpu_s for run in runs),
                            statistics.median(run.memory_mib for run in runs))
    return [{"images": count, "per_cpu_second": (count - one) / (costs[count].cpu_s - costs[one].cpu_s),
             "memory_mib": costs[count].memory_mib} for count in others]


def line(row):
    ours, other, bar = row["ours"], row.get("img2dataset"), row["bar"]
    beside = ["", "", ""]
    if other:
        ratio = ours["per_cpu_second"] / other["per_cpu_second"]
        beside = [f"{other['per_cpu_second']:.1f}", f"**{ratio:.1f}**", f"{other['memory_mib']:.0f}"]
    reached = "" if bar is None else f"{bar}" if ours["per_cpu_second"] >= bar else f"{bar}, missed"
    alone = f"{statistics.median(row['pillow_decodes']):.0f}" if other else ""
    memory = f"{ours['memory_mib']:.0f}"
    cells = [row["name"], f"{ours['per_cpu_second']:.1f}", *beside[:2], reached, alone, memory, beside[2]]
    return f"| {' | '.join(cells)} |"


def fill(stand, files):
    """Uploads all photographs and makes a topic of each size that is measured."""
    for name in files:
        stand.put(CORPORA / name)
    hashes = {name: [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths] for name, paths in files.items()}
    found = stand.events({one for some in hashes.values() for one in some})
    events = {name: [found[one] for one in some] for name, some in hashes.items()}
    events["withheld"] = [withheld(event) for event in events["small"]]
    sizes = {(row.corpus, count) for row in ROWS for count in row.counts} | {("small", count) for count in SCALE}
    for corpus, count in sorted(sizes):
        stand.make_topic(f"{corpus}-{count}", events[corpus][:count])


def withheld(event):
    """The event of the same image, if its owner had not agreed."""
    key, value, headers = event
    return key, json.dumps(json.loads(value) | {"consent": "none"}).encode(), headers


def report(stand, files, urls, rounds):
    """Prints the tables and returns what is in them."""
    print("| a second of processor time | Darkroom | img2dataset | ratio | bar | decoding alone | MiB | its MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    rows = []
    for row in ROWS:
        rows.append(measured(row, stand, files, urls, rounds))
        print(line(rows[-1]), flush=True)
    print(CONDITIONS)
    print(f"| photographs of 36 kB → {SCALE_EDGE_PX} px | a second of processor time | MiB |\n| --- | --- | --- |")
    grown = scale(stand, rounds)
    for found in grown:
        print(f"| {found['images']} | {found['per_cpu_second']:.1f} | {found['memory_mib']:.0f} |")
    return {"rows": rows, "scale": grown, "conditions": CONDITIONS}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("darkroom")
    options.add_argument("consumer")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", type=pathlib.Path, default=ROOT / "target" / "bench" / "feed.json")
    options = options.parse_args()
    files = corpora.make(CORPORA)
    kafka = ("--without-consumer", "--kafka", "apache", "--kafka-jars", JARS)
    with tempfile.TemporaryDirectory() as folder, served(CORPORA) as address:
        with service.started(options.darkroom, f"{folder}/data", *kafka):
            stand = Stand(options.darkroom, options.consumer, f"{folder}/data")
            fill(stand, files)
            urls = {name: [f"{address}/{name}/{path.name}" for path in paths] for name, paths in files.items()}
            figures = report(stand, files, urls, options.rounds)
    options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
