"""Workers who ask for everything at once."""

import contextlib
import threading

from worker import Worker


@contextlib.contextmanager
def traffic(client, ledger, workers, seed, writers=0):
    """Of so many workers, and so many of whom each only makes changes, until the end of the block."""
    stop = threading.Event()
    crowd = [Worker(client, ledger, seed + number, stop, number >= workers) for number in range(workers + writers)]
    for worker in crowd:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in crowd:
            worker.join()


def furnish(client, ledger, images):
    """The first images."""
    worker = Worker(client, ledger, 0)
    for _ in range(images):
        worker.upload()
