"""Everything that a full chart shows, in the order of its axis; how it is gathered is not its business."""

from dataclasses import dataclass

from amn_tui.run.column import Axis
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.chart.trace import Trace
from amn_tui.ui.line import Tone


@dataclass(frozen=True, slots=True)
class Bound:
    """A gate's floor or ceiling where it is judged; `stops` when missing it stops the run."""

    place: float
    value: float
    label: str
    sign: str  # ">=" or "<="
    stops: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A value that is the same everywhere: what a predictor reaches that learned nothing, or a gate of every epoch."""

    label: str
    value: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class BandEdge:
    """Between which values a healthy run lies at one place."""

    place: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """Curves, later ones beneath earlier ones, and what they are held against."""

    axis: Axis
    window: tuple[float, float]
    scale: Scale
    traces: tuple[Trace, ...]
    bounds: tuple[Bound, ...] = ()
    bands: tuple[BandEdge, ...] = ()
    levels: tuple[Level, ...] = ()
    restarts: tuple[float, ...] = ()
    cursor: float | None = None
    empty: str = ""  # what is said while there is no curve
