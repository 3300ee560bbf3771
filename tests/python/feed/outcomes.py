"""What became of each version of each image, over all chains.

No version is staged twice within an epoch, none is staged or withheld once a higher one was, and none is superseded but
by another one. That other one may be in another chain, which is read later: so what is superseded is judged when all
chains were read.
"""

from collections import defaultdict, namedtuple

from .formats import COMMIT_KEY

# The better outcome of one version is the one that its marker keeps.
RANK = {"rejected": 0, "withheld": 1, "staged": 2}
# Rejections that leave no marker, so that the record comes again.
MAY_HEAL = {"unknown_customer", "access_denied"}

# What became of one version of an image, and where that is written.
Taken = namedtuple("Taken", "version outcome reason chain seq offset")


def taken_in(key, commit):
    """What a commit says of versions of images, in the order of offsets."""
    name = COMMIT_KEY.fullmatch(key)
    for entry in sorted(commit["records"] + commit["rejected"], key=lambda entry: entry["offset"]):
        if entry.get("customer") is not None:
            outcome, reason = entry.get("outcome", "rejected"), entry.get("reason")
            where = (name["chain"], int(name["seq"]), entry["offset"])
            yield (entry["customer"], entry["image"]), Taken(entry["version"], outcome, reason, *where)


def leaves_marker(taken):
    return taken.outcome != "superseded" and taken.reason not in MAY_HEAL


def covers(taken, version):
    """Whether nothing is left to do for `version` once `taken` is known."""
    above = taken.version > version
    return leaves_marker(taken) and (above or (taken.version == version and taken.outcome != "rejected"))


def named(image, taken):
    return f"offset {taken.offset}, version {taken.version} of {'/'.join(image)}"


class Outcomes:
    """All that commits have taken in, by image."""

    def __init__(self):
        self.versions = defaultdict(list)
        self.unexplained = []

    def take(self, key, commit, fault):
        found = list(taken_in(key, commit))
        newest = {}
        for image, taken in found:
            newest[image] = max(newest.get(image, (0, 0)), (taken.version, -taken.offset))
        for image, taken in found:
            is_newest = newest[image] == (taken.version, -taken.offset)
            for what in self.faults_of(key, image, taken, is_newest):
                fault(key, f"{named(image, taken)}: {what}")
        for image, taken in found:
            self.versions[image].append(taken)

    def faults_of(self, key, image, taken, is_newest):
        others = self.versions[image]
        if taken.outcome == "superseded":
            if is_newest and not any(covers(other, taken.version) for other in others):
                self.unexplained.append((key, image, taken))
        elif taken.outcome in ("staged", "withheld"):
            if not is_newest:
                yield f"{taken.outcome}, and the same commit has a higher version, or this one before"
            epoch = taken.chain.split("/")[0] + "/"
            for other in others:
                if other.outcome == taken.outcome == "staged" and other.version == taken.version:
                    if other.chain.startswith(epoch):
                        yield f"staged twice, before at offset {other.offset} of {other.chain}"
                elif other.chain == taken.chain and covers(other, taken.version):
                    yield f"{taken.outcome}, and offset {other.offset} had version {other.version} {other.outcome}"

    def superseded_by_nothing(self):
        """The commit's key, the chain and what is wrong, of what neither its own chain explains nor another one."""
        for key, image, taken in self.unexplained:
            others = (other for other in self.versions[image] if other.chain != taken.chain)
            if not any(covers(other, taken.version) for other in others):
                yield key, taken.chain, f"{named(image, taken)}: superseded by nothing"
