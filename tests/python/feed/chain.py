"""A partition's chain: each commit against those before it.

Commits have numbers without holes, and each has the hash of the one before it. They take in every offset once and in
order, but for gaps, which the commit behind one names, and which a repair may go back to fill. Within the range of a
repair offsets may be missing, because Kafka no longer had them; within any other commit none may.
"""

from collections import Counter
from itertools import pairwise

from .bucket import sha256_of
from .formats import COMMIT, COMMIT_KEY, understood

OUTCOMES = ("staged", "withheld", "superseded", "rejected")


def ranges(numbers):
    """Ascending numbers as pairs of the first and the last of each run."""
    found = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def text_of(pairs):
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in pairs)


class Chain:
    """A chain as far as it was read, which is one commit after the other."""

    def __init__(self, name, fault):
        self.name, self.fault, self.counts = name, fault, Counter()
        self.next_seq, self.sha256, self.reached = 0, None, -1
        # Not from the first commit on that is missing or cannot be read: it may have named a gap.
        self.is_whole = True
        self.open_gaps, self.offsets = [], set()

    def take(self, key, body):
        """The commit, held against those before it; None of what is no commit."""
        seq = int(COMMIT_KEY.fullmatch(key)["seq"])
        follows, previous = seq == self.next_seq, self.sha256
        if not follows:
            self.fault(f"commits/{self.name}", f"lacks {text_of([(self.next_seq, seq - 1)])}")
            self.is_whole, self.reached = False, None
        self.next_seq, self.sha256 = seq + 1, sha256_of(body or b"")
        try:
            commit = understood(body, COMMIT)
        except ValueError as error:
            self.fault(key, str(error))
            self.is_whole, self.reached = False, None
            return None
        told = f"commits/{commit['epoch']}/{commit['topic']}/{commit['partition']}/{commit['seq']:020}.json"
        if told != key:
            self.fault(key, f"says that it is {told}")
        if follows and commit["prev_sha256"] != previous:
            self.fault(key, f"says SHA-256 {commit['prev_sha256']} of the commit before it, which has {previous}")
        self.take_offsets(key, commit)
        return commit

    def take_offsets(self, key, commit):
        both = [[one["offset"] for one in commit[name]] for name in ("records", "rejected")]
        offsets = set().union(*both)
        if any(sorted(some) != some for some in both):
            self.fault(key, "has offsets out of order")
        if not commit["count"] == sum(map(len, both)) == len(offsets):
            self.fault(key, f"counts {commit['count']}, has {sum(map(len, both))} records of {len(offsets)} offsets")
        if not offsets:
            self.fault(key, "has taken in nothing")
            return
        first, last = min(offsets), max(offsets)
        if (commit["first"], commit["last"]) != (first, last):
            self.fault(key, f"says {commit['first']} to {commit['last']}, has {first} to {last}")
        if again := self.offsets & offsets:
            self.fault(key, f"takes in again {text_of(ranges(sorted(again)))}")
        self.offsets |= offsets
        if (commit["schema"] == 2) != (commit.get("repair") is not None):
            self.fault(key, f"has schema {commit['schema']}, and a repair has 2 and nothing else has")
        if commit.get("repair") is None:
            self.follow(key, commit["gap_before"], first, last)
            if holes := [(before + 1, after - 1) for before, after in pairwise(sorted(offsets)) if after > before + 1]:
                self.fault(key, f"has a hole at {text_of(holes)}")
        else:
            self.repair(key, commit, first, last)
            filled = commit["repair"]["to"] - commit["repair"]["from"] + 1
            self.counts["gone"] += max(0, filled - len(offsets))
        self.count(commit)

    def follow(self, key, gap, first, last):
        """Goes on from where the chain has reached."""
        if self.reached is not None:
            if first <= self.reached:
                self.fault(key, f"begins at {first}, and the chain had reached {self.reached}")
            jump = {"from": self.reached + 1, "to": first - 1} if first > self.reached + 1 else None
            if gap != jump:
                self.fault(key, f"names {gap} as the gap before it, which is {jump}")
            gap = jump
        if gap:
            self.open_gaps.append((gap["from"], gap["to"]))
        self.reached = last if self.reached is None else max(self.reached, last)

    def repair(self, key, commit, first, last):
        """Fills a gap, or a part of one; the chain reaches as far as before."""
        begin, end, reached = (commit["repair"][name] for name in ("from", "to", "reached"))
        if commit["gap_before"] is not None:
            self.fault(key, f"is a repair, and names {commit['gap_before']} as a gap before it")
        if self.reached not in (None, reached):
            self.fault(key, f"says that the chain had reached {reached}, and it had reached {self.reached}")
        if not begin <= first <= last <= end:
            self.fault(key, f"repairs {begin} to {end}, and has {first} to {last}")
        gap = next((gap for gap in self.open_gaps if gap[0] <= begin <= end <= gap[1]), None)
        if gap:
            left = [(gap[0], begin - 1), (end + 1, gap[1])]
            self.open_gaps.remove(gap)
            self.open_gaps = sorted(self.open_gaps + [one for one in left if one[0] <= one[1]])
        elif self.is_whole:
            self.fault(key, f"repairs {begin} to {end}, which lies within no gap that is open")

    def count(self, commit):
        outcomes = Counter(entry["outcome"] for entry in commit["records"])
        outcomes["rejected"] = len(commit["rejected"])
        self.counts.update({outcome: outcomes[outcome] for outcome in OUTCOMES})
        self.counts["records"] += outcomes.total()
        self.counts["repairs"] += commit.get("repair") is not None

    def totals(self, commits):
        gap_offsets = sum(end - begin + 1 for begin, end in self.open_gaps)
        return self.counts | Counter(
            chains=1, commits=commits, gaps_open=len(self.open_gaps), gap_offsets_open=gap_offsets
        )

    def line(self, commits):
        outcomes = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES)
        gaps = f"{len(self.open_gaps)} gaps open" + (f" ({text_of(self.open_gaps)})" if self.open_gaps else "")
        more = "".join(f", {self.counts[name]} {name}" for name in ("repairs", "gone") if self.counts[name])
        return f"{self.name}: {commits} commits, {self.counts['records']} records, {outcomes}, {gaps}{more}"
