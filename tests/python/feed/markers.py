"""The markers, one for each image, against what the chains say.

By its marker the consumer knows whether a version is still to be staged: one that is ahead of its chain would lose an
image, and one that is behind would stage it twice. The markers of a commit are written before the next commit is, so
that only those of a chain's last commit may be on their way.
"""

from .formats import COMMIT, COMMIT_KEY, ERASURE_KEY, MARKER, MARKER_KEY, understood
from .outcomes import RANK, leaves_marker, taken_in


def image_of(pattern, key):
    return pattern.fullmatch(key).group("customer", "image")


class Markers:
    """The markers of a feed whose chains were read."""

    def __init__(self, feed):
        self.feed, self.marked = feed, {}

    def check(self):
        for key, body in self.feed.bucket.get_all(self.feed.matching(MARKER_KEY)):
            try:
                self.check_marker(key, understood(body, MARKER))
            except ValueError as error:
                self.feed.fault(key, str(error))
        erased = {image_of(ERASURE_KEY, key) for key in self.feed.matching(ERASURE_KEY)}
        for image, taken in self.feed.outcomes.versions.items():
            if image not in erased:
                self.check_marked(image, taken)

    def check_marker(self, key, marker):
        image, commit = image_of(MARKER_KEY, key), marker["commit"]
        self.marked[image] = (marker["version"], RANK[marker["outcome"]])
        chain, seq = COMMIT_KEY.fullmatch(commit).group("chain", "seq")
        if not self.feed.is_held(chain):
            return
        self.feed.totals["markers"] += 1
        is_listed = commit in self.feed.objects
        taken = self.feed.outcomes.versions[image] if is_listed else self.taken_since(commit, image)
        wanted = (marker["version"], marker["outcome"], chain, int(seq))
        if not any(leaves_marker(one) and (one.version, one.outcome, one.chain, one.seq) == wanted for one in taken):
            self.feed.fault(key, f"names {commit}, where version {marker['version']} is not {marker['outcome']}")

    def taken_since(self, key, image):
        """What a commit says of an image that is younger than the listing."""
        body = self.feed.bucket.get(key)
        if body is None:
            raise ValueError(f"names {key}, which is missing")
        return [taken for other, taken in taken_in(key, understood(body, COMMIT)) if other == image]

    def check_marked(self, image, taken):
        due = [one for one in taken if leaves_marker(one) and self.feed.is_held(one.chain)]
        due = [(one.version, RANK[one.outcome]) for one in due if one.seq < self.feed.last_seq[one.chain]]
        if due and self.marked.get(image, (0, 0)) < max(due):
            what = f"is missing or behind: the chain has version {max(due)[0]}"
            self.feed.fault(f"staged/{'/'.join(image)}.json", what)
