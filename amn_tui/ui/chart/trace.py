"""A curve on its way to the screen: which rows are in sight, which share a column of dots, how it is smoothed."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, TypeVar

from amn_tui.run.column import Axis, Column
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.line import Tone

Kept = TypeVar("Kept")


class Points(NamedTuple):
    """Rows of a curve along one axis, as `run.column.Column` keeps them."""

    at: "array[float]"
    low: "array[float]"
    high: "array[float]"
    first: "array[float]"
    last: "array[float]"
    flags: bytearray

    def find(self, place: float) -> int:
        """Return the row nearest to a place; there must be one."""
        right = min(bisect_left(self.at, place), len(self.at) - 1)
        left = max(0, right - 1)
        return left if abs(self.at[left] - place) <= abs(self.at[right] - place) else right


class Dots(NamedTuple):
    """What of a curve falls on one column of dots."""

    x: int
    low: float  # inf where nothing is finite
    high: float
    first: float  # nan breaks the line
    last: float
    flags: int


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One curve under its name; `mark` is what tells it from others without colour."""

    label: str
    metric: str
    tone: Tone
    mark: str
    points: Points
    version: int = 0
    key: object = None  # what it is drawn from, for caches
    note: str = ""  # said in the legend in place of a value
    faint: bool = False  # the raw curve behind a smoothed one


def take_points(column: Column, axis: Axis) -> Points:
    """Return a copy of a column's rows along an axis; those without a place there are left out."""
    at = column.place(axis)
    keep = None if not any(map(math.isnan, at)) else [row for row, place in enumerate(at) if not math.isnan(place)]

    def take(values: "array[float]") -> "array[float]":
        return values[:] if keep is None else array("d", [values[row] for row in keep])

    flags = column.flags[:] if keep is None else bytearray(column.flags[row] for row in keep)
    return Points(take(at), take(column.low), take(column.high), take(column.first), take(column.last), flags)


def spread(points: Points, left: float, right: float, dots: int) -> list[Dots]:
    """Return the columns of `dots` between two places that have rows: extremes survive, however many share one.

    The rows next to the window come too, one on each side, so that lines run on over the edge; their x lies outside.
    """
    at, low, high, first, last, flags = points
    width = (right - left) or 1.0
    scale = (dots - 1) / width
    begin = max(0, bisect_left(at, left) - 1)
    end = min(len(at), bisect_right(at, right) + 1)
    found: list[Dots] = []
    row = begin
    while row < end:
        x = math.floor((at[row] - left) * scale + 0.5)
        stop = row + 1
        if stop < end and (at[stop] - left) * scale + 0.5 < x + 1:
            stop = bisect_left(at, left + (x + 0.5) / scale, stop, end) if scale > 0 else end
            stop = max(stop, row + 1)
        if stop == row + 1:
            found.append(Dots(x, low[row], high[row], first[row], last[row], flags[row]))
        else:
            kinds = reduce(or_, set(flags[row:stop]))
            found.append(Dots(x, min(low[row:stop]), max(high[row:stop]), first[row], last[stop - 1], kinds))
        row = stop
    return found


def smooth(points: Points, strength: float) -> Points:
    """Return the exponential moving average, freed of its start as Adam does it: value / (1 - strength ** n).

    A value that is no number is passed over, and stays one where it stands.
    """
    mean, weight = 0.0, 1.0
    smoothed = array("d")
    for low, high, value in zip(points.low, points.high, points.last, strict=True):
        if not math.isfinite(value):
            smoothed.append(value)
            continue
        middle = value if low == high else (low + high) / 2
        mean = mean * strength + (1 - strength) * middle
        weight *= strength
        smoothed.append(mean / (1 - weight))
    lows = array("d", [value if math.isfinite(value) else math.inf for value in smoothed])
    highs = array("d", [value if math.isfinite(value) else -math.inf for value in smoothed])
    return Points(points.at, lows, highs, smoothed, smoothed, points.flags)


@dataclass(slots=True)
class TraceCache:
    """What was computed from a curve, until it is another: smoothing and spreading cost, drawing again does not."""

    kept: dict[object, tuple[object, Any]] = field(default_factory=dict)

    def keep(self, place: object, token: object, make: Callable[[], Kept]) -> Kept:
        """Return what is kept at a place under this token; make it anew when the token is another."""
        if (known := self.kept.get(place)) is None or known[0] != token:
            known = self.kept[place] = (token, make())
        kept: Kept = known[1]
        return kept

    def spread(self, trace: Trace, window: tuple[float, float], dots: int) -> list[Dots]:
        """Return `spread` of a trace."""
        token = (trace.version, window, dots)
        return self.keep(("spread", trace.key, trace.faint), token, lambda: spread(trace.points, *window, dots))

    def place(
        self, trace: Trace, window: tuple[float, float], across: int, scale: Scale, up: int
    ) -> list[tuple[int, int, int, int | None, int | None]]:
        """Return (x, low, high, first, last) in dots of every column that has a number; None breaks the line."""
        token = (trace.version, window, across, scale, up)
        return self.keep(
            ("place", trace.key, trace.faint), token, lambda: place(self.spread(trace, window, across), scale, up)
        )

    def smooth(self, trace: Trace, strength: float) -> Trace:
        """Return a trace smoothed."""
        token = (trace.version, strength)
        points = self.keep(("smooth", trace.key), token, lambda: smooth(trace.points, strength))
        return replace(trace, points=points, key=("smooth", trace.key), version=hash(token))


def place(columns: Iterable[Dots], scale: Scale, up: int) -> list[tuple[int, int, int, int | None, int | None]]:
    """Return columns of dots placed on a scale of `up` dots; those without a number break the line, and are None."""
    found: list[tuple[int, int, int, int | None, int | None]] = []
    for dots in columns:
        if dots.low > dots.high:
            if found:
                found[-1] = (*found[-1][:4], None)
            continue
        low, high = scale.place(dots.low, up), scale.place(dots.high, up)
        if dots.low == dots.high:
            first = last = low
        else:
            first = scale.place(dots.first, up) if math.isfinite(dots.first) else -1
            last = scale.place(dots.last, up) if math.isfinite(dots.last) else -1
        found.append((dots.x, low, high, None if first < 0 else first, None if last < 0 else last))
    return found
