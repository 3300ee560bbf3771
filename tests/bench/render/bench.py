"""Renditions beside Sharp's: the same originals, the same requests, in turn, each from a buffer to a buffer.

    bench.py [--rounds 5] [--jobs j16_400,...]

Both run on one thread. A round asks ours and Sharp one after the other; the ratio is that of the medians over all
rounds, above 1 where ours is faster. "two" is the same with two processes of each at once. Quality is measured against
Pillow's rendition of the whole original with Lanczos.
"""

import argparse
import io
import json
import math
import pathlib
import statistics
import subprocess
import time
from dataclasses import dataclass, field

import numpy
from PIL import Image, ImageCms, ImageOps

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
FOLDER = ROOT / "target" / "bench"
EXAMPLES = ROOT / "target" / "release" / "examples"
# As long as this many milliseconds, about, does a process repeat one job.
SPELL_MS = 600


@dataclass
class Job:
    """A request in both tongues."""

    name: str
    original: str
    ours: str
    theirs: dict
    # Whether it counts in the mean, which a factor of six would say nothing about.
    counts: bool = True
    results: dict = field(default_factory=dict)


def to(width, extension, **more):
    """Transform and Sharp's options of a width and a format."""
    format = {"jpg": "jpeg"}.get(extension, extension)
    theirs = {"format": format, **more}
    if width is None:
        return f"fm={extension}", theirs
    return f"w={width},fm={extension}", {**theirs, "resize": {"width": width}}


COVER = ("w=200,h=200,fit=cover,fm=jpg", {"resize": {"width": 200, "height": 200}, "format": "jpeg"})
# Sharp's default, and what looks as good here (SSIMULACRA2).
AVIF = ("w=800,fm=avif,q=49", {"resize": {"width": 800}, "format": "avif", "options": {"quality": 50, "effort": 4}})

JOBS = [
    Job("j16_400", "j16.jpg", *to(400, "jpg")),
    Job("j16_1200", "j16.jpg", *to(1200, "jpg")),
    Job("j16_422_400", "j16-422.jpg", *to(400, "jpg")),
    Job("j16_422_1200", "j16-422.jpg", *to(1200, "jpg")),
    Job("j8_400", "j8.jpg", *to(400, "jpg")),
    Job("j8_1200", "j8.jpg", *to(1200, "jpg")),
    Job("j16_progressive_400", "j16-progressive.jpg", *to(400, "jpg"), counts=False),
    Job("j16_sideways_400", "j16-sideways.jpg", *to(400, "jpg")),
    Job("j2_400", "j2.jpg", *to(400, "jpg")),
    Job("j2_cover_200", "j2.jpg", *COVER),
    Job("j16_400_webp", "j16.jpg", *to(400, "webp")),
    Job("j16_1200_webp", "j16.jpg", *to(1200, "webp")),
    Job("j8_1200_webp", "j8.jpg", *to(1200, "webp")),
    Job("j2_webp", "j2.jpg", *to(None, "webp")),
    Job("j2_jpg", "j2.jpg", *to(None, "jpg")),
    Job("j8_p3_400", "j8-p3.jpg", *to(400, "jpg")),
    Job("j8_cmyk_400", "j8-cmyk.jpg", *to(400, "jpg")),
    Job("p12_800_png", "p12.png", *to(800, "png")),
    Job("p12_800_webp", "p12.png", *to(800, "webp")),
    Job("p12_800_jpg", "p12.png", *to(800, "jpg")),
    Job("p2_alpha_400_webp", "p2-alpha.png", *to(400, "webp")),
    Job("p2_alpha_400_png", "p2-alpha.png", *to(400, "png")),
    Job("w4_400", "w4.webp", *to(400, "jpg")),
    Job("w4_jpg", "w4.webp", *to(None, "jpg")),
    Job("a4_400", "a4.avif", *to(400, "jpg")),
    Job("g24_240_webp", "g24.gif", *to(240, "webp", animated=True)),
    Job("g24_240_gif", "g24.gif", *to(240, "gif", animated=True)),
    Job("j8_800_avif", "j8.jpg", *AVIF, counts=False),
]


def ours(job, out, repeat):
    return [EXAMPLES / "render", FOLDER / job.original, job.ours, out, "--repeat", str(repeat)]


def theirs(job, out, repeat):
    return ["node", HERE / "sharp.mjs", FOLDER / job.original, json.dumps(job.theirs), out, str(repeat)]


def run(command, at_once=1):
    """The lines that so many processes print, as one: the mean of each number."""
    command = [str(part) for part in command]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(at_once)]
    lines = [json.loads(process.communicate()[0]) for process in processes]
    assert all(process.returncode == 0 for process in processes), command
    return {key: statistics.mean(line[key] for line in lines) for key in lines[0]}


def measure(job, rounds):
    """Both in turn, as often as `rounds` says; first once alone, for bytes, memory and the length of a spell."""
    sides = {"ours": ours, "theirs": theirs}
    out = {side: FOLDER / f"{job.name}.{side}" for side in sides}
    repeat, started = {}, {side: [] for side in sides}
    for side, command in sides.items():
        for _ in range(3):
            start = time.perf_counter()
            once = run(command(job, out[side], 1))
            started[side].append((time.perf_counter() - start) * 1e3)
        job.results[side] = once
        repeat[side] = max(3, min(60, round(SPELL_MS / max(once["median_ms"], 0.1))))
    for count, name in [(1, "one"), (2, "two")]:
        found = {side: [] for side in sides}
        for _ in range(rounds):
            for side, command in sides.items():
                found[side].append(run(command(job, out[side], repeat[side]), count))
        for side in sides:
            times = [line["median_ms"] for line in found[side]]
            cpu = [line["cpu_ms"] for line in found[side]]
            job.results[side] |= {f"{name}_ms": statistics.median(times), f"{name}_cpu": statistics.median(cpu)}
    for side in sides:
        job.results[side]["first_ms"] = statistics.median(started[side])
        job.results[side] |= quality(job, out[side])


def reference(job):
    """The whole original, upright and in sRGB, scaled by Pillow; over white."""
    with Image.open(FOLDER / job.original) as opened:
        image = ImageOps.exif_transpose(opened)
        if icc := opened.info.get("icc_profile"):
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            image = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def flat(image):
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")


def quality(job, out):
    """SSIM of the luma and SSIMULACRA2, against the reference in this file's own size."""
    with Image.open(out) as file:
        picture = flat(file)
    wanted = reference(job)
    scaled = wanted.resize(picture.size, Image.Resampling.LANCZOS, box=box(wanted.size, picture.size))
    golden, decoded = FOLDER / "reference.png", FOLDER / "decoded.png"
    scaled = flat(scaled)
    scaled.save(golden)
    picture.save(decoded)
    score = json.loads(subprocess.check_output([EXAMPLES / "likeness", golden, decoded]))
    return {"ssim": ssim(scaled, picture), "ssimulacra2": score["ssimulacra2"]}


def box(whole, part):
    """What `fit=cover` keeps, from the middle."""
    scale = min(whole[0] / part[0], whole[1] / part[1])
    if abs(whole[0] / part[0] - whole[1] / part[1]) * max(part) < max(whole) / 50:
        return (0, 0, *whole)
    kept = (part[0] * scale, part[1] * scale)
    left, top = (whole[0] - kept[0]) / 2, (whole[1] - kept[1]) / 2
    return (left, top, left + kept[0], top + kept[1])


def ssim(a, b):
    """Wang et al. 2004, over windows of 8 x 8."""
    x, y = (numpy.asarray(image.convert("L"), float) for image in (a, b))
    def mean(values):
        sums = numpy.cumsum(numpy.cumsum(numpy.pad(values, ((1, 0), (1, 0))), 0), 1)
        return (sums[8:, 8:] - sums[:-8, 8:] - sums[8:, :-8] + sums[:-8, :-8]) / 64
    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(((2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean())


def row(job):
    own, other = job.results["ours"], job.results["theirs"]
    ratio = {name: other[name] / own[name] for name in ("one_ms", "one_cpu", "two_ms", "first_ms")}
    memory = other["peak_rss_bytes"] / own["peak_rss_bytes"]
    size = own["output_bytes"] / other["output_bytes"]
    return (
        f"| {job.name} | {other['one_ms']:.1f} | {own['one_ms']:.1f} | **{ratio['one_ms']:.2f}** | {ratio['one_cpu']:.2f} "
        f"| {ratio['two_ms']:.2f} | {ratio['first_ms']:.1f} | {memory:.1f} | {size:.3f} "
        f"| {other['ssim']:.4f} / {own['ssim']:.4f} | {other['ssimulacra2']:.1f} / {own['ssimulacra2']:.1f} |{verdict(job)}"
    )


def verdict(job):
    """What a row falls short of: as good and as small as Sharp's."""
    own, other = job.results["ours"], job.results["theirs"]
    short = [
        name
        for name, holds in {
            "SSIM": own["ssim"] >= other["ssim"] - 0.002,
            "SSIMULACRA2": own["ssimulacra2"] >= other["ssimulacra2"] - 1,
            "bytes": own["output_bytes"] <= 1.04 * other["output_bytes"],
        }.items()
        if not holds
    ]
    return f" short of {', '.join(short)}" if short else ""


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--jobs", default="")
    options = options.parse_args()
    wanted = [job for job in JOBS if not options.jobs or job.name in options.jobs.split(",")]
    print("| job | Sharp ms | ours ms | ratio | CPU | two | first image | memory | bytes | SSIM Sharp / ours | SSIMULACRA2 Sharp / ours |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for job in wanted:
        measure(job, options.rounds)
        print(row(job), flush=True)
    counted = [job for job in wanted if job.counts and not verdict(job)]
    print(f"\nGeometric means of {len(counted)} jobs, without progressive, AVIF encoding and what falls short:")
    for name in ("one_ms", "one_cpu", "two_ms", "first_ms", "peak_rss_bytes"):
        ratios = [job.results["theirs"][name] / job.results["ours"][name] for job in counted]
        print(f"{name} {statistics.geometric_mean(ratios) if ratios else math.nan:.2f}")


if __name__ == "__main__":
    main()
