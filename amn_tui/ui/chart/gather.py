"""What of a run goes on the chart: the metric, its scale, the bounds it is held against, and what is said of it."""

import math
from dataclasses import dataclass

from amn_tui.run.model import GateState, Run
from amn_tui.run.outcome import Phase
from amn_tui.ui.chart.chart import BandMark, Chart, Floor, Series, Trivial
from amn_tui.ui.chart.scale import choose_scale
from amn_tui.ui.eta import estimate_left_s
from amn_tui.ui.line import Tone
from amn_tui.ui.quantity import format_duration
from checks.derived import MAIN_METRIC
from checks.expression import Line as BoundLine
from checks.expression import parse_bound, resolve_bound
from checks.gate import Action
from checks.verdict import Verdict

FEW_EPOCHS = 10
DERIVED = ("nonfinite", "max_share", "best", "drop", "seconds")


@dataclass(frozen=True, slots=True)
class CosineDatum:
    """The chart, what is said of the trivial predictor, and what is said while there is no curve."""

    metric: str
    chart: Chart
    trivial_words: tuple[str, ...]  # the same, ever shorter
    beaten: bool
    empty: str


def choose_metric(run: Run) -> str:
    """Return the metric to draw: val_cosine where there is one, else the plan's first, else the log's first val_…."""
    seen = run.curve.last.values if run.curve.last else {}
    if MAIN_METRIC in seen or not seen:
        return MAIN_METRIC
    planned = [state.gate.metric for state in run.gates if state.gate.metric in seen]
    logged = [name for name in seen if name not in DERIVED and not name.endswith("_share")]
    metrics = [name for name in (*planned, *logged) if name not in DERIVED]
    return next((name for name in metrics if name.startswith("val_")), metrics[0] if metrics else MAIN_METRIC)


def pick_cosine(run: Run, now: float) -> CosineDatum:
    """Gather what the chart shows."""
    metric = choose_metric(run)
    trivial, state = _find_trivial(run, metric)
    chart = _make_chart(run, metric, trivial)
    words, beaten = _say_trivial(trivial, state)
    return CosineDatum(metric, chart, words, beaten, "" if run.curve.epochs else _say_empty(run, now, metric))


def _make_chart(run: Run, metric: str, trivial: Trivial | None) -> Chart:
    readings = run.curve.epochs
    floors = tuple(floor for state in run.gates for floor in _list_floors(run, state, metric))
    bands = tuple(
        BandMark(band.epoch, band.low, band.high)
        for band in (run.plan.bands if run.plan else ())
        if band.metric == metric
    )
    marks = [floor.value for floor in floors] + [edge for band in bands for edge in (band.low, band.high)]
    if trivial:
        marks.append(trivial.value)
    first = next((r.values[metric] for r in readings if math.isfinite(r.values.get(metric, math.nan))), None)
    return Chart(
        readings=readings,
        series=list_series(run, metric),
        scale=choose_scale(metric, marks, first),
        epochs=count_epochs(run, floors),
        floors=floors,
        bands=bands,
        trivial=trivial,
        restarts=run.curve.restarts,
    )


def list_series(run: Run, metric: str) -> tuple[Series, ...]:
    """The metric itself, and its sisters on training and out-of-domain data as far as they are logged."""
    base = metric.removeprefix("val_")
    seen = run.curve.last.values if run.curve.last else {}
    named = [Series(metric, "val" if base != metric else base, Tone.VAL)]
    if base != metric:
        named += [Series(f"train_{base}", "train", Tone.TRAIN), Series(f"ood_{base}", "ood", Tone.OOD)]
    return tuple(series for i, series in enumerate(named) if i == 0 or series.metric in seen)


def _list_floors(run: Run, state: GateState, metric: str) -> list[Floor]:
    gate = state.gate
    if gate.metric != metric or gate.at is None:
        return []
    values = [resolve_bound(bound, run.baselines) for bound in (gate.floor, gate.ceiling) if bound is not None]
    return [Floor(gate.at, value, gate.on_fail is Action.ABORT) for value in values if value is not None]


def count_epochs(run: Run, floors: tuple[Floor, ...] = ()) -> int:
    """Return how many epochs the run is planned to have, and at least those that were seen or are judged."""
    planned = run.plan.train.get("epochs") if run.plan else None
    known = run.curve.total_epochs or (planned if isinstance(planned, int) else None)
    seen = run.curve.last.epoch if run.curve.last else 0
    if known:
        return max(known, seen, 1)
    return max([FEW_EPOCHS, seen, *(floor.epoch for floor in floors)])


def _find_trivial(run: Run, metric: str) -> tuple[Trivial | None, GateState | None]:
    """Find the baseline that a gate holds the metric against at every epoch: the best that learned nothing."""
    for state in run.gates:
        gate = state.gate
        if gate.metric != metric or gate.at is not None or not isinstance(gate.floor, str):
            continue
        bound, value = parse_bound(gate.floor), resolve_bound(gate.floor, run.baselines)
        if value is not None and isinstance(bound, BoundLine) and bound.factor == 1 and bound.offset == 0:
            return Trivial(bound.name.removeprefix("baseline.").replace("_", " "), value), state
    return None, None


def _say_trivial(trivial: Trivial | None, state: GateState | None) -> tuple[tuple[str, ...], bool]:
    """Say what the gate said of the trivial predictor; nothing before it was judged."""
    if trivial is None or state is None or state.judgement.verdict is None:
        return (), False
    if state.judgement.verdict is Verdict.PASS:
        above = f"above {trivial.label} {trivial.value:.3f}"
        return (f"{above}, the best predictor that learned nothing", above), True
    below = f"below {trivial.label} {trivial.value:.3f}"
    return (f"{below}: a predictor that learned nothing does better", f"{below}, which learned nothing", below), False


def _say_empty(run: Run, now: float, metric: str) -> str:
    if run.ended is not None:
        return f"the run ended before its first {metric}"
    if run.phase is Phase.BLOCKED:
        return "training was not started"
    if run.curve.step is None:
        return f"{metric} comes after epoch 1"
    left = estimate_left_s(run, now, 1)
    return f"first value after epoch 1, in {format_duration(left)}" if left else f"{metric} comes after epoch 1"
