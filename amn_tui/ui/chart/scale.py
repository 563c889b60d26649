"""The scale of a chart: chosen once from what is known beforehand, never from how the run goes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

# What a metric's name says about its range; a cosine of next-chunk prediction lies below 0.7 unless the target leaks.
KNOWN_RANGES = (("cosine", 0.0, 0.7), ("acc", 0.0, 1.0), ("auc", 0.0, 1.0), ("f1", 0.0, 1.0), ("recall", 0.0, 1.0))
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LEAST, LARGEST = 1e-300, 1e300  # beyond them no scale can be drawn: the span of two such numbers is inf, or 0


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at the bottom and at the top; a logarithmic one has both above 0."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float, steps: int) -> int:
        """Return which of `steps` equal steps, from 0 at the bottom, a finite value falls on; clamped."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return math.floor(share * (steps - 1) + 0.5)

    def holds(self, value: float) -> bool:
        """Tell whether a value lies on the scale."""
        return self.low <= value <= self.high

    @property
    def words(self) -> str:
        """Name the range: 0 to 0.7."""
        return f"{self.low:g} to {self.high:g}"


def choose_scale(metric: str, bounds: Iterable[float], first: float | None = None) -> Scale:
    """Choose from the metric's name and from the bounds, bands and baselines that are drawn on it.

    A metric of which nothing is known takes its scale from the first finite value; later values never change it.
    """
    known = [(low, high) for word, low, high in KNOWN_RANGES if word in metric][:1]
    marks = [value for pair in known for value in pair] + [value for value in bounds if _is_drawable(value)]
    if not marks and first is not None and _is_drawable(first):
        marks = [first * 1.25]
    low, high = min([0.0, *marks]), max([0.0, *marks])
    if low == high:
        return Scale(0.0, 1.0)
    if known:
        return Scale(math.floor(low * 10 + 1e-9) / 10, math.ceil(high * 10 - 1e-9) / 10)
    return Scale(0.0 - round_up(-low), round_up(high))


def _is_drawable(value: float) -> bool:
    return value == 0 or LEAST <= abs(value) <= LARGEST


def round_up(value: float) -> float:
    """Return the next 1, 2, 2.5 or 5 times a power of ten; 0 stays 0."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in STEPS if step * power >= value * (1 - 1e-9))


def list_ticks(scale: Scale, rows: int) -> dict[int, float]:
    """Return the values to write beside rows counted from 0 at the bottom: both ends, and round ones 2 rows apart."""
    span = scale.high - scale.low
    coarse, fine = round_up(span * 2 / max(1, rows - 1)), round_up(span / max(1, rows - 1))
    ticks = _place_ticks(scale, rows, coarse)
    return ticks if len(ticks) > 2 else _place_ticks(scale, rows, fine)


def _place_ticks(scale: Scale, rows: int, step: float) -> dict[int, float]:
    ticks = {0: scale.low, rows - 1: scale.high}
    for i in range(math.floor(scale.low / step), math.ceil(scale.high / step) + 1):
        value = round(i * step, 10)
        row = scale.place(value, rows)
        if scale.holds(value) and all(abs(row - other) >= 2 for other in ticks):
            ticks[row] = value
    return ticks
