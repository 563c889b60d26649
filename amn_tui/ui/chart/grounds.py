"""What a metric is held against on the full chart: gates, bands, predictors that learned nothing, restarts."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from amn_tui.run.column import Axis
from amn_tui.run.model import GateState, Run
from amn_tui.run.track import Track
from amn_tui.ui.chart.figure import BandEdge, Bound, Level
from amn_tui.ui.line import Tone
from checks.derived import MAIN_METRIC
from checks.expression import resolve_bound
from checks.gate import Action

PREDICTORS = ("mean_of_context", "copy_last", "global_mean")


@dataclass(frozen=True, slots=True)
class Grounds:
    """All of it, placed on an axis."""

    bounds: tuple[Bound, ...]
    bands: tuple[BandEdge, ...]
    levels: tuple[Level, ...]
    restarts: tuple[float, ...]

    def list_values(self) -> list[float]:
        """Return every value that the scale has to hold: a gate of every epoch is drawn only where it lies on it."""
        edges = [edge for band in self.bands for edge in (band.low, band.high)]
        predictors = [level.value for level in self.levels if level.tone is Tone.TRIVIAL]
        return [*edges, *(bound.value for bound in self.bounds), *predictors]


def gather_grounds(run: Run, metric: str, axis: Axis, track: Track | None) -> Grounds:
    """Gather them; what belongs to an epoch that has no place on the axis yet is left out."""

    def place(epoch: float) -> float:
        return place_epoch(epoch, axis, track)

    levels = [*_list_predictors(run, metric), *_list_levels(run, metric)]
    bands = [band for band in (run.plan.bands if run.plan else ()) if band.metric == metric]
    edges = sorted((BandEdge(place(b.epoch), b.low, b.high) for b in bands), key=lambda edge: edge.place)
    return Grounds(
        tuple(bound for state in run.gates for bound in _list_bounds(run, state, metric, place(state.gate.at or 0))),
        tuple(edge for edge in edges if math.isfinite(edge.place)),
        tuple({level.value: level for level in reversed(levels)}.values()),
        tuple(at for epoch in run.curve.restarts if epoch > 1 and math.isfinite(at := place(epoch - 0.5))),
    )


def place_epoch(epoch: float, axis: Axis, track: Track | None) -> float:
    """Return where the end of an epoch lies on an axis; nan where that is not known."""
    if axis is Axis.EPOCH:
        return float(epoch)
    if track is None:
        return math.nan
    if axis is Axis.STEP:
        return epoch * track.steps_an_epoch if track.steps_an_epoch else math.nan
    column = next((column for column in track.epochs.values() if len(column)), None)
    if column is None or not column.at[0][0] <= epoch <= column.at[0][-1]:
        return math.nan
    near = min(range(len(column)), key=lambda row: abs(column.at[0][row] - epoch))
    return column.at[2][near]


def _list_bounds(run: Run, state: GateState, metric: str, place: float) -> Iterator[Bound]:
    gate = state.gate
    if gate.metric != metric or gate.at is None or not math.isfinite(place):
        return
    for sign, bound in ((">=", gate.floor), ("<=", gate.ceiling)):
        value = None if bound is None else resolve_bound(bound, run.baselines)
        if value is not None:
            yield Bound(place, value, gate.name, sign, gate.on_fail is Action.ABORT)


def _list_predictors(run: Run, metric: str) -> list[Level]:
    if metric != MAIN_METRIC:
        return []
    known = [(name, run.baselines.get(f"baseline.{name}")) for name in PREDICTORS]
    return [Level(name.replace("_", " "), value, Tone.TRIVIAL) for name, value in known if value is not None]


def _list_levels(run: Run, metric: str) -> list[Level]:
    """Return the bounds that hold at every epoch."""
    levels = []
    for state in run.gates:
        gate = state.gate
        if gate.metric == metric and gate.at is None:
            values = [resolve_bound(bound, run.baselines) for bound in (gate.floor, gate.ceiling) if bound is not None]
            tone = Tone.FLOOR if gate.on_fail is Action.ABORT else Tone.HINT
            levels += [Level(gate.name, value, tone) for value in values if value is not None]
    return levels
