"""Compare ways of doing the same work on a machine that others use too: many short turns, pair by pair.

A machine with other guests changes its speed by half from second to second. What takes turns of some 60 ms meets the
same machine as its neighbour, so the ratio inside a round is worth something, and the median over all rounds is good
to a percent or two where the rates themselves are not. CPU time counts beside the wall clock, since it stands still
while another process has the core; on an accelerator only the wall clock counts.
"""

import itertools
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

TRIAL_STEPS = 3
FEWEST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Spent:
    """What one turn took: `samples` windows learned in so many seconds by the wall clock and of CPU time."""

    samples: int
    wall_s: float
    cpu_s: float


class Way(Protocol):
    """A way of training that can be asked for a turn: `work(steps)` times that many steps, warm ones, by itself."""

    def work(self, steps: int) -> Spent:
        """Do a step that is not timed, to have the caches filled again, then `steps` that are."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the ratios of all rounds, and the standard error of that median."""

    value: float
    error: float

    def __str__(self) -> str:
        """Write it as 0.934 ±0.008."""
        return f"{self.value:.3f} ±{self.error:.3f}"


def take_turns(
    ways: Mapping[str, Way], turn_s: float, total_s: float, clock: Callable[[], float] = time.perf_counter
) -> dict[str, list[Spent]]:
    """Let the ways take turns of about `turn_s` until `total_s` are over; every round goes the other way about."""
    steps = {name: _count_steps(way, turn_s) for name, way in ways.items()}
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    began_s = clock()
    for number in itertools.count():
        if number >= FEWEST_ROUNDS and clock() - began_s >= total_s:
            break
        for name in list(ways)[:: 1 if number % 2 else -1]:
            spent[name].append(ways[name].work(steps[name]))
    return spent


def _count_steps(way: Way, turn_s: float) -> int:
    way.work(TRIAL_STEPS)
    trials = [way.work(TRIAL_STEPS) for _ in range(3)]
    # CPU time where it is the less: what others take of a busy core must not make the turns shorter.
    return max(1, round(turn_s * TRIAL_STEPS / statistics.median(min(turn.wall_s, turn.cpu_s) for turn in trials)))


def measure_rate(spent: Sequence[Spent]) -> float:
    """Return the median samples per second by the wall clock."""
    return statistics.median(turn.samples / turn.wall_s for turn in spent)


def compare(over: Sequence[Spent], under: Sequence[Spent], seconds: Callable[[Spent], float]) -> Ratio:
    """Return how many times as many samples a second `over` does as `under`, round by round."""
    pairs = zip(over, under, strict=True)
    ratios = [a.samples / seconds(a) / (b.samples / seconds(b)) for a, b in pairs]
    lower, _, upper = statistics.quantiles(ratios, n=4)
    # Errors that are normal in the middle: sigma = quartile distance / 1.349, and a median's is 1.253 sigma / sqrt(n).
    return Ratio(statistics.median(ratios), 1.253 * (upper - lower) / 1.349 / math.sqrt(len(ratios)))


def by_wall(turn: Spent) -> float:
    """Count seconds by the wall clock."""
    return turn.wall_s


def by_cpu(turn: Spent) -> float:
    """Count seconds of CPU time."""
    return turn.cpu_s
