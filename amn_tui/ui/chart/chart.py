"""A metric over the epochs, with everything that it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.line import Tone
from checks.gate import Reading


@dataclass(frozen=True, slots=True)
class Series:
    """A metric that is drawn, under its short name."""

    metric: str
    label: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Floor:
    """A gate's bound at one epoch; `stops` when missing it stops the run."""

    epoch: int
    value: float
    stops: bool


@dataclass(frozen=True, slots=True)
class BandMark:
    """Where a healthy run lies at one epoch."""

    epoch: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trivial:
    """The best predictor that learned nothing."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: the readings themselves are shared with the run, never copied."""

    readings: tuple[Reading, ...]
    series: tuple[Series, ...]
    scale: Scale
    epochs: int
    floors: tuple[Floor, ...] = ()
    bands: tuple[BandMark, ...] = ()
    trivial: Trivial | None = None
    restarts: tuple[int, ...] = ()  # epochs before which the run was stopped and went on

    def list_points(self, metric: str) -> list[tuple[int, float]]:
        """Return (epoch, value) of every reading that carries the metric."""
        return [(reading.epoch, reading.values[metric]) for reading in self.readings if metric in reading.values]


def interpolate_band(bands: Sequence[BandMark], epoch: float) -> tuple[float, float] | None:
    """Return the band at an epoch, straight between two that are given; None outside them."""
    if len(bands) == 1 and abs(bands[0].epoch - epoch) <= 0.5:
        return bands[0].low, bands[0].high
    for left, right in pairwise(bands):
        if left.epoch <= epoch <= right.epoch:
            share = (epoch - left.epoch) / max(1, right.epoch - left.epoch)
            return left.low + share * (right.low - left.low), left.high + share * (right.high - left.high)
    return None
