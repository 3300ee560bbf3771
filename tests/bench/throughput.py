"""Renditions a second over HTTP and their p99, beside Sharp behind Node's HTTP server, and imgproxy.

    throughput.py DARKROOM [--imgproxy PROGRAM] [--seconds 8] [--rounds 3]

Darkroom does all that it does for a rendition nobody has asked for before: edge, record, fetch from the bucket, render,
store. It has many photographs of each size, and is asked for six sizes of each, one after another, as a page does.

One Node does what AWS's solution does: it fetches each original from the same bucket with the AWS SDK, and renders.
imgproxy does so too. Another Node holds one photograph of each size in memory, and only renders. All have both cores, and
share them with wrk; four connections.
"""

import argparse
import contextlib
import os
import pathlib
import socket
import statistics
import subprocess
import tempfile
from dataclasses import astuple, dataclass

import edge

HERE = pathlib.Path(__file__).parent
FOLDER = HERE.parents[1] / "target" / "bench"

# Name, file, the smallest width, and of how many photographs.
JOBS = [("2 MP to 400 px", "j2.jpg", 360, 40), ("16 MP to 400 px", "j16.jpg", 360, 20), ("8 MP to 1200 px", "j8.jpg", 1160, 20)]

STORE = "darkroom-customer-demo"
BUCKET, MEMORY, IMGPROXY = "Sharp and the bucket", "Sharp alone", "imgproxy"

LUA = """
local n, photographs = SKIP - 1, PATHS
function request()
  n = n + 1
  local photograph = photographs[math.floor(n / 6) % #photographs + 1]
  local turn = math.floor(n / 6 / #photographs) * 6 + n % 6
  local width, quality = WIDTH + turn % 80, 40 + math.floor(turn / 80) % 60
  return wrk.format("GET", (photograph:gsub("WIDTH", width):gsub("QUALITY", quality)))
end
"""


@dataclass
class Round:
    """What one run of wrk saw."""

    per_second: float
    p99_ms: float

    def __str__(self):
        return f"{self.per_second:.1f} a second (p99 {self.p99_ms:.0f} ms)"


def ask(url, paths, width, skip, seconds):
    """Good answers a second; `skip` of what can be asked has been asked before."""
    names = "{" + ", ".join(f'"{path}"' for path in paths) + "}"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(LUA.replace("PATHS", names).replace("SKIP", str(skip)).replace("= WIDTH", f"= {width}"))
        script.flush()
        command = ["wrk", "-t1", "-c4", f"-d{seconds}s", "--latency", "-s", script.name, url]
        lines = subprocess.check_output(command, text=True).splitlines()
    count = next(int(line.split()[0]) for line in lines if " requests in " in line)
    refused = next((int(line.split()[-1]) for line in lines if "Non-2xx" in line), 0)
    p99 = next(line.split()[1] for line in lines if line.strip().startswith("99%"))
    unit = {"us": 0.001, "ms": 1, "s": 1000}[p99.lstrip("0123456789.")]
    return Round((count - refused) / seconds, float(p99.rstrip("mus")) * unit)


def peak_mib(server):
    status = pathlib.Path(f"/proc/{server.pids[0]}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def photographs(folder, file, count):
    """The same picture with different comments: as many images. Returns their names."""
    start, rest = file.read_bytes()[:2], file.read_bytes()[2:]
    names = [f"{file.stem}-{number:02}" for number in range(count)]
    for name in names:
        comment = b"\xff\xfe" + (len(name) + 2).to_bytes(2, "big") + name.encode()
        (folder / f"{name}.jpg").write_bytes(start + comment + rest)
    return names


def compare(options, servers):
    """A line for each job, then one for the memory."""
    ours, *theirs = servers
    for name, width, asked_of in jobs(ours):
        found, asked = {server.name: [] for server in servers}, 0
        for _ in range(options.rounds):
            for server in servers:
                paths = asked_of[server.name]
                found[server.name].append(ask(server.url, paths, width, asked, options.seconds))
            asked += round(found[ours.name][-1].per_second * options.seconds) + 100
        own, *others = (median(found[server.name]) for server in servers)
        ratios = (f"{server.name} {other}: {own.per_second / other.per_second:.2f}" for server, other in zip(theirs, others))
        print(f"{name}: {own};", "; ".join(ratios), flush=True)
    own, *others = map(peak_mib, servers)
    ratios = (f"{server.name} {other:.0f}: {other / own:.2f} times less" for server, other in zip(theirs, others))
    print(f"peak memory: {own:.0f} MiB;", "; ".join(ratios))


def median(rounds):
    return Round(*(statistics.median(values) for values in zip(*map(astuple, rounds))))


def jobs(ours):
    """Name, smallest width, and the paths that each server is asked for, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        edge.IMAGES = pathlib.Path(folder)
        names = {name: photographs(edge.IMAGES, FOLDER / file, count) for name, file, _, count in JOBS}
        edge.CLASSES = {name: (of_job, []) for name, of_job in names.items()}
        paths, _ = edge.upload(ours.url)
    for number, (name, _, width, _) in enumerate(JOBS):
        images = [paths[photograph].removeprefix("/demo/") for photograph in names[name]]
        query = "?w=WIDTH&q=QUALITY&fm=jpg"
        yield name, width, {
            ours.name: [f"/demo/{image}{query}" for image in images],
            BUCKET: [f"/originals/{image}{query}" for image in images],
            IMGPROXY: [f"/unsafe/rs:fit:WIDTH/q:QUALITY/plain/s3://{STORE}/originals/{image}@jpg" for image in images],
            MEMORY: [f"/{number}{query}"],
        }


@contextlib.contextmanager
def node(name, arguments, environment={}):
    command = ["node", HERE / "render" / "server.mjs", *arguments]
    with edge.running(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        yield edge.Server(name, f"http://127.0.0.1:{process.stdout.readline().strip()}", [process.pid])


@contextlib.contextmanager
def imgproxy(program, environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {"IMGPROXY_BIND": address, "IMGPROXY_USE_S3": "true", "IMGPROXY_LOG_LEVEL": "error", "IMGPROXY_WORKERS": "2",
                "IMGPROXY_S3_ENDPOINT": environment["AWS_ENDPOINT_URL"], "IMGPROXY_S3_ENDPOINT_USE_PATH_STYLE": "true"}
    with edge.running([program], env=os.environ | environment | settings, stdout=subprocess.DEVNULL) as process:
        edge.wait_for(address, process)
        yield edge.Server(IMGPROXY, f"http://{address}", [process.pid])


def environment(darkroom, folder):
    """What points the AWS SDK at Darkroom's buckets."""
    lines = subprocess.check_output([darkroom, "env", "--data", folder], text=True).splitlines()
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines)
    return {name: value.strip("'") for name, value in pairs}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("darkroom")
    options.add_argument("--imgproxy", help="compares with this program too")
    options.add_argument("--seconds", type=int, default=8)
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    edge.SERVER_CORE, edge.LOG = "0,1", "error"
    with (
        tempfile.TemporaryDirectory() as folder,
        edge.darkroom(options.darkroom, folder) as ours,
        node(BUCKET, ["bucket", STORE], environment(options.darkroom, folder)) as fetching,
        node(MEMORY, ["memory", *(FOLDER / file for _, file, _, _ in JOBS)]) as rendering,
        contextlib.ExitStack() as stack,
    ):
        servers = [ours, fetching, rendering]
        if options.imgproxy:
            servers.append(stack.enter_context(imgproxy(options.imgproxy, environment(options.darkroom, folder))))
        compare(options, servers)


if __name__ == "__main__":
    main()
