"""Four times as many requests as can be rendered: what is refused, and what becomes of the rest.

    overload.py DARKROOM [--seconds 15]

Starts `darkroom up` on core 0 and asks it from core 1 for renditions of a photograph, each of which nobody has asked for
before: one after the other, then as many at once as are rendered fastest, then at four times that rate whether answers
come or not, then one after the other again. Then for too much once more, while a second customer asks for one rendition
after the other.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass

import edge

FACTOR = 4
# The first second is a burst, of which all may wait.
BURST_S = 2
# As long may it take until answers are as fast as before.
RECOVERY_MAX_S = 5
# Before the flood and once more after it. Of fewer the 99th percentile is little more than the slowest.
ALONE = 300


@dataclass
class Answer:
    began: float
    seconds: float
    status: int


class Client:
    """HTTP/1.1 over as many connections as are needed at once."""

    def __init__(self, url, path):
        self.port = int(url.rsplit(":", 1)[1])
        self.idle = []
        widths, qualities = range(520, 680), range(20, 100)
        self.paths = (f"{path}?w={w}&q={q}&fm=jpg" for q, w in itertools.product(qualities, widths))

    async def ask(self):
        began = time.perf_counter()
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {next(self.paths)} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        if not head.startswith(("http/1.1 200", "http/1.1 429")):
            raise SystemExit(f"{head}{body.decode()}")
        self.idle.append((reader, writer))
        return Answer(began, time.perf_counter() - began, int(head.split()[1]))


async def one_by_one(client, count):
    return [await client.ask() for _ in range(count)]


async def closed(client, at_once, seconds):
    end = time.perf_counter() + seconds

    async def loop():
        answers = []
        while time.perf_counter() < end:
            answers.append(await client.ask())
        return answers

    return sum(await asyncio.gather(*(loop() for _ in range(at_once))), [])


async def at_rate(client, per_second, seconds):
    began, tasks = time.perf_counter(), []
    for number in itertools.count():
        due = began + number / per_second
        if due > began + seconds:
            break
        await asyncio.sleep(max(0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(client.ask()))
    return await asyncio.gather(*tasks)


async def until(client, end):
    """One after the other, each a moment after the answer before."""
    answers = []
    while time.perf_counter() < end:
        answers.append(await client.ask())
        await asyncio.sleep(0.02)
    return answers


async def recovery(client, usual):
    """Seconds until ten answers in a row were as fast as usual."""
    began, fast = time.perf_counter(), 0
    while fast < 10:
        answer = await client.ask()
        fast = fast + 1 if answer.status == 200 and answer.seconds < 1.5 * usual else 0
    return time.perf_counter() - began


def p99(answers):
    return statistics.quantiles([answer.seconds for answer in answers], n=100)[98]


def good(answers):
    return [answer for answer in answers if answer.status == 200]


async def measure(url, path, of_second, seconds):
    client, second = Client(url, path), Client(url, of_second)
    await one_by_one(client, 20)
    await one_by_one(second, 20)
    alone = good(await one_by_one(client, ALONE))
    usual = statistics.median(answer.seconds for answer in alone)
    # More at once than are taken would have refusals in the place of renditions.
    peak = max([len(good(await closed(client, at_once, 4))) / 4 for at_once in (1, 2, 3)])
    began = time.perf_counter()
    answers = await at_rate(client, FACTOR * peak, seconds)
    recovered = await recovery(client, usual)
    alone += good(await one_by_one(client, ALONE))
    steady = [answer for answer in answers if answer.began > began + BURST_S]
    taken = good(steady)
    rate = len(taken) / (seconds - BURST_S)
    print(f"alone: median {usual * 1e3:.1f} ms, p99 {p99(alone) * 1e3:.1f} ms; peak {peak:.1f} a second")
    print(f"asked for {FACTOR * peak:.0f} a second: {rate:.1f} taken, {100 * (1 - len(taken) / len(steady)):.0f} % refused")
    refused = statistics.median(answer.seconds for answer in steady if answer.status == 429)
    print(f"a refusal takes {refused * 1e3:.1f} ms")
    began = time.perf_counter()
    _, calm = await asyncio.gather(at_rate(client, FACTOR * peak, seconds), until(second, began + seconds))
    calm = [answer for answer in calm if answer.began > began + BURST_S]
    waited = statistics.median(answer.seconds for answer in good(calm)) / usual
    print(f"the second customer: {len(calm)} asked for, {len(calm) - len(good(calm))} refused, median {waited:.2f} of that alone")
    bars = {
        f"throughput {rate / peak:.2f} of the peak (at least 0.90)": rate >= 0.9 * peak,
        f"p99 of what is taken {p99(taken) / p99(alone):.2f} of that alone (at most 2.00)": p99(taken) <= 2 * p99(alone),
        f"of the second customer's {100 * len(good(calm)) / len(calm):.0f} % taken (at least 99)": len(good(calm)) >= 0.99 * len(calm),
        f"as fast as before after {recovered:.1f} s (at most {RECOVERY_MAX_S})": recovered <= RECOVERY_MAX_S,
    }
    for bar, holds in bars.items():
        print(bar if holds else f"SHORT OF: {bar}")


def second_customer(darkroom, folder, url):
    """Makes a customer beside the demo one; the path of its photograph."""
    at = ["--data", folder]
    subprocess.run([darkroom, "customer", "add", "second", *at], check=True, capture_output=True)
    add = [darkroom, "user", "add", "second@example.com", "--customer", "second", "--role", "admin", *at]
    invited = subprocess.run(add, check=True, capture_output=True, text=True).stdout
    user = {"username": "second@example.com"}
    _, challenge = edge.post(f"{url}/v1/session", user | {"password": invited.split("temporary password: ")[1].split()[0]})
    answer = user | {"session": challenge["session"], "new_password": edge.PASSWORD}
    _, session = edge.post(f"{url}/v1/session/challenge", answer)
    bearer = {"authorization": f"Bearer {session['id_token']}"}
    photograph = (edge.IMAGES / "seeding-2mb.jpg").read_bytes()
    _, _, record = edge.fetch(f"{url}/v1/images?visibility=public", photograph, bearer)
    return f"/second/{json.loads(record)['id']}"


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("darkroom")
    options.add_argument("--seconds", type=float, default=15)
    options = options.parse_args()
    os.sched_setaffinity(0, {int(edge.WRK_CORE)})
    edge.LOG = "error"
    with tempfile.TemporaryDirectory() as folder, edge.darkroom(options.darkroom, folder) as server:
        paths, _ = edge.upload(server.url)
        of_second = second_customer(options.darkroom, folder, server.url)
        asyncio.run(measure(server.url, paths["seeding-2mb"], of_second, options.seconds))


if __name__ == "__main__":
    main()
