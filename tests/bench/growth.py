"""What becomes of latencies, listings, snapshots, restarts and memory when there is ten and a hundred times as much.

    growth.py DARKROOM CONSUMER [--scale 1] [--series images,customers,renditions]

Three series: images of one customer (100, 1,000, 10,000), customers (5, 50, 500; a user and an image each), and stored
renditions of 40 images (100, 1,000, 10,000; of one image at most 500 are kept). Each size is a machine of its own, and
all three are asked in turn, so that what disturbs one disturbs the others. Of latencies the quietest round counts, and
beside it the processor time of the process. Prints a table for each series, and under it what grows worse than it
should: a latency by more than half, a total by more than a third above proportion (`growth_table.py`).
"""

import argparse
import contextlib
import os
import pathlib
import random
import statistics
import tempfile
import time

import growth_table
import snapshots
from growth_machine import Machine, Visitor, in_turn, on_one_core
from growth_series import Customers, Images, Renditions

FACTORS = (1, 10, 100)
# Of each kind of request, and of those that cost next to nothing.
ASKED, HITS = 80, 2_000
DELETED, ANNOUNCED, STARTS = 10, 9, 3
# The period of the sweep, the longest of what runs often.
PERIOD_S = 15
SWEPT_WITHIN_S, LOOKED_EVERY_S = 60, 0.01


class Size:
    """So many of what grows, on a machine of their own."""

    def __init__(self, kind, count, machine):
        self.count, self.machine, self.figures = count, machine, growth_table.Figures()
        self.people = kind(machine)


def ask(sizes, name, requests_of, tail=False):
    """The same of each size, in turn. Returns what was asked and answered."""
    asked = [requests_of(size.people) for size in sizes]
    measured = in_turn([(size.machine, requests) for size, requests in zip(sizes, asked)])
    for size, (latency, _) in zip(sizes, measured):
        size.figures.latency(name, latency, tail)
    return [(size, requests, answers) for size, requests, (_, answers) in zip(sizes, asked, measured)]


def use(sizes):
    """What users do. Renditions are stored for longer when they are asked for again."""
    for size, logins, answers in ask(sizes, "sign-in", lambda people: people.logins(ASKED // 2)):
        size.people.keep(logins, answers)
    for size, _, answers in ask(sizes, "upload", lambda people: people.uploads(ASKED // 2), tail=True):
        size.people.add(answers)
    ask(sizes, "record", lambda people: [people.record(image) for image in people.chosen(ASKED)])
    ask(sizes, "first page", lambda people: [people.page()] * (ASKED // 2))
    for size in sizes:
        walk(size)
    ask(sizes, "last whole page", lambda people: [people.page(people.last_page)] * (ASKED // 2))
    ask(sizes, "cold rendition", new_renditions, tail=True)
    rest(sizes)
    ask(sizes, "stored rendition, past the edge", lambda people: people.renditions_past_edge(ASKED), tail=True)
    with on_one_core([size.machine for size in sizes]):
        ask(sizes, "hit of the edge", hits)


def walk(size):
    cpu, began, seen = size.machine.cpu_s(), time.perf_counter(), size.people.walk()
    size.figures.same("whole list, ms an image", (time.perf_counter() - began) * 1e3 / seen, 0.05)
    size.figures.same("whole list, CPU ms an image", (size.machine.cpu_s() - cpu) * 1e3 / seen, 0.05)


def new_renditions(people):
    return [people.new_rendition(image) for image in people.chosen(ASKED)]


def hits(people):
    known = people.renditions_at_edge(ASKED)
    people.machine.at_once(known)
    outcome = Visitor(people.machine.url).ask(*known[0])[0]["x-cache"]
    if outcome != "hit":
        raise SystemExit(f"{known[0]} is a {outcome} and no hit")
    return [known[number % len(known)] for number in range(HITS)]


def rest(sizes):
    """What timers cost when nobody asks."""
    for size in sizes:
        size.machine.rest()
    before, began = [size.machine.cpu_s() for size in sizes], time.monotonic()
    time.sleep(PERIOD_S)
    for size, cpu in zip(sizes, before):
        size.figures.total("at rest, CPU ms a second", (size.machine.cpu_s() - cpu) * 1e3 / (time.monotonic() - began))


def snapshot(sizes, folder):
    recipe = pathlib.Path(f"{folder}/recipe.toml")
    recipe.write_text(snapshots.RECIPE)
    for size in sizes:
        _, mib, cpu = snapshots.build(size.machine.consumer, size.machine.environment, recipe, "grown")
        size.figures.total("snapshot, CPU s", cpu)
        size.figures.total("snapshot, MiB", mib)


def announce(sizes):
    waited = [[size.people.announced_ms() for size in sizes] for _ in range(ANNOUNCED)]
    for size, times in zip(sizes, zip(*waited)):
        size.figures.same("upload until announced, ms", statistics.median(times), 10)


def removal(sizes):
    """Images with their renditions are deleted; then sweep and feed erase them."""
    for size in sizes:
        size.people.doom(DELETED)
    ask(sizes, "deletion", lambda people: people.deletions())
    gone_at, end = {}, time.monotonic() + SWEPT_WITHIN_S
    while len(gone_at) < len(sizes) and time.monotonic() < end:
        gone_at |= {size: time.time() for size in sizes if size not in gone_at and size.people.is_erased()}
        time.sleep(LOOKED_EVERY_S)
    for size in sizes:
        size.figures.total(f"erasing {DELETED} images, ms", (gone_at[size] - size.people.erased_from()) * 1e3)
        size.figures.total("erasing them from the feed, CPU s", size.machine.verb("erase", "--settled", "0")[1])
        size.people.forget()


def restart(sizes):
    """Killed and started again, some times, of which the quickest counts; what comes later is of the last time."""
    for size in sizes:
        ready, cpu, answer, announced = map(min, zip(*[started_again(size) for _ in range(STARTS)]))
        size.figures.total("restart until ready, s", ready)
        size.figures.total("restart until ready, CPU s", cpu)
        size.figures.same("first answer after it, ms", answer, 20)
        size.figures.same("first upload until announced, ms", announced, 20)
        size.machine.rest()
        size.figures.total("restart until at rest, CPU s", size.machine.cpu_s())
        size.figures.total("memory after a restart, MiB", size.machine.memory_mib())


def started_again(size):
    size.machine.kill()
    size.people.tokens.clear()
    ready, cpu = size.machine.start(), size.machine.cpu_s()
    began, path = time.perf_counter(), random.choice(size.people.renditions)[0]
    Visitor(size.machine.url).ask("GET", path)
    return ready, cpu, (time.perf_counter() - began) * 1e3, size.people.announced_ms()


def measure(sizes, folder):
    for size in sizes:
        size.people.grow(size.count)
    for size in sizes:
        size.machine.rest()
    use(sizes)
    snapshot(sizes, folder)
    announce(sizes)
    for size in sizes:
        size.figures.total("memory, MiB", size.machine.memory_mib())
        size.figures.total("data folder, MiB", size.machine.disk_mib())
    removal(sizes)
    for size in sizes:
        size.people.more(size.figures)
    restart(sizes)


def series(kind, given):
    began, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as machines:
        sizes = []
        for factor in FACTORS:
            machine = Machine(given.darkroom, given.consumer, f"{folder}/{factor}")
            machine.start()
            machines.callback(machine.kill)
            sizes.append(Size(kind, max(2, round(kind.FEWEST * factor * given.scale)), machine))
        measure(sizes, folder)
        growth_table.table(kind.NAME, [(size.count, size.figures) for size in sizes])
    loads = f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after it"
    print(f"({time.monotonic() - began:.0f} s; {loads})\n", flush=True)


def main():
    kinds = {kind.NAME: kind for kind in (Images, Customers, Renditions)}
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("darkroom")
    options.add_argument("consumer")
    options.add_argument("--scale", type=float, default=1, help="of all sizes")
    options.add_argument("--series", default=",".join(kinds))
    given = options.parse_args()
    random.seed(1)
    for name in given.series.split(","):
        series(kinds[name], given)


if __name__ == "__main__":
    main()
