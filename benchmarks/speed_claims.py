"""What we claim of the trainer's speed, and how it is judged and printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch

from benchmarks.interleaving import Ratio, Spent, by_cpu, by_wall, compare, measure_rate
from benchmarks.training_ways import (
    BARE,
    COMPILED,
    NOT_AVERAGED,
    ONE_BATCH,
    ORIGINAL,
    OURS,
)

Turns: TypeAlias = dict[str, list[Spent]]


@dataclass(frozen=True, slots=True)
class Claim:
    """That `over` does at least `least` times as many samples a second as `under`.

    A claim with a `cost` says the same the other way: what `over` has and `under` has not costs at most 1 - `least`.
    """

    over: str
    under: str
    least: float
    cost: str = ""

    def describe(self, ratio: Ratio) -> str:
        """Say what was found and what must hold."""
        if self.cost:
            found = f"{100 * (1 - ratio.value):.1f} ±{100 * ratio.error:.1f} % of the time"
            return f"{self.cost} takes {found}, at most {100 * (1 - self.least):.0f} %"
        return f"{self.over} / {self.under} = {ratio}, at least {self.least:g}"


CLAIMS = (
    Claim(NOT_AVERAGED, BARE, 0.92),
    Claim(OURS, NOT_AVERAGED, 0.92, "averaging"),
    Claim(OURS, ORIGINAL, 1.7),
    Claim(COMPILED, ORIGINAL, 2.0),
    Claim(OURS, ONE_BATCH, 0.95, "waiting for data"),
)


def judge(ratio: Ratio, least: float) -> str:
    """Say it in words; a value within its standard error of the limit is said to be near."""
    near = ", but near" if abs(ratio.value - least) < ratio.error else ""
    return ("holds" if ratio.value >= least else "does not hold") + near


def choose_seconds(device: torch.device) -> Callable[[Spent], float]:
    """Count CPU time on the CPU, where nothing waits but for other guests of the machine; else the wall clock."""
    return by_cpu if device.type == "cpu" else by_wall


def format_rates(device: torch.device, batch_size: int, turns: Turns, peaks: dict[str, float]) -> str:
    """Write samples per second of every way, how that compares with the bare limit, and its memory."""
    head = f"{device.type}, batch {batch_size}"
    lines = [f"{head:<22}{'samples/s':>10}{'ms/step':>9}{'of bare':>15}{'peak MB':>9}"]
    for name, spent in turns.items():
        rate, ratio = measure_rate(spent), compare(spent, turns[BARE], choose_seconds(device))
        peak = f"{peaks[name]:9.0f}" if name in peaks else ""
        lines.append(f"{name:<22}{rate:10.0f}{1000 * batch_size / rate:9.2f}{ratio!s:>15}{peak}")
    return "\n".join(lines)


def format_claims(device: torch.device, turns: Turns) -> str:
    """Write every claim whose ways were measured, and whether it holds; beside it the ratio by the wall clock."""
    lines = []
    for claim in CLAIMS:
        if claim.over in turns and claim.under in turns:
            over, under = turns[claim.over], turns[claim.under]
            ratio, wall = compare(over, under, choose_seconds(device)), compare(over, under, by_wall)
            lines.append(f"{judge(ratio, claim.least)}: {claim.describe(ratio)} (wall clock {wall})")
    return "\n".join(lines)
