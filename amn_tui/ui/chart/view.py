"""How a chart is looked at: one frozen value, changed by pure functions, always inside what there is to see."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amn_tui.run.column import Axis

STRENGTHS = (0.0, 0.6, 0.9, 0.97, 0.99)  # of smoothing, as TensorBoard counts it
MOST_OVERLAYS = 8
MOST_ZOOM = 10_000.0
ZOOM_STEP = 1.5


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last place that there is on the axis; `stops` are those that a cursor can stand on."""

    first: float
    last: float
    stops: Sequence[float] = ()

    def clamp(self, place: float) -> float:
        """Return the nearest place inside."""
        return min(max(place, self.first), self.last)

    def snap(self, place: float) -> float:
        """Return the nearest stop."""
        at = bisect_left(self.stops, place)
        near = self.stops[max(0, at - 1) : at + 1]
        return min(near, key=lambda stop: abs(stop - place), default=self.clamp(place))


@dataclass(frozen=True, slots=True)
class Overlay:
    """Another run on the chart; `number` (1 to 8) is its mark and its colour."""

    path: str
    number: int
    shown: bool = True


@dataclass(frozen=True, slots=True)
class ChartView:
    """`metric` "" is the run's own choice, `window` None all there is, `cursor` None the newest values."""

    metric: str = ""
    axis: Axis = Axis.EPOCH
    window: tuple[float, float] | None = None
    cursor: float | None = None
    fitted: bool = False
    logarithmic: bool = False
    smoothing: int = 0  # of STRENGTHS
    overlays: tuple[Overlay, ...] = ()

    @property
    def strength(self) -> float:
        """Return the weight of the past in a smoothed curve; 0 smooths nothing."""
        return STRENGTHS[self.smoothing]

    def look(self, extent: Extent) -> tuple[float, float]:
        """Return the first and last place in sight."""
        if self.window is None:
            return extent.first, extent.last
        left, right = sorted(map(extent.clamp, self.window))
        return (left, right) if right > left else (extent.first, extent.last)

    def zoom(self, factor: float, extent: Extent, around: float | None = None) -> "ChartView":
        """Return the view `factor` times as near, the place `around` (by default the cursor) standing still."""
        left, right = self.look(extent)
        whole = extent.last - extent.first
        width = min(whole, max((right - left) / factor, whole / MOST_ZOOM))
        if width >= whole or width <= 0:
            return replace(self, window=None)
        middle = self.cursor if around is None else around
        middle = (left + right) / 2 if middle is None or not left <= middle <= right else middle
        start = middle - (middle - left) / (right - left) * width
        return replace(self, window=_slide(start, width, extent))

    def pan(self, share: float, extent: Extent) -> "ChartView":
        """Return the view moved by a share of what is in sight; there is nowhere to go when all of it is."""
        if self.window is None:
            return self
        left, right = self.look(extent)
        return replace(self, window=_slide(left + share * (right - left), right - left, extent))

    def move(self, by: int, extent: Extent) -> "ChartView":
        """Return the view with the cursor so many stops further; from no cursor it starts at the last one."""
        if not extent.stops:
            return self
        last = len(extent.stops) - 1
        at = last + min(0, by) if self.cursor is None else bisect_left(extent.stops, self.cursor) + by
        return self.point(extent.stops[min(max(at, 0), last)], extent)

    def point(self, place: float, extent: Extent) -> "ChartView":
        """Return the view with the cursor on the stop nearest to a place, and that in sight."""
        if not extent.stops or not math.isfinite(place):
            return self
        cursor = extent.snap(place)
        left, right = self.look(extent)
        if self.window is None or left <= cursor <= right:
            return replace(self, cursor=cursor)
        start = cursor if cursor < left else cursor - (right - left)
        return replace(self, cursor=cursor, window=_slide(start, right - left, extent))

    def reset(self) -> "ChartView":
        """Return the whole chart without a cursor; what is drawn stays."""
        return replace(self, window=None, cursor=None)

    def smooth(self) -> "ChartView":
        """Return the view with the next strength of smoothing, none after the last."""
        return replace(self, smoothing=(self.smoothing + 1) % len(STRENGTHS))

    def turn(self, axes: Sequence[Axis]) -> "ChartView":
        """Return the view over the next of the axes that the log knows; window and cursor belong to the old one."""
        at = axes.index(self.axis) + 1 if self.axis in axes else 0
        return replace(self, axis=axes[at % len(axes)], window=None, cursor=None)

    def choose(self, metric: str) -> "ChartView":
        """Return the view of another metric, on the scale that this one has by itself."""
        return replace(self, metric=metric, fitted=False, logarithmic=False)

    def toggle(self, path: str) -> "ChartView":
        """Return the view with this run laid over, or taken away; a ninth one is not taken."""
        kept = tuple(overlay for overlay in self.overlays if overlay.path != path)
        free = sorted(set(range(1, MOST_OVERLAYS + 1)) - {overlay.number for overlay in kept})
        if len(kept) < len(self.overlays) or not free:
            return replace(self, overlays=kept)
        added = (*kept, Overlay(path, free[0]))
        return replace(self, overlays=tuple(sorted(added, key=lambda overlay: overlay.number)))

    def blink(self, number: int) -> "ChartView":
        """Return the view with one overlay hidden, or shown again."""
        turned = (replace(o, shown=not o.shown) if o.number == number else o for o in self.overlays)
        return replace(self, overlays=tuple(turned))


def _slide(start: float, width: float, extent: Extent) -> tuple[float, float]:
    """Return a window of this width as near to `start` as there is room for."""
    start = min(max(start, extent.first), extent.last - width)
    return max(start, extent.first), min(start + width, extent.last)
