"""A whole feed: every object of its bucket, and how much of it is wrong.

All is read from one listing. What is written meanwhile is not in it, and what a listed object names although it is
younger (a marker its commit) is asked for by itself: so a feed can be verified while consumers write to it.
"""

from collections import Counter, defaultdict

from .amendments import Amendments
from .bucket import sha256_of
from .chain import Chain, ranges, text_of
from .formats import CHECKPOINT, CHECKPOINT_KEY, COMMIT_KEY, FOLDERS, understood
from .markers import Markers
from .outcomes import Outcomes
from .segment import Segment, segment_key, staged


class Feed:
    """The feed bucket, what its chains say of each image, and how much of it is wrong."""

    def __init__(self, bucket, epochs):
        self.bucket, self.epochs = bucket, epochs
        self.totals, self.outcomes = Counter(), Outcomes()
        self.objects = bucket.objects()
        self.last_seq, self.offsets, self.named = {}, {}, set()
        self.amendments = Amendments(self)

    def fault(self, where, what):
        print(f"fault: {where}: {what}")
        self.totals["faults"] += 1

    def is_held(self, chain):
        return not self.epochs or chain.split("/")[0] in self.epochs

    def matching(self, pattern):
        return [key for key in self.objects if pattern.fullmatch(key)]

    def verify(self):
        chains = defaultdict(list)
        for key in self.matching(COMMIT_KEY):
            chains[COMMIT_KEY.fullmatch(key)["chain"]].append(key)
        for name, keys in chains.items():
            self.read_chain(name, keys)
        for epoch in set(self.epochs) - {name.split("/")[0] for name in chains}:
            self.fault(f"commits/{epoch}", "there is no such epoch")
        for key, chain, what in self.outcomes.superseded_by_nothing():
            if self.is_held(chain):
                self.fault(key, what)
        self.amendments.check()
        self.amendments.check_orphans()
        self.check_keys()
        Markers(self).check()
        self.check_checkpoints()

    def read_chain(self, name, keys):
        is_held = self.is_held(name)
        fault = self.fault if is_held else lambda *_: None
        chain = Chain(name, fault)
        for key, body in self.bucket.get_all(keys):
            commit = chain.take(key, body)
            if commit is None:
                continue
            self.outcomes.take(key, commit, fault)
            if commit["segment"] is not None:
                self.named.add(commit["segment"]["key"])
            if is_held:
                self.check_segment(key, commit)
        self.last_seq[name], self.offsets[name] = chain.next_seq - 1, ranges(sorted(chain.offsets))
        if is_held:
            print(chain.line(len(keys)))
            self.totals.update(chain.totals(len(keys)))

    def check_segment(self, key, commit):
        samples, reference = len(staged(commit)), commit["segment"]
        if reference is None:
            if samples:
                self.fault(key, f"has staged {samples} samples, and names no segment")
            return
        expected = segment_key(key, commit, reference)
        if reference["key"] != expected:
            self.fault(key, f"names segment {reference['key']}, whose name is to be {expected}")
            return
        if not samples == reference["samples"] > 0:
            self.fault(key, f"has staged {samples} samples, and its segment {reference['samples']}")
        # Where a commit is amended its own segment is gone; one that is gone may be amended since the listing.
        amendment = key.replace("commits/", "amendments/", 1)
        if amendment in self.objects and self.amendments.take(amendment, commit):
            return
        if not self.read_segment(commit, "its commit") and not self.amendments.take(amendment, commit):
            self.fault(reference["key"], "is missing")

    def read_segment(self, commit, who):
        """Holds a segment against what `who` names it says; False where there is none."""
        key = commit["segment"]["key"]
        stream = self.bucket.open(key)
        if stream is None:
            return False
        self.totals["segments"] += 1
        for what in Segment(stream, commit, who).faults():
            self.fault(key, what)
        return True

    def check_keys(self):
        for key in self.objects:
            pattern = FOLDERS.get(key.split("/")[0])
            if pattern and not pattern.fullmatch(key):
                self.fault(key, "does not belong here")

    def check_checkpoints(self):
        for key, body in self.bucket.get_all(self.matching(CHECKPOINT_KEY)):
            chain = CHECKPOINT_KEY.fullmatch(key)["chain"]
            if not self.is_held(chain):
                continue
            self.totals["checkpoints"] += 1
            try:
                checkpoint = understood(body, CHECKPOINT)
            except ValueError as error:
                self.fault(key, str(error))
                continue
            name = f"commits/{chain}/{checkpoint['seq']:020}.json"
            commit = self.bucket.get(name)
            if commit is None:
                self.fault(key, f"names {name}, which is missing")
            elif sha256_of(commit) != checkpoint["sha256"]:
                self.fault(key, f"says SHA-256 {checkpoint['sha256']} of {name}, which has {sha256_of(commit)}")

    def newest_epoch(self):
        youngest = max(self.matching(COMMIT_KEY), key=self.objects.get, default=None)
        return COMMIT_KEY.fullmatch(youngest)["epoch"] if youngest else None

    def check_offsets(self, held, epoch):
        """What Kafka holds has been taken in."""
        for partition, (first, end) in held.items():
            lacking, at = [], first
            for begin, last in self.offsets.get(f"{epoch}/{partition}", []):
                if at < min(begin, end):
                    lacking.append((at, min(begin, end) - 1))
                at = max(at, last + 1)
            if at < end:
                lacking.append((at, end - 1))
            if lacking:
                self.fault(f"commits/{epoch}/{partition}", f"lacks what Kafka holds at {text_of(lacking)}")
