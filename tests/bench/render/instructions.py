"""How many instructions four standard renditions take, beside the committed table: time without its noise.

    instructions.py             compares with instructions.tsv; fails where one takes more
    instructions.py --update    writes instructions.tsv anew

Valgrind's callgrind counts them in a whole process that renders once. Libraries choose their code by the processor, and
valgrind knows nothing newer than AVX2, so the table says on what kind of machine it was counted and is compared only
with counts from the same kind.
"""

import argparse
import pathlib
import platform
import re
import subprocess
import sys

from bench import FOLDER, HERE, JOBS, ours

COUNTED = ("j16_400", "j8_1200", "p12_800_webp", "w4_400")
TABLE = HERE / "instructions.tsv"
COMMAND = ".venv/bin/python tests/bench/render/instructions.py --update"
# What comes and goes without a change of the code: addresses, the length of paths.
TOLERANCE = 0.02


def kind():
    """What decides which code runs: the processor's instructions, as far as valgrind knows them, and valgrind."""
    flags = set(re.findall(r"\w+", pathlib.Path("/proc/cpuinfo").read_text()))
    newest = next((flag for flag in ("avx2", "sse4_1") if flag in flags), "")
    version = subprocess.check_output(["valgrind", "--version"], text=True)
    return " ".join([platform.machine(), newest, version.strip()])


def count(job):
    """Instructions, of a process from its start to its end."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *ours(job, FOLDER / f"{job.name}.ours", 1)]
    done = subprocess.run([str(part) for part in command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found:
        sys.exit(f"instructions.py: callgrind fails at {job.name}:\n{done.stderr}")
    return int(found[1])


def read():
    """The kind of machine, and the count of every job."""
    first, _, *rows = TABLE.read_text().splitlines()
    return first.removeprefix("# "), {name: int(counted) for name, counted in (row.split("\t") for row in rows)}


def write(counts):
    rows = [f"# {kind()}", "job\tinstructions", *(f"{name}\t{counted}" for name, counted in counts.items())]
    TABLE.write_text("\n".join(rows) + "\n")


def compare(counts):
    """Says what changed; whether none takes more."""
    machine, before = read()
    if machine != kind():
        print(f"Instructions are not compared: the table was counted on {machine}, this machine is {kind()}.")
        return True
    changes = {name: counted / before[name] - 1 for name, counted in counts.items()}
    for name, change in changes.items():
        print(f"{name}: {counts[name] / 1e6:.1f} million instructions, {change:+.1%}")
    more = [name for name, change in changes.items() if change > TOLERANCE]
    less = [name for name, change in changes.items() if change < -TOLERANCE]
    if more:
        print(f"More instructions than {TABLE.name} says, by over {TOLERANCE:.0%}: {', '.join(more)}. "
              f"Find the cause; if the work is wanted, commit the table that this writes: {COMMAND}")
    if less:
        print(f"Fewer instructions than {TABLE.name} says: {', '.join(less)}. Keep it so: commit what this writes: {COMMAND}")
    return not more


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--update", action="store_true")
    update = options.parse_args().update
    counts = {job.name: count(job) for job in JOBS if job.name in COUNTED}
    if update:
        write(counts)
    elif not compare(counts):
        sys.exit(1)


if __name__ == "__main__":
    main()
