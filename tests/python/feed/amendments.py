"""Amendments: what has become of the segments of which samples were erased.

A commit stays as it is, for the chain is made of its bytes. The amendment beside it says which of its samples are
erased, which segment the others lie in by now, and where; the segments of before are gone. Nothing is erased that no
order covers.
"""

import tarfile

from .formats import AMENDMENT, AMENDMENT_KEY, ERASURE_KEY, ORDER, SEGMENT_KEY, understood
from .segment import segment_key, staged


class Amendments:
    """The amendments of a feed and the orders that they obey."""

    def __init__(self, feed):
        self.feed, self.met, self.ordered = feed, set(), {}
        # Customer, image and version of each sample that is erased.
        self.erased = set()

    def take(self, key, commit):
        """Holds a commit and what lies in the bucket against the amendment; False where there is none."""
        body = self.feed.bucket.get(key)
        if body is None:
            return False
        self.met.add(key)
        self.feed.totals["amendments"] += 1
        try:
            amendment = understood(body, AMENDMENT)
        except ValueError as error:
            self.feed.fault(key, str(error))
            return True
        named = [*amendment["removed"], *filter(None, [amendment["segment"]])]
        self.feed.named.update(one["key"] for one in named)
        for what in self.faults_of(key, commit, amendment):
            self.feed.fault(key, what)
        for one in amendment["removed"]:
            if one["key"] in self.feed.objects and self.feed.bucket.open(one["key"]) is not None:
                self.feed.fault(one["key"], f"still lies there, and {key} has removed it")
        self.check_segment(key, commit, amendment)
        return True

    def faults_of(self, key, commit, amendment):
        told = "amendments/{epoch}/{topic}/{partition}/{seq:020}.json".format(**amendment)
        if told != key:
            yield f"says that it is {told}"
        samples, erased = {entry["offset"]: entry for entry in staged(commit)}, amendment["erased"]
        if not erased or sorted(set(erased)) != erased:
            yield f"erases {erased}, which is nothing, or not each once and in order"
        for offset in erased:
            if offset not in samples:
                yield f"erases offset {offset}, which its commit has not staged"
                continue
            subject = tuple(samples[offset][name] for name in ("customer", "image", "version"))
            self.feed.totals["erased"] += subject not in self.erased
            self.erased.add(subject)
            if subject[2] > self.ordered_up_to(*subject[:2]):
                yield f"erases version {subject[2]} of {'/'.join(subject[:2])}, which no order covers"
        places = sorted(str(offset) for offset in samples.keys() - set(erased))
        if sorted(amendment["places"]) != places:
            yield f"has places of {sorted(amendment['places'])}, and it is {places} that are left"
        if amendment["removed"][:1] != [commit["segment"]]:
            yield "has not removed its commit's segment first"
        for one in [*amendment["removed"], *filter(None, [amendment["segment"]])]:
            if one["key"] != segment_key(key, commit, one):
                yield f"names segment {one['key']}, whose name is to be {segment_key(key, commit, one)}"
        if (amendment["segment"] is None) != (not places):
            yield f"names segment {amendment['segment']}, and {len(places)} samples are left"

    def check_segment(self, key, commit, amendment):
        """What is left lies in the segment that took the place of the commit's."""
        reference, erased = amendment["segment"], set(amendment["erased"])
        if reference is None:
            return
        left = [entry for entry in staged(commit) if entry["offset"] not in erased]
        left = [entry | {"place": amendment["places"].get(str(entry["offset"]))} for entry in left]
        if len(left) != reference["samples"]:
            self.feed.fault(key, f"leaves {len(left)} samples, and its segment {reference['samples']}")
        if not self.feed.read_segment(commit | {"segment": reference, "records": left}, "its amendment"):
            self.feed.fault(reference["key"], "is missing")

    def ordered_up_to(self, customer, image):
        """The version up to which an image is ordered to be erased; 0 where it is not."""
        key = f"erasure/orders/{customer}/{image}.json"
        if key not in self.ordered:
            body, self.ordered[key] = self.feed.bucket.get(key), 0
            if body is not None:
                self.read_order(key, body)
        return self.ordered[key]

    def read_order(self, key, body):
        subject = ERASURE_KEY.fullmatch(key).groupdict()
        try:
            self.ordered[key] = understood(body, ORDER | {name: (value,) for name, value in subject.items()})["version"]
        except ValueError as error:
            self.feed.fault(key, str(error))

    def check(self):
        """Once all commits were read: what they have not led to."""
        for key in self.feed.matching(AMENDMENT_KEY):
            if key not in self.met and self.feed.is_held(AMENDMENT_KEY.fullmatch(key)["chain"]):
                commit = key.replace("amendments/", "commits/", 1)
                self.feed.fault(key, f"amends {commit}, which is missing, or names no segment")
        for key, body in self.feed.bucket.get_all(self.feed.matching(ERASURE_KEY)):
            self.feed.totals["orders"] += 1
            if key not in self.ordered and body is not None:
                self.ordered[key] = 0
                self.read_order(key, body)

    def check_orphan(self, key):
        """A segment that nothing names may be left of a writer that was killed, but for what is to be forgotten."""
        stream = self.feed.bucket.open(key)
        if stream is None:
            return
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                names = {member.name.partition(".")[0] for member in tar}
        except tarfile.TarError as error:
            self.feed.fault(key, f"cannot be read as a tar: {error}")
            return
        for name in sorted(names):
            customer, image, version = name.rsplit("-", 2) if name.count("-") > 1 else ("", "", "")
            if version.isdecimal() and int(version) <= self.ordered_up_to(customer, image):
                what = f"has {name}, which is to be erased, and neither a commit nor an amendment names it"
                self.feed.fault(key, what)

    def check_orphans(self):
        for key in self.feed.matching(SEGMENT_KEY):
            if key not in self.feed.named and self.feed.is_held(SEGMENT_KEY.fullmatch(key)["chain"]):
                self.feed.totals["orphans"] += 1
                self.check_orphan(key)
