"""What of a run, and of the runs laid over it, is on the full chart for a view of it."""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from amn_tui.run.column import Axis, Column
from amn_tui.run.model import Run
from amn_tui.run.track import Track
from amn_tui.run.track_file import TrackReader
from amn_tui.ui.chart.epoch_columns import Gathered
from amn_tui.ui.chart.figure import Figure
from amn_tui.ui.chart.gather import choose_metric, count_epochs, list_series
from amn_tui.ui.chart.grounds import Grounds, gather_grounds
from amn_tui.ui.chart.scale import Scale, choose_scale
from amn_tui.ui.chart.trace import Points, Trace, TraceCache, take_points
from amn_tui.ui.chart.view import ChartView, Extent
from amn_tui.ui.line import OVERLAY_TONES, Tone

MARKS = {Tone.VAL: 0, Tone.TRAIN: 1, Tone.OOD: 2}
NOTHING = Points(array("d"), array("d"), array("d"), array("d"), array("d"), bytearray())


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A figure, what moves in it, and what is said above it."""

    figure: Figure
    extent: Extent
    metric: str
    axes: tuple[Axis, ...]
    logarithmic: bool
    notes: tuple[str, ...]


class Composer:
    """Composes figures of one run; keeps what is costly to gather until it is another."""

    def __init__(self, marks: str) -> None:
        """Draw with these marks: of val, train and OOD."""
        self.marks = marks
        self.cache = TraceCache()
        self.gathered = Gathered()
        self._points: dict[object, tuple[object, Points]] = {}

    def compose(
        self, run: Run, view: ChartView, own: TrackReader | None, others: Mapping[str, TrackReader]
    ) -> Composed:
        """Compose what a view shows of a run, read as far as `own` and `others` are."""
        metric = view.metric or choose_metric(run)
        traces = [*self._list_own(run, view, metric, own), *self._list_overlays(view, metric, others)]
        extent = _measure_extent(run, view.axis, traces, own, others)
        window = view.look(extent)
        notes = [
            f"{overlay.number} {name_run(overlay.path)}: {reader.problem.removeprefix(f'{reader.path}: ')}"
            for overlay in view.overlays
            if (reader := others.get(overlay.path)) is not None and reader.problem
        ]
        grounds = gather_grounds(run, metric, view.axis, own.track if own else None)
        scale, logarithmic = self._choose_scale(view, metric, traces, window, grounds, notes)
        if view.strength:
            smoothed = [self.cache.smooth(trace, view.strength) for trace in traces]
            traces = smoothed + [replace(trace, faint=True, tone=Tone.TRACK) for trace in traces]
        figure = Figure(
            view.axis, window, scale, tuple(traces), grounds.bounds, grounds.bands, grounds.levels, grounds.restarts,
            view.cursor, _say_empty(traces, view.axis, own),
        )  # fmt: skip
        axes = own.track.list_axes() if own else (Axis.EPOCH,)
        return Composed(figure, extent, metric, axes, logarithmic, tuple(notes))

    def _list_own(self, run: Run, view: ChartView, metric: str, own: TrackReader | None) -> list[Trace]:
        traces = []
        for series in list_series(run, metric):
            points, version = NOTHING, 0
            if view.axis is Axis.EPOCH and any(series.metric in reading.values for reading in run.curve.epochs[-1:]):
                column = self.gathered.take(run.curve.epochs, series.metric)
                points, version = self._take(("epoch", series.metric), column, view.axis, self.gathered.version)
            elif own is not None:
                points, version = self._find(own, series.metric, view.axis)
            mark = self.marks[MARKS[series.tone]]
            traces.append(
                Trace(series.label, series.metric, series.tone, mark, points, version, ("own", series.metric))
            )
        return traces

    def _list_overlays(self, view: ChartView, metric: str, others: Mapping[str, TrackReader]) -> list[Trace]:
        traces = []
        for overlay in view.overlays:
            reader = others.get(overlay.path)
            points, version = self._find(reader, metric, view.axis) if reader and overlay.shown else (NOTHING, 0)
            note = "hidden" if not overlay.shown else _say_reading(reader, metric, points)
            traces.append(
                Trace(name_run(overlay.path), metric, OVERLAY_TONES[overlay.number - 1],
                      str(overlay.number), points, version, overlay.path, note)
            )  # fmt: skip
        return traces

    def _find(self, reader: TrackReader, metric: str, axis: Axis) -> tuple[Points, int]:
        with reader.lock:
            column = find_column(reader.track, metric, axis)
            if column is None:
                return NOTHING, 0
            return self._take((str(reader.path), metric), column, axis, reader.track.version)

    def _take(self, key: object, column: Column, axis: Axis, version: int) -> tuple[Points, int]:
        """Return a column's points, the same ones until it changes, and a number that changes with them."""
        token = (column, column.version, axis, version)
        known = self._points.get(key)
        if known is None or known[0] != token:
            known = self._points[key] = token, take_points(column, axis)
        return known[1], hash(token)

    def _choose_scale(
        self, view: ChartView, metric: str, traces: list[Trace], window: tuple[float, float], grounds: Grounds,
        notes: list[str],
    ) -> tuple[Scale, bool]:  # fmt: skip
        """Return the scale, and whether it is logarithmic; say why when it cannot be."""
        low, high = measure_in_sight([trace.points for trace in traces], window)
        if view.logarithmic and low > 0 and math.isfinite(high):
            return Scale(10 ** math.floor(math.log10(low)), 10 ** math.floor(math.log10(high) + 1), True), True
        if view.logarithmic:
            notes.append(f"no logarithmic scale: {metric} is not above 0 everywhere")
        if view.fitted and low <= high:
            room = (high - low) * 0.05 or abs(high) * 0.05 or 0.5
            return Scale(low - room, high + room), False
        first = next((value for trace in traces for value in trace.points.last if math.isfinite(value)), None)
        return choose_scale(metric, grounds.list_values(), first), False


def name_run(path: str) -> str:
    """Return a short name of a run: its folder's; of a bare log also the folder that it is in."""
    folder, _, name = path.rstrip("/").rpartition("/")
    return f"{folder.rpartition('/')[2]}/{name}" if "." in name[-5:] and folder else name


def find_column(track: Track, metric: str, axis: Axis) -> Column | None:
    """Return the column that says most on an axis: within epochs where it is not the epochs that are counted."""
    steps = track.steps.get(metric) or track.steps.get(metric.removeprefix("train_"))
    epochs = track.epochs.get(metric) or track.system.get(metric)
    return (epochs or steps) if axis is Axis.EPOCH else (steps or epochs)


def measure_in_sight(curves: Sequence[Points], window: tuple[float, float]) -> tuple[float, float]:
    """Return the lowest and the highest finite value between two places; inf and -inf when there is none."""
    low, high = math.inf, -math.inf
    for points in curves:
        begin, end = bisect_left(points.at, window[0]), bisect_right(points.at, window[1])
        low = min(low, min(points.low[begin:end], default=math.inf))
        high = max(high, max(points.high[begin:end], default=-math.inf))
    return low, high


def _measure_extent(
    run: Run, axis: Axis, traces: Sequence[Trace], own: TrackReader | None, others: Mapping[str, TrackReader]
) -> Extent:
    tracks = [reader.track for reader in (own, *others.values()) if reader is not None]
    drawn = [trace.points.at for trace in traces if len(trace.points.at)]
    stops = drawn[0] if drawn else array("d")
    last = max((at[-1] for at in drawn), default=0.0)
    first = min((at[0] for at in drawn), default=1.0)
    if axis is Axis.EPOCH:
        last = max(last, count_epochs(run), *(track.total_epochs for track in tracks), 1)
        return Extent(1.0 if first >= 1 and last > 1 else 0.0, float(last), stops)
    if axis is Axis.STEP:
        last = max(last, *(track.total_epochs * track.steps_an_epoch for track in tracks), 1)
    return Extent(0.0, float(max(last, 1.0)), stops)


def _say_reading(reader: TrackReader | None, metric: str, points: Points) -> str:
    """Say why an overlay has no curve; "" where it has one."""
    if len(points.at):
        return ""
    if reader is None or (reader.share < 1 and not reader.problem):
        return "being read"
    return "cannot be read" if reader.problem else f"has no {metric}"


def _say_empty(traces: Sequence[Trace], axis: Axis, own: TrackReader | None) -> str:
    if any(len(trace.points.at) for trace in traces):
        return ""
    if own is not None and own.share < 1 and not own.problem:
        return f"reading the log: {own.share:.0%}"
    return "nothing to draw yet" if axis is Axis.EPOCH else f"nothing that has a place in {axis}"
