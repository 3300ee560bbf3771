"""Cold starts: from the start of a function's process to its first answer, and the most memory that it took.

    cold_start.py DARKROOM [--functions FOLDER] [--rounds 20] [--bundler ESBUILD]

The functions run as in tests/python/lambdas.py: against a stand-in of Lambda's Runtime API where their first invocation
waits, with S3, STS, user pool and Kafka of a `darkroom up` beside them. Delivery is asked for a photograph of two
megapixels as WebP, 800 pixels wide, which nobody has asked for before, and so is Sharp in Node (render/lambda.mjs), which
takes the original from the same bucket and puts the rendition there, as AWS's Dynamic Image Transformation does. With a
bundler all of that but Sharp is one file. All in turn, each time in a process of its own. The files of all of them are in
memory; what Lambda does before a process runs is not in it.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(ROOT / "tests" / "python"))
from lambdas import aws, events, gateway  # noqa: E402  (they lie beside the tests in Python)
from lambdas.delivery import proof  # noqa: E402
from lambdas.function import Function, programs  # noqa: E402

PHOTOGRAPH = ROOT / "fixtures" / "images" / "seeding-2mb.jpg"
BUCKET, WIDTH = "darkroom-customer-demo", 800
# The same rendition once more, by another process: it lies in the bucket.
KEPT = "delivery, rendered before"
NODE, BUNDLED = "Sharp in Node", "Sharp in Node, bundled"
KEYS = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")


def photograph(number):
    """The same picture with another comment: another image."""
    whole, comment = PHOTOGRAPH.read_bytes(), f"{number}".encode()
    return whole[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + whole[2:]


def announced(running, image):
    """The event of an image, as a message of Kafka's."""
    record = running.s3.get_object(Bucket=BUCKET, Key=f"records/{image}.json")["Body"].read()
    headers = [("content-type", b"application/json"), ("ce_specversion", b"1.0"), ("ce_type", b"image.uploaded.v1")]
    return headers, record


def node(running, bundler, folder):
    """Sharp as a function, as it is and in one file."""
    source, modules = HERE / "render" / "lambda.mjs", HERE / "render" / "node_modules"
    variables = {name: running.environment[name] for name in KEYS} | {
        "BUCKET": BUCKET, "NODE_PATH": str(modules), "PATH": os.environ["PATH"]}
    files = {NODE: source}
    if bundler:
        files[BUNDLED] = pathlib.Path(folder, "lambda.cjs")
        options = ["--bundle", "--minify", "--platform=node", "--external:sharp"]
        command = [bundler, source, *options, f"--outfile={files[BUNDLED]}"]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"NODE_PATH": str(modules)})
    found = shutil.which("node")
    return {name: Function(name, [found, file], variables, 15, 1769, running.log) for name, file in files.items()}


def asked(name, running, image, offset):
    """The first event of a function."""
    target = f"/demo/{image}?fm=webp&w={WIDTH}"
    if name in ("delivery", KEPT):
        return events.rest("GET", target, proof(running, "anon", target))
    if name == "api":
        return events.rest("GET", f"/v1/images/{image}", running.bearer("demo"))
    if name == "announce":
        return events.queue({"1": events.created(BUCKET, f"outbox/{image}-1")})
    if name == "consumer":
        return events.batch([events.message(aws.TOPIC, 0, offset, *announced(running, image))])
    return events.rest("GET", f"/originals/{image}?w={WIDTH}")


def good(name, invocation):
    """Whether the answer is what was asked for; its bytes, where it is an image."""
    if name in ("announce", "consumer"):
        return json.loads(invocation.body) == {"batchItemFailures": []}, None
    answer = gateway.read(invocation)
    is_image = answer.headers["content-type"] == "image/webp"
    return answer.status == 200 and is_image == (name != "api"), len(answer.body) if is_image else None


def cpu_ms(environment):
    """Processor time of all its threads, which stand still and have not ended."""
    threads = pathlib.Path(f"/proc/{environment.process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def measure(running, functions, rounds):
    """Milliseconds, those of the processor, MiB and bytes of each start, by function."""
    found = {name: [] for name in functions}
    # The first round fills the page cache, and does not count.
    for number in range(rounds + 1):
        image = running.upload(photograph(number), query="visibility=public&consent=training")
        for name, function in functions.items():
            invocation = function.invoke(asked(name, running, image, number))
            is_good, length = good(name, invocation)
            assert is_good, (name, invocation.body[:300])
            environment = function.environment
            found[name].append((invocation.since_start * 1e3, cpu_ms(environment), environment.peak_mib(), length))
            function.stop()
    return {name: list(zip(*starts[1:])) for name, starts in found.items()}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("darkroom")
    options.add_argument("--functions", metavar="FOLDER", help="programs that were built for Lambda")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--bundler", help="esbuild")
    options.add_argument("--kafka-jars", default=ROOT / "target" / "kafka")
    options = options.parse_args()
    binary = os.path.abspath(options.darkroom)
    with tempfile.TemporaryDirectory() as folder:
        found = programs(options.functions, pathlib.Path(binary).parent, folder)
        with aws.running(binary, os.path.abspath(options.kafka_jars), folder, found) as running:
            functions = {"delivery": running.function("delivery"), KEPT: running.function("delivery")}
            functions |= {name: running.function(name) for name in found if name != "delivery"}
            functions |= node(running, options.bundler, folder)
            measured = measure(running, functions, options.rounds)
    print("| function | ms | of delivery's | fastest | slowest | CPU ms | of delivery's | MiB | bytes |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    own_ms, own_cpu = (statistics.median(column) for column in measured["delivery"][:2])
    for name, (ms, cpu, mib, length) in measured.items():
        median, median_cpu = statistics.median(ms), statistics.median(cpu)
        ratios = [f"**{median / own_ms:.1f}**", f"{median_cpu / own_cpu:.1f}"] if name in (NODE, BUNDLED) else ["", ""]
        of_clock = [f"{median:.0f}", ratios[0], f"{min(ms):.0f}", f"{max(ms):.0f}"]
        of_process = [f"{median_cpu:.0f}", ratios[1], f"{max(mib):.0f}", str(length[0] or "")]
        print("|", " | ".join([name, *of_clock, *of_process]), "|")
    folder = ROOT / "target" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cold_start.json").write_text(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
