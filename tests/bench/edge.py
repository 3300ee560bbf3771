"""Hits of the edge beside Varnish: the same bytes, the same core, in turn.

    edge.py DARKROOM [--seconds 3] [--rounds 5]

Starts `darkroom up` on a data folder of its own and Varnish with it as its backend, fills both caches, and lets wrk
ask each for the same renditions, one after the other and again. The server that is asked has core 0 and wrk
core 1; the other server is stopped meanwhile. Prints medians over the rounds.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
IMAGES = HERE.parents[1] / "fixtures" / "images"
PASSWORD = "Bench-password-1"
SERVER_CORE, WRK_CORE = "0", "1"

# Of each class, about 5, 40 and 300 KB; as many of each as a page full of images asks for.
CLASSES = {
    "thumbs": (["astronaut", "chelsea", "coffee", "rocket"], [f"w={w}&fm=jpg" for w in range(140, 200, 10)]),
    "middle": (["astronaut", "chelsea", "coffee"], [f"w={w}&fm=jpg&q=85" for w in range(460, 540, 20)]),
    "large": (["seeding-2mb"], [f"w={w}&fm=jpg" for w in range(2400, 2800, 100)]),
}
CONNECTIONS = (16, 64)


@dataclass
class Server:
    """A server under test: its address, and its processes."""

    name: str
    url: str
    pids: list[int]

    def cpu_seconds(self):
        fields = (pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids)
        return sum(int(user) + int(system) for _, user, system in (f[10:13] for f in fields)) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        for pid in self.pids:
            os.kill(pid, number)


@dataclass
class Round:
    """What one run of wrk saw, and what it cost the server."""

    requests_per_second: float
    p99_ms: float
    cpu_ms_per_1000: float


def fetch(url, body=None, headers={}):
    """Status, headers and bytes."""
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise SystemExit(f"{url}: {error.code} {error.read().decode()}")
        return error.code, error.headers, b""


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(["taskset", "--cpu-list", SERVER_CORE, *command], **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def darkroom(binary, folder):
    command = [binary, "up", "--port", "0", "--data", folder, "--demo-password", PASSWORD]
    with running(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"RUST_LOG": "warn"}) as process:
        ready = next((line for line in process.stdout if line.startswith("Darkroom is ready at ")), None)
        if ready is None:
            raise SystemExit("darkroom ended before it was ready")
        port = ready.strip().rsplit(":", 1)[1]
        yield Server("darkroom", f"http://127.0.0.1:{port}", [process.pid])


@contextlib.contextmanager
def varnish(backend, folder):
    vcl = pathlib.Path(folder) / "cache.vcl"
    vcl.write_text((HERE / "cache.vcl").read_text().replace("PORT", backend.url.rsplit(":", 1)[1]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = ["varnishd", "-F", "-j", "none", "-n", f"{folder}/varnish", "-a", address, "-T", "none", "-f", vcl,
               "-s", "malloc,256m", "-p", "thread_pools=1"]
    with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(address, process)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield Server("varnish", f"http://{address}", [process.pid, *map(int, children)])


def wait_for(address, process):
    host, port = address.split(":")
    while process.poll() is None:
        try:
            return socket.create_connection((host, int(port))).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise SystemExit("varnishd ended before it was ready")


def upload(url):
    """Puts the photographs there; returns their paths by name, and the user's cookie."""
    login = json.dumps({"username": "demo@example.com", "password": PASSWORD}).encode()
    _, headers, session = fetch(f"{url}/v1/session", login, {"content-type": "application/json"})
    bearer = {"authorization": f"Bearer {json.loads(session)['id_token']}"}
    paths = {}
    for name in {name for names, _ in CLASSES.values() for name in names}:
        [file] = IMAGES.glob(f"{name}.*")
        _, _, record = fetch(f"{url}/v1/images?visibility=public", file.read_bytes(), bearer)
        paths[name] = f"/demo/{json.loads(record)['id']}"
    return paths, headers["set-cookie"].split(";")[0]


def warm(servers, path, headers):
    """Fills both caches and returns (bytes, entity tag), having seen that both hit and say the same."""
    for _ in range(2):
        answers = [fetch(server.url + path, headers=headers) for server in servers]
    (_, ours, bytes_), (_, theirs, same) = answers
    hits = ours["x-cache"] == "hit" and len(theirs["x-varnish"].split()) == 2
    if not hits or bytes_ != same:
        raise SystemExit(f"{path}: the two do not serve the same from their caches")
    return len(bytes_), ours["etag"]


def run_wrk(server, lines, connections, seconds):
    with tempfile.NamedTemporaryFile("w", suffix=".urls") as urls:
        urls.write("\n".join(lines) + "\n")
        urls.flush()
        command = ["taskset", "--cpu-list", WRK_CORE, "wrk", "-t", "1", "-c", connections, "-d", f"{seconds}s", "--latency",
                   "-s", HERE / "walk.lua", server.url, "--", urls.name]
        before = server.cpu_seconds()
        printed = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
        cpu = server.cpu_seconds() - before
    requests, duration_us, p99_us, errors = map(int, printed.splitlines()[-1].split())
    if errors:
        raise SystemExit(f"{server.name}: {errors} of {requests} requests failed")
    return Round(requests / duration_us * 1e6, p99_us / 1000, cpu / requests * 1e6)


def compare(servers, lines, connections, options):
    """Rounds of each server, in turn, while the other is stopped."""
    rounds = {server.name: [] for server in servers}
    for _ in range(options.rounds):
        for server in servers:
            others = [other for other in servers if other is not server]
            for other in others:
                other.signal(signal.SIGSTOP)
            try:
                rounds[server.name].append(run_wrk(server, lines, connections, options.seconds))
            finally:
                for other in others:
                    other.signal(signal.SIGCONT)
    return rounds


def cases(servers, paths, cookie):
    """(name, mean bytes, lines for wrk): each class, all of them, with a cookie, and what the client has already."""
    plain, sizes, tags = {}, {}, {}
    for name, (images, queries) in CLASSES.items():
        plain[name] = [f"{paths[image]}?{query}" for image in images for query in queries]
    plain["mix"] = sum(plain.values(), [])
    for path in plain["mix"]:
        sizes[path], tags[path] = warm(servers, path, {})
        warm(servers, path, {"cookie": cookie})
    for name, urls in plain.items():
        yield name, statistics.mean(map(sizes.get, urls)), urls
    thumbs = plain["thumbs"]
    mean = statistics.mean(map(sizes.get, thumbs))
    yield "thumbs, cookie", mean, [f"{path} cookie {cookie}" for path in thumbs]
    yield "thumbs, 304", 0, [f"{path} if-none-match {tags[path]}" for path in thumbs]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("darkroom", help="the program")
    parser.add_argument("--seconds", type=int, default=3, help="of one round")
    parser.add_argument("--rounds", type=int, default=5, help="of each server")
    options = parser.parse_args()
    print(f"{'':15} {'':>6} {'':>5} | {'requests/s':^22} | {'p99 ms':^15} | {'CPU ms per 1,000':^17}")
    print(f"{'hits':15} {'bytes':>6} {'conns':>5} | {'darkroom':>8} {'varnish':>7} {'ratio':>5}"
          f" | {'darkroom':>8} {'varnish':>6} | {'darkroom':>8} {'varnish':>8}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with darkroom(options.darkroom, f"{folder}/data") as ours, varnish(ours, folder) as theirs:
            paths, cookie = upload(ours.url)
            for name, mean, lines in cases((ours, theirs), paths, cookie):
                for connections in CONNECTIONS:
                    rounds = compare((ours, theirs), lines, connections, options)
                    print(row(name, mean, connections, rounds["darkroom"], rounds["varnish"]), flush=True)


def row(name, mean, connections, ours, theirs):
    def medians(field):
        return [statistics.median(getattr(round_, field) for round_ in rounds) for rounds in (ours, theirs)]

    (a, b), p99, cpu = medians("requests_per_second"), medians("p99_ms"), medians("cpu_ms_per_1000")
    return (f"{name:15} {mean:6.0f} {connections:5} | {a:8.0f} {b:7.0f} {a / b:5.2f}"
            f" | {p99[0]:8.2f} {p99[1]:6.2f} | {cpu[0]:8.1f} {cpu[1]:8.1f}")


if __name__ == "__main__":
    main()
