"""A small disk in memory that can be filled, or made read-only."""

import contextlib
import errno
import subprocess
import time
from pathlib import Path

# What ten faults leave has to fit in, so that only the two faults of a disk are.
SIZE_MIB = 2048
READ_ONLY_WITHIN_S = 20
# From large to small, till not a byte is left.
PIECES = (1 << 20, 64 << 10, 4 << 10, 1)


class Disk:
    """At `folder`, which only the rig's own processes see: it has unshared its mounts."""

    def __init__(self, folder):
        self.folder, self.ballast = folder, Path(folder, "ballast")

    @contextlib.contextmanager
    def mounted(self):
        mount("-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", self.folder)
        try:
            yield
        finally:
            # Whoever still has files open is being ended.
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self):
        """Whether there was room left, however little."""
        there_was_room = False
        with self.ballast.open("ab", buffering=0) as ballast:
            for size in PIECES:
                with contextlib.suppress(OSError):
                    while ballast.write(bytes(size)) == size:
                        there_was_room = True
        return there_was_room

    def empty(self):
        self.ballast.unlink()

    def make_read_only(self):
        """As soon as nobody is writing."""
        until = time.monotonic() + READ_ONLY_WITHIN_S
        while True:
            try:
                return mount("-o", "remount,ro", self.folder)
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def make_writable(self):
        mount("-o", "remount,rw", self.folder)

    def refuses_with(self):
        """The error that whoever writes gets, by name; None without one."""
        trial = Path(self.folder, "trial")
        try:
            trial.write_bytes(bytes(1 << 16))
            return None
        except OSError as error:
            return errno.errorcode[error.errno]
        finally:
            with contextlib.suppress(OSError):
                trial.unlink()


def mount(*words):
    subprocess.run(["mount", *words], check=True, stderr=subprocess.DEVNULL)
