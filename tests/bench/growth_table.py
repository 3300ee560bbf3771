"""Figures of a machine that grows: their table, and which of them grow worse than they should."""

from dataclasses import dataclass

# What is the same whatever there is may become half as much again; what is of all of it, a third above proportion.
SAME_MAX, LINEAR_MAX = 1.5, 1.3
# Differences of clocks and timers, in milliseconds: of what is waited for, and of the processor's time.
SLACK_MS, SLACK_CPU_MS = 1, 0.2


@dataclass(frozen=True)
class Figure:
    value: float
    # Whether it may grow with what there is; `None`: it is only told.
    grows: bool | None
    slack: float = 0

    def is_too_much(self, first, factor):
        if self.grows is None:
            return False
        return self.value > first.value * (LINEAR_MAX * factor if self.grows else SAME_MAX) + self.slack


class Figures(dict):
    """Of one size, by name."""

    def latency(self, name, latency, tail=False):
        self[f"{name}, ms"] = Figure(latency.median_ms, False, SLACK_MS)
        if tail:
            self[f"{name}, p99 ms"] = Figure(latency.p99_ms, None)
        self[f"{name}, CPU ms"] = Figure(latency.cpu_ms, False, SLACK_CPU_MS)

    def same(self, name, value, slack=0):
        self[name] = Figure(value, False, slack)

    def total(self, name, value):
        self[name] = Figure(value, True)

    def told(self, name, value):
        self[name] = Figure(value, None)


def text(value):
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(grown, points):
    """`points`: pairs of how many there are, and figures."""
    (fewest, first), *later = points
    print(f"\n| {grown} |" + "".join(f" {count:,} |" for count, _ in points)
          + "".join(f" {count / fewest:g} × |" for count, _ in later))
    print("| --- |" + " --- |" * (len(points) + len(later)))
    for name in first:
        values = [figures[name].value for _, figures in points]
        ratios = [f"{value / values[0]:.2f}" if values[0] else "" for value in values[1:]]
        print(f"| {name} | " + " | ".join([*map(text, values), *ratios]) + " |")
    print(f"\nNot near linear in {grown}: " + ("; ".join(worse(first, fewest, later)) or "nothing") + "\n", flush=True)


def worse(first, fewest, later):
    for name, figure in first.items():
        grown = [(count / fewest, figures[name]) for count, figures in later]
        beyond = [f"{found.value / figure.value:.1f} at {factor:g} ×" for factor, found in grown
                  if found.is_too_much(figure, factor)]
        if beyond:
            yield f"{name} ({', '.join(beyond)})"
