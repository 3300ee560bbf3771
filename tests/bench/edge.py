"""Hits of the edge beside Varnish: the same bytes, the same core, in turn.

    edge.py DARKROOM [--seconds 3] [--rounds 5]

Starts `darkroom up` on a data folder of its own and Varnish with it as its backend, fills both caches, and lets wrk
ask each for the same renditions, one after the other and again. The server that is asked has core 0 and wrk
core 1; the other server is stopped meanwhile. Rounds that other programs disturbed are repeated for a while. Prints
medians over the quietest rounds, and how much of the two cores other programs had in the loudest of these.
"""

import argparse
import contextlib
import json
import os
import pathlib
import resource
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

LOG = "warn"

# Rounds in which other programs had more of the two cores than this are repeated, up to so many times as many.
OTHERS_MAX, PATIENCE = 0.03, 4


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
    others: float


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
    with running(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"RUST_LOG": LOG}) as process:
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


def post(url, body):
    """Headers and JSON of the answer."""
    _, headers, answer = fetch(url, json.dumps(body).encode(), {"content-type": "application/json"})
    return headers, json.loads(answer)


def upload(url):
    """Puts the photographs there; returns their paths by name, and the user's cookie."""
    headers, session = post(f"{url}/v1/session", {"username": "demo@example.com", "password": PASSWORD})
    bearer = {"authorization": f"Bearer {session['id_token']}"}
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
        before = spent(server)
        printed = subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout
        cpu, wrk, everything = (after - before for after, before in zip(spent(server), before))
    requests, duration_us, p99_us, errors = map(int, printed.splitlines()[-1].split())
    if errors:
        raise SystemExit(f"{server.name}: {errors} of {requests} requests failed")
    seconds = duration_us / 1e6
    return Round(requests / seconds, p99_us / 1000, cpu / requests * 1e6, (everything - cpu - wrk) / seconds / 2)


def spent(server):
    """CPU seconds of the server, of wrk, and of all programs on both cores."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cores = [line.split() for line in pathlib.Path("/proc/stat").read_text().splitlines()]
    # All but idle and iowait: what interrupts took is counted to the programs too.
    ticks = sum(sum(map(int, c[1:4] + c[6:9])) for c in cores if c[0] in (f"cpu{SERVER_CORE}", f"cpu{WRK_CORE}"))
    return server.cpu_seconds(), children.ru_utime + children.ru_stime, ticks / os.sysconf("SC_CLK_TCK")


def compare(servers, lines, connections, options):
    """The quietest rounds, each with one of every server."""
    rounds = []
    for _ in range(options.rounds * PATIENCE):
        rounds.append([run_alone(server, servers, lines, connections, options.seconds) for server in servers])
        rounds.sort(key=loudness)
        if len(rounds) >= options.rounds and loudness(rounds[options.rounds - 1]) <= OTHERS_MAX:
            break
    return rounds[:options.rounds]


def loudness(round_):
    return max(of_one.others for of_one in round_)


def run_alone(server, servers, lines, connections, seconds):
    """A run of one server while the others are stopped."""
    others = [other for other in servers if other is not server]
    for other in others:
        other.signal(signal.SIGSTOP)
    try:
        return run_wrk(server, lines, connections, seconds)
    finally:
        for other in others:
            other.signal(signal.SIGCONT)


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
    print(f"{'':26} | {'requests/s':^23} | {'p99 ms':^16} | {'CPU ms per 1,000':^23} |")
    names = f"{'darkroom':>8} {'varnish':>7}"
    print(f"{'hits':14} {'bytes':>6} conns | {names} {'ratio':>5} | {names} | {names} {'ratio':>5} | others", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        with darkroom(options.darkroom, f"{folder}/data") as ours, varnish(ours, folder) as theirs:
            paths, cookie = upload(ours.url)
            for name, mean, lines in cases((ours, theirs), paths, cookie):
                for connections in CONNECTIONS:
                    print(row(name, mean, connections, compare((ours, theirs), lines, connections, options)), flush=True)


def row(name, mean, connections, rounds):
    def medians(field):
        return [statistics.median(getattr(of_one, field) for of_one in of_server) for of_server in zip(*rounds)]

    (ours, theirs), p99, cpu = medians("requests_per_second"), medians("p99_ms"), medians("cpu_ms_per_1000")
    return (f"{name:14} {mean:6.0f} {connections:5} | {ours:8.0f} {theirs:7.0f} {ours / theirs:5.2f}"
            f" | {p99[0]:8.2f} {p99[1]:7.2f} | {cpu[0]:8.1f} {cpu[1]:7.1f} {cpu[0] / cpu[1]:5.2f}"
            f" | {max(map(loudness, rounds)):6.0%}")


if __name__ == "__main__":
    main()
