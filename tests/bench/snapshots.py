"""What building a snapshot takes: memory and processor time of `consumer snapshot` by how many images it has.

    snapshots.py DARKROOM CONSUMER [--images 1000,4000,16000]

Uploads small pictures of its own, labelled, with consent to training, to a `darkroom up` of its own, and builds a
snapshot of a new dataset after each count. Memory is the largest resident set of the one process that builds; the S3
server is another. Shards are closed at a MiB, so that what is kept of images stands out from what is kept of one
shard.
"""

import argparse
import os
import pathlib
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "python"))
import service  # noqa: E402  (it lies beside the tests in Python)

UPLOADED_AT_ONCE = 8
EDGE_PX = 16
LOOKED_EVERY_S = 0.01
RECIPE = "[shards]\nbytes = 1048576\n"


def picture(number):
    """A BMP that no other number has."""
    row = bytes(number.to_bytes(4, "little")) * (EDGE_PX * 3 // 4)
    pixels = row * EDGE_PX
    header = b"BM" + (54 + len(pixels)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    about = (40).to_bytes(4, "little") + EDGE_PX.to_bytes(4, "little") * 2 + (1).to_bytes(2, "little")
    return header + about + (24).to_bytes(2, "little") + bytes(24) + pixels


def upload(url, token, numbers):
    """All of them, some at once."""
    waiting = queue.SimpleQueue()
    for number in numbers:
        waiting.put(number)
    failed = []

    def work():
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                service.upload(url, token, picture(number), f"label=class-{number % 10}&consent=training")
            except urllib.request.HTTPError as error:
                failed.append(error.read().decode())

    threads = [threading.Thread(target=work) for _ in range(UPLOADED_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(failed[0])


def peak_mib(process):
    """The largest resident set until it ends. What wait4 tells of it is never less than that of whoever started it."""
    peak_kib = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak_kib = max([peak_kib, *map(int, re.findall(r"VmHWM:\s+(\d+)", status))])
        time.sleep(LOOKED_EVERY_S)
    return peak_kib / 1024


def build(consumer, environment, recipe, dataset):
    """What it printed, its largest resident set in MiB, and its processor time in seconds."""
    command = [consumer, "snapshot", dataset, "--recipe", recipe, "--wait", "600"]
    with tempfile.TemporaryFile("w+") as printed:
        # What it says of its work is its log.
        told = environment | {"RUST_LOG": "info"}
        process = subprocess.Popen(command, env=told, stdout=printed, stderr=subprocess.STDOUT)
        memory = peak_mib(process)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        said = printed.read().strip()
    if process.returncode:
        raise SystemExit(said)
    return said, memory, usage.ru_utime + usage.ru_stime


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("darkroom")
    options.add_argument("consumer")
    options.add_argument("--images", default="1000,4000,16000")
    given = options.parse_args()
    counts = [int(count) for count in given.images.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        data, recipe = f"{folder}/data", f"{folder}/recipe.toml"
        pathlib.Path(recipe).write_text(RECIPE)
        with service.running(given.darkroom, data) as url:
            printed = subprocess.check_output([given.darkroom, "env", "--consumer", "--data", data], text=True)
            exports = (line.removeprefix("export ").split("=", 1) for line in printed.splitlines()
                       if line.startswith("export "))
            environment = service.QUIET | {name: value.strip("'\"") for name, value in exports}
            token, there, rows = service.sign_in(url), 0, []
            print("| images | memory, MiB | more for each image, KiB | processor time, s |\n| --- | --- | --- | --- |")
            for count in counts:
                upload(url, token, range(there, count))
                there = count
                told, memory, cpu = build(given.consumer, environment, recipe, f"of-{count}")
                if f"images: {count}," not in told:
                    raise SystemExit(told or "nothing was built")
                more = (memory - rows[-1][1]) * 1024 / (count - rows[-1][0]) if rows else None
                rows.append((count, memory))
                print(f"| {count:,} | {memory:.0f} | {'' if more is None else f'{more:.1f}'} | {cpu:.1f} |", flush=True)


if __name__ == "__main__":
    main()
