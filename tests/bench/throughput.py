"""Renditions a second over HTTP, beside Sharp behind Node's HTTP server.

    throughput.py DARKROOM [--seconds 8] [--rounds 3]

Darkroom does all that it does for a rendition nobody has asked for before: edge, record, fetch from the bucket, render,
store. Node holds the original in memory, and renders. Both have both cores, and share them with wrk; four connections.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile

import edge

HERE = pathlib.Path(__file__).parent
ORIGINALS = {"2 MP": "j2.jpg", "16 MP": "j16.jpg"}
FOLDER = HERE.parents[1] / "target" / "bench"

LUA = """
local n = 0
function request()
  n = n + 1
  return wrk.format("GET", string.format("%s?w=%d&q=%d&fm=jpg", PATH, 360 + n % 80, 40 + math.floor(n / 80) % 60))
end
"""


def per_second(url, path, seconds, skip):
    """Good answers a second; `skip` of what can be asked has been asked before."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA.replace("PATH", repr(path)).replace("n = 0", f"n = {skip}", 1))
        script.flush()
        command = ["wrk", "-t1", "-c4", f"-d{seconds}s", "-s", script.name, url]
        lines = subprocess.check_output(command, text=True).splitlines()
    count = next(int(line.split()[0]) for line in lines if " requests in " in line)
    refused = next((int(line.split()[-1]) for line in lines if "Non-2xx" in line), 0)
    return (count - refused) / seconds


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("darkroom")
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    edge.SERVER_CORE, edge.LOG = "0,1", "error"
    for name, file in ORIGINALS.items():
        compare(options, name, FOLDER / file)


def compare(options, name, file):
    edge.IMAGES, edge.CLASSES = file.parent, {"one": ([file.stem], [])}
    node = ["node", HERE / "render" / "server.mjs", file]
    with (
        tempfile.TemporaryDirectory() as folder,
        edge.darkroom(options.darkroom, folder) as own,
        edge.running(node, stdout=subprocess.PIPE, text=True) as other,
    ):
        [path] = edge.upload(own.url)[0].values()
        sides = {"ours": (own.url, path), "Sharp": (f"http://127.0.0.1:{other.stdout.readline().strip()}", "/")}
        found, asked = {side: [] for side in sides}, 0
        for _ in range(options.rounds):
            for side, (url, path) in sides.items():
                found[side].append(per_second(url, path, options.seconds, asked))
            asked += round(found["ours"][-1] * options.seconds) + 100
        ours, theirs = (statistics.median(found[side]) for side in ("ours", "Sharp"))
        memory = peak_mib(other.pid) / peak_mib(own.pids[0])
        print(f"{name} to 400 px: {ours:.1f} a second, Sharp {theirs:.1f}: {ours / theirs:.2f}; memory {memory:.2f} times less")


if __name__ == "__main__":
    main()
