"""What the workers ask, and what they hold the answers to."""

import bisect
import hashlib
import io
import itertools
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

import service
from PIL import Image

WIDTHS = (80, 160, 240, 320, 480)
FORMATS = ("webp", "jpg", "avif")
# Tokens live for an hour.
TOKEN_S = 600
# A request that the service is too busy for is designed to be refused; whoever asks waits a little.
BUSY, BUSY_S = 429, 0.2
CHANGES = (("upload", 4), ("label", 3), ("consent", 1), ("delete", 3), ("predict", 2))
LEFT_MIN = 30


class Library:
    """The images there are, and everything that was seen of them."""

    def __init__(self, url):
        self.url, self.lock = url, threading.Lock()
        self.images, self.gone, self.seen = [], set(), {}
        self.counts, self.faults, self.repeated = Counter(), [], 0
        self.pictures = itertools.count(1)
        self.token, self.signed_in = "", -TOKEN_S

    def bearer(self):
        with self.lock:
            if time.monotonic() - self.signed_in > TOKEN_S:
                self.token, self.signed_in = service.sign_in(self.url), time.monotonic()
            return {"authorization": f"Bearer {self.token}"}

    def fault(self, sentence):
        with self.lock:
            self.faults.append(sentence)

    def ask(self, method, path, body=None, allowed=(200,)):
        """Status and body, of what is right or a designed refusal; else the fault is kept."""
        headers = self.bearer() | ({"content-type": "application/json"} if isinstance(body, str) else {})
        data = body.encode() if isinstance(body, str) else body
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.url}{path}", data, headers, method=method)) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except OSError as error:
            status, content = 0, str(error).encode()
        with self.lock:
            self.counts[f"{method} {status}"] += 1
        if status == BUSY:
            time.sleep(BUSY_S)
        elif status not in allowed:
            self.fault(f"{method} {path} was answered with {status}: {content[:300]!r}")
        return status, content

    def upload(self):
        seed = random.Random(next(self.pictures))
        size = seed.choice(((320, 200), (640, 480), (1280, 853)))
        small = Image.frombytes("RGB", (16, 16), seed.randbytes(16 * 16 * 3))
        file = io.BytesIO()
        small.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=88)
        query = f"label=of-{seed.randrange(9)}&consent={seed.choice(('training', 'none'))}&visibility={seed.choice(('public', 'private'))}"
        status, content = self.ask("POST", f"/v1/images?{query}", file.getvalue(), allowed=(201,))
        if status == 201:
            with self.lock:
                self.images.append(json.loads(content)["id"])


class Worker(threading.Thread):
    """Asks one thing after another."""

    def __init__(self, library, seed, stop):
        super().__init__(daemon=True)
        self.library, self.random, self.stop = library, random.Random(seed), stop
        self.kinds = [kind for kind, weight in CHANGES for _ in range(weight)]

    def run(self):
        while not self.stop.is_set():
            try:
                if self.random.random() < 0.9:
                    self.look(self.popular())
                else:
                    getattr(self, self.random.choice(self.kinds))()
            except Exception as error:  # noqa: BLE001, it is told with the others
                self.library.fault(f"a worker stopped: {error!r}")

    def popular(self):
        """The first image as often as the next two together, and so on (Zipf)."""
        with self.library.lock:
            images = list(self.library.images)
        ends = list(itertools.accumulate(1 / rank for rank in range(1, len(images) + 1)))
        return images[bisect.bisect(ends, self.random.random() * ends[-1])]

    def look(self, image):
        target = f"/demo/{image}?w={self.random.choice(WIDTHS)}&fm={self.random.choice(FORMATS)}"
        with self.library.lock:
            was_gone = image in self.library.gone
        # Somebody may have deleted it meanwhile.
        status, content = self.library.ask("GET", target, allowed=(200, 404))
        if status == 200 and was_gone:
            self.library.fault(f"{target} shows an image that was deleted before it was asked for")
        if status == 404 and not was_gone:
            with self.library.lock:
                is_gone = image in self.library.gone or image not in self.library.images
            if not is_gone:
                self.library.fault(f"{target} is not there")
        if status == 200:
            self.compare(target, hashlib.sha256(content).hexdigest())

    def compare(self, target, sha256):
        with self.library.lock:
            known = self.library.seen.setdefault(target, sha256)
            self.library.repeated += known is not sha256
        if known != sha256:
            self.library.fault(f"{target} shows other bytes than before")

    def upload(self):
        self.library.upload()

    def label(self):
        self.change({"labels": [f"of-{self.random.randrange(9)}", "changed"]})

    def consent(self):
        self.change({"consent": self.random.choice(("training", "none"))})

    def change(self, fields):
        self.library.ask("PATCH", f"/v1/images/{self.popular()}", json.dumps(fields), allowed=(200, 404, 409, 410, 412))

    def predict(self):
        asked = json.dumps({"endpoint": "animals"})
        self.library.ask("POST", f"/v1/images/{self.popular()}/predictions", asked, allowed=(200, 404, 409, 410))

    def delete(self):
        """And look at once whether it is still shown."""
        with self.library.lock:
            if len(self.library.images) < LEFT_MIN:
                return
            image = self.library.images.pop(self.random.randrange(len(self.library.images)))
        status, _ = self.library.ask("DELETE", f"/v1/images/{image}", allowed=(200, 202, 204))
        if status < 300:
            with self.library.lock:
                self.library.gone.add(image)
            self.look(image)
