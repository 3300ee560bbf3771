"""Checks that programs run where Lambda runs them, and makes a zip of each: pack.py ARCHITECTURE FOLDER

FOLDER holds the programs; the zips go to target/lambda/ARCHITECTURE. With a program instead of a folder, pack.py only
checks it. What is wrong is named, and ends it.
"""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

# Each zip and its program.
PROGRAMS = {"delivery": "resizer-lambda", "api": "api", "announce": "announce", "consumer": "consumer-lambda"}
MACHINES = {"arm64": "AArch64", "x86-64": "Advanced Micro Devices X86-64"}
# What glibc consists of; and what unwinds stacks for Rust and for glibc's own pthread_exit, for which Amazon Linux
# installs it beside glibc. Anything else may be missing on provided.al2023: OpenSSL's, zlib's and C++'s libraries too.
LIBRARIES = re.compile(r"(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|libgcc_s\.so\.1|ld-linux-.+)")
# The newest version of their symbols on provided.al2023, by the first word of its name.
NEWEST = {"GLIBC": (2, 34), "GCC": (11,)}
SIZE_MAX = 50_000_000  # Lambda takes no larger zip that is uploaded as it is.


def readelf(option, program):
    return subprocess.run(["readelf", "--wide", option, program], check=True, capture_output=True, text=True).stdout


def complaints(program, architecture):
    """Why it would not start there."""
    machine = re.search(r"Machine: +(.+)", readelf("--file-header", program))[1]
    if machine != MACHINES[architecture]:
        yield f"is for {machine}"
    for library in re.findall(r"\(NEEDED\).*\[(.+)\]", readelf("--dynamic", program)):
        if not LIBRARIES.fullmatch(library):
            yield f"needs {library}"
    wanted = re.findall(r"Name: (([A-Z]+)_([\d.]+))  Flags", readelf("--version-info", program))
    for name, family, version in sorted(set(wanted)):
        if family in NEWEST and tuple(map(int, version.split("."))) > NEWEST[family]:
            yield f"needs symbols of {name}: {', '.join(symbols(program, name))}"


def symbols(program, version):
    return sorted(set(re.findall(rf"(\S+)@{re.escape(version)}\b", readelf("--dyn-syms", program))))


def check(program, architecture):
    wrong = list(complaints(program, architecture))
    if wrong:
        sys.exit(f"darkroom: on provided.al2023 {program} would not start: it {', '.join(wrong)}")


def pack(program, file):
    """The same bytes from the same program, whenever."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, or nobody looks for a mode.
    entry.external_attr = 0o100755 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, program.read_bytes(), compresslevel=9)


def main():
    architecture, where = sys.argv[1], Path(sys.argv[2])
    if where.is_file():
        check(where, architecture)
        return
    folder = Path(__file__).resolve().parents[2] / "target/lambda" / architecture
    folder.mkdir(parents=True, exist_ok=True)
    for function, program in PROGRAMS.items():
        check(where / program, architecture)
        file = folder / f"{function}.zip"
        pack(where / program, file)
        size, unpacked = file.stat().st_size, (where / program).stat().st_size
        print(f"{architecture:8}{file.name:14}{size / 1e6:6.1f} MB, unpacked {unpacked / 1e6:6.1f} MB")
        if size > SIZE_MAX:
            sys.exit(f"darkroom: {file} is larger than Lambda takes")


if __name__ == "__main__":
    main()
