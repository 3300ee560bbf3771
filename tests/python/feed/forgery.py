"""A copy of a feed, and what changes it as somebody would who knows how it is made.

A verifier is worth what it catches. tamper_feed.py tampers with copies of a real feed by what is here, and each change
goes with right hashes, links, names and markers, so that nothing but what was meant gives it away.
"""

import io
import json
import tarfile

from .bucket import sha256_of
from .memory import dump, image_of, member, pack
from .outcomes import leaves_marker, taken_in
from .segment import staged


class Forgery:
    """A copy of a store that can be tampered with, mostly at the chain whose first commit has most samples."""

    def __init__(self, store):
        self.buckets = {name: dict(objects) for name, objects in store.buckets.items()}
        self.feed, self.service, self.customer = (self.buckets[name] for name in store[1:])
        self.chain = max(self.chains(), key=lambda chain: len(staged(self.commit(0, chain))))
        self.epoch, self.held, self.unlisted = self.chain.split("/")[0], None, set()
        # Chains that are not there yet: another partition's, and one of the next epoch.
        self.other, self.later = f"{self.epoch}/images/9", "later/images/0"
        self.gap_from = self.reached() + 1
        self.image = self.commit(0)["records"][0]["image"]
        self.marker, self.demo = f"staged/demo/{self.image}.json", "customers/demo.json"

    # Any object.

    def drop(self, key):
        del self.feed[key]

    def put(self, key, body):
        self.feed[key] = body

    def spoil(self, key, change):
        self.feed[key] = change(self.feed[key])

    def rewrite(self, key, objects=None, **fields):
        objects = self.feed if objects is None else objects
        objects[key] = dump(json.loads(objects[key]) | fields)

    # Commits, of this chain or another one; a negative number counts from the end.

    def chains(self):
        return {key.split("/", 1)[1].rsplit("/", 1)[0] for key in self.feed if key.startswith("commits/")}

    def key(self, seq, chain=None):
        seq = seq if seq >= 0 else self.count(chain) + seq
        return f"commits/{chain or self.chain}/{seq:020}.json"

    def count(self, chain=None):
        return sum(key.startswith(f"commits/{chain or self.chain}/") for key in self.feed)

    def commit(self, seq, chain=None):
        return json.loads(self.feed[self.key(seq, chain)])

    def reached(self, chain=None):
        if not self.count(chain):
            return -1
        commit = self.commit(-1, chain)
        return commit["repair"]["reached"] if commit.get("repair") else commit["last"]

    def write(self, seq, commit, chain=None):
        """Puts a commit and links those that follow on it anew."""
        seq = seq if seq >= 0 else self.count(chain) + seq
        self.feed[self.key(seq, chain)] = dump(commit)
        for after in range(seq + 1, self.count(chain)):
            before = sha256_of(self.feed[self.key(after - 1, chain)])
            self.rewrite(self.key(after, chain), prev_sha256=before)

    def edit(self, seq, change=lambda commit: None, /, **fields):
        commit = self.commit(seq)
        change(commit)
        self.write(seq, commit | fields)

    def entry(self, seq, at, **fields):
        self.edit(seq, lambda commit: commit["records"][at].update(fields))

    def append(self, records, rejected=(), members=None, /, chain=None, **fields):
        """Adds a commit and its markers as the consumer does."""
        chain, offsets = chain or self.chain, sorted(entry["offset"] for entry in [*records, *rejected])
        (epoch, topic, partition), expected, count = chain.split("/"), self.reached(chain) + 1, self.count(chain)
        first, last = offsets[0], offsets[-1]
        commit = {"schema": 1, "epoch": epoch, "topic": topic, "partition": int(partition), "seq": count}
        commit |= {"first": first, "last": last, "count": len(offsets), "segment": None, "writer": "forger"}
        commit["gap_before"] = {"from": expected, "to": first - 1} if first > expected else None
        commit["prev_sha256"] = sha256_of(self.feed[self.key(-1, chain)]) if count else None
        commit |= {"records": list(records), "rejected": list(rejected)}
        if members is not None:
            self.attach(commit, pack(members), chain)
        key = self.key(count, chain)
        for (customer, image), taken in filter(lambda found: leaves_marker(found[1]), taken_in(key, commit)):
            marker = f"staged/{customer}/{image}.json"
            if json.loads(self.feed.get(marker, '{"version": 0}'))["version"] < taken.version:
                self.feed[marker] = dump({"version": taken.version, "outcome": taken.outcome, "commit": key})
        self.write(count, commit | fields, chain)

    # Records, so many offsets beyond where the chain has reached.

    def take(self, *beyond, chain=None, image=None, version=1, outcome="withheld", **fields):
        offsets = [self.reached(chain) + one for one in beyond]
        about = {"customer": "demo", "version": version, "outcome": outcome}
        entries = [{"offset": one, "image": image or image_of(b"%d" % one), **about} for one in offsets]
        self.append(entries, chain=chain, **fields)

    def reject(self, reason="too_large", chain=None, **subject):
        subject = subject and {"customer": "demo", "version": 1, **subject}
        offset = self.reached(chain) + 1
        self.append([], [{"offset": offset, "reason": reason, "detail": "it is", **subject}], chain=chain)

    def stage(self, *beyond, original=None, chain=None, **fields):
        self.stage_at([self.reached(chain) + one for one in beyond], original, chain or self.chain, **fields)

    def stage_at(self, offsets, original, chain, **fields):
        samples = [self.sample(chain, one, original or b"original %d" % one) for one in offsets]
        members = [one for _, sample in samples for one in sample]
        self.append([entry for entry, _ in samples], (), members, chain=chain, **fields)

    def sample(self, chain, offset, original):
        """An entry and its two members, copied from the first sample of the chain that all is done to."""
        (_, image), (_, about) = self.members(0)[:2]
        (epoch, topic, partition), about = chain.split("/"), json.loads(about)
        subject = {"customer": "demo", "image": image_of(original), "version": 1}
        key = "-".join(map(str, subject.values()))
        about["original"] |= {"sha256": sha256_of(original), "bytes": len(original)}
        about["lineage"] |= {"epoch": epoch, "topic": topic, "partition": int(partition), "offset": offset}
        files = [member(f"{key}.jpg", image), member(f"{key}.json", dump(about | subject | {"key": key}))]
        return {"offset": offset, "outcome": "staged", **subject}, files

    # Gaps and repairs, the offsets counted from the gap's first, which is 0.

    def gap(self):
        """Ten offsets, and a commit behind them."""
        self.gap_from = self.reached() + 1
        self.take(11)

    def repair(self, begin, end, *taken, original=None, **fields):
        filled = {"from": self.gap_from + begin, "to": self.gap_from + end, "reached": self.reached()}
        fields = {"schema": 2, "gap_before": None, "repair": filled} | fields
        self.stage_at([self.gap_from + one for one in taken], original, self.chain, **fields)

    # Segments.

    def segment(self, seq=0):
        return self.commit(seq)["segment"]["key"]

    def members(self, seq):
        with tarfile.open(fileobj=io.BytesIO(self.feed[self.segment(seq)])) as tar:
            return [(file, tar.extractfile(file).read()) for file in tar]

    def attach(self, commit, tar, chain=None):
        sha256 = sha256_of(tar)
        key = f"segments/{chain or self.chain}/{commit['first']:020}-{commit['last']:020}-{sha256[:16]}.tar"
        commit["segment"] = {"key": key, "sha256": sha256, "bytes": len(tar), "samples": len(staged(commit))}
        self.feed[key] = tar

    def retar(self, change, seq=0, form=tarfile.USTAR_FORMAT, tail=b""):
        """Packs a segment anew from what `change` makes of its members."""
        commit, members = self.commit(seq), change(self.members(seq))
        self.drop(self.segment(seq))
        self.attach(commit, pack(members, form) + tail)
        self.write(seq, commit)

    def header(self, at=2, form=tarfile.USTAR_FORMAT, **fields):
        def change(members):
            for name, value in fields.items():
                setattr(members[at][0], name, value)
            return members

        self.retar(change, form=form)

    def replace(self, at, change, seq=0):
        """Gives a member of a segment other bytes."""
        def changed(members):
            members[at] = (members[at][0], change(members[at][1]))
            return members

        self.retar(changed, seq)

    def describe(self, path, value, seq=0):
        """Writes a value into the description of a segment's first sample."""
        *within, name = path.split(".")

        def change(body):
            about = json.loads(body)
            (about[within[0]] if within else about)[name] = value
            return dump(about)

        self.replace(1, change, seq)

    # Erasure.

    def order(self, entry, version=None):
        subject = {name: entry[name] for name in ("customer", "image")} | {"version": version or entry["version"]}
        key = "erasure/orders/{customer}/{image}.json".format(**subject)
        self.put(key, dump(subject | {"erased_at": "2026-01-01T00:00:00.000Z"}))

    def erase(self, *ats, seq=0, is_ordered=True, packed=(), **fields):
        """Amends a commit as the consumer does, without these of its samples; those `packed` stay in the tar."""
        commit, members = self.commit(seq), self.members(seq)
        entries, left, places, begin = list(enumerate(staged(commit))), [], {}, 0
        gone, kept = ([entry for at, entry in entries if (at in ats) == is_gone] for is_gone in (True, False))
        for entry in gone if is_ordered else ():
            self.order(entry)
        for at, entry in entries:
            pair = members[2 * at : 2 * at + 2] if entry in kept or at in packed else []
            size = sum(tarfile.BLOCKSIZE * (1 + -(-len(body) // tarfile.BLOCKSIZE)) for _, body in pair)
            if entry in kept:
                places[str(entry["offset"])] = {"offset": begin, "bytes": size}
            left, begin = left + pair, begin + size
        now = commit | {"segment": None, "records": kept}
        self.drop(self.segment(seq))
        if left:
            self.attach(now, pack(left))
        amendment = {name: commit[name] for name in ("epoch", "topic", "partition", "seq")} | {"schema": 1}
        amendment |= {"segment": now["segment"], "places": places, "removed": [commit["segment"]]}
        amendment["erased"] = [entry["offset"] for entry in gone]
        self.put(self.amendment(seq), dump(amendment | fields))

    def erase_live(self):
        """Erases the sample of a version that may be trained on."""
        trainable = self.update(True)
        for key in [key for key in self.feed if key.startswith("commits/")]:
            chain, seq = key.split("/", 1)[1].rsplit("/", 1)[0], int(key[-25:-5])
            for at, entry in enumerate(staged(self.commit(seq, chain))):
                version = json.loads(self.customer[f"records/{trainable}.json"])["version"]
                if (entry["image"], entry["version"]) == (trainable, version):
                    self.chain = chain
                    self.erase(at, seq=seq)

    def amendment(self, seq=0):
        return self.key(seq).replace("commits/", "amendments/", 1)

    def amended(self, seq=0):
        return json.loads(self.feed[self.amendment(seq)])

    # What stands beside the chains.

    def checkpoint(self, seq, sha256=None):
        sha256 = sha256 or sha256_of(self.feed[self.key(seq)])
        self.put(f"checkpoints/{self.chain}.json", dump({"schema": 1, "seq": seq, "sha256": sha256}))

    def hold(self, epoch, more=0):
        """Kafka holds what this epoch's chains have reached, and so many more offsets."""
        chains = [chain for chain in self.chains() if chain.startswith(f"{epoch}/")]
        self.held = {chain.split("/", 1)[1]: [0, self.reached(chain) + 1 + more] for chain in chains}

    def update(self, is_trainable, **fields):
        """Changes a customer's record that may be trained on, or one that may not; the id of its image."""
        for key, body in self.customer.items():
            if key.startswith("records/"):
                record = json.loads(body)
                if ((record["state"], record["consent"]) == ("live", "training")) == is_trainable:
                    self.rewrite(key, self.customer, **fields)
                    return record["image"]
        raise LookupError("the stand has no such record")
