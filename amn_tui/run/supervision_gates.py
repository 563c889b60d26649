"""What the gates say of a log as it grows: each reading is judged when it comes; who failed stays failed."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from amn_tui.run.curve import Curve, add_gap, apply_log
from amn_tui.run.drift import say_drift
from checks.derived import RESCORE_GAP
from checks.gate import Gate, Judgement, Reading, judge
from checks.verdict import Verdict
from trainer.events import EpochEnded, LogEvent, Rescored, Stepped

# Numbers that no log carries: only somebody who is there can measure them.
LIVE_METRICS = frozenset({"seconds_since_line", "silence_limit_s", "config_drift", "disk_free_gb", "disk_needed_gb"})


@dataclass(frozen=True, slots=True)
class Judged:
    """The gates, the curve so far, and the verdicts; `names` are the baselines, keyed "baseline.NAME".

    `failed` holds the gates that may stop the run and failed, in that order; `past` those that had failed before the
    run went on, which are judged on its `fresh` epochs alone. `unsaid` are the verdicts not yet written down.
    """

    gates: tuple[Gate, ...]
    names: Mapping[str, float]
    curve: Curve = field(default_factory=Curve)
    fresh: tuple[Reading, ...] = ()
    told: Mapping[str, Verdict] = field(default_factory=dict)
    failed: Mapping[str, Judgement] = field(default_factory=dict)
    past: frozenset[str] = frozenset()
    unsaid: tuple[tuple[Gate, Judgement], ...] = ()


def remember(judged: Judged, events: Iterable[LogEvent]) -> Judged:
    """Return what is known after the log of an earlier part of the run; nothing of it raises an alarm again."""
    curve = judged.curve
    for event in events:
        curve = apply_log(curve, event)
    curve = replace(curve, step=None, stopped=None)  # the earlier part was stopped, this one was not
    told = {gate.name: judge(gate, curve.readings, judged.names).verdict for gate in judged.gates}
    known = {name: verdict for name, verdict in told.items() if verdict is not None}
    past = frozenset(name for name, verdict in known.items() if verdict is Verdict.FAIL)
    return replace(judged, curve=curve, told=known, past=past)


def forget_told(judged: Judged, told: Mapping[str, Verdict]) -> Judged:
    """Return what is known with no verdict left to say that was `told` already."""
    latest = {gate.name: (gate, judgement) for gate, judgement in judged.unsaid}
    unsaid = tuple(given for name, given in latest.items() if told.get(name) is not given[1].verdict)
    return replace(judged, told={**told, **judged.told}, unsaid=unsaid)


def hear(judged: Judged, event: LogEvent) -> Judged:
    """Return what is known after one event of the log."""
    curve = apply_log(judged.curve, event)
    judged = replace(judged, curve=curve)
    if isinstance(event, Rescored):
        judged = replace(judged, fresh=add_gap(judged.fresh, event))
        gates: Iterable[Gate] = [gate for gate in judged.gates if gate.metric == RESCORE_GAP]
        newest = False  # it may come when later epochs are done
    elif isinstance(event, EpochEnded):
        at = bisect_left(curve.epochs, event.epoch, key=lambda reading: reading.epoch)
        reading = curve.epochs[at]
        judged = replace(judged, fresh=(*judged.fresh, reading))
        gates = judged.gates
        newest = at == len(curve.epochs) - 1
    elif isinstance(event, Stepped) and curve.step is not None:
        reading, newest = curve.step, True
        gates = (gate for gate in judged.gates if gate.at is None and gate.metric in reading.values)
    else:
        return judged
    for gate in gates:
        if gate.metric not in LIVE_METRICS:
            judged = _tell(judged, gate, judge(gate, _pick(judged, gate, newest=newest), judged.names))
    return judged


def _pick(judged: Judged, gate: Gate, *, newest: bool) -> Sequence[Reading]:
    """Return the readings on which the gate's verdict hangs, so that a long run costs no more than a short one."""
    readings = judged.curve.readings
    if gate.name in judged.past:
        step = judged.curve.step
        return () if gate.at is not None else judged.fresh if step is None else (*judged.fresh, step)
    if gate.at is not None:
        first = bisect_left(judged.curve.epochs, gate.at, key=lambda reading: reading.epoch)
        return tuple(islice((r for r in islice(readings, first, None) if gate.metric in r.values), 1)) or readings[-1:]
    if not newest:
        return readings
    latest = islice((reading for reading in reversed(readings) if gate.metric in reading.values), gate.patience)
    return tuple(latest)[::-1]


def judge_live(judged: Judged, live: Reading, planned: Mapping[str, Any]) -> Judged:
    """Return what is known after a look at the clock and at the configuration; `planned` is the plan's [train]."""
    for gate in judged.gates:
        if gate.metric in live.values:
            judgement = judge(gate, (live,), judged.names)
            if gate.metric == "config_drift" and judgement.verdict not in (None, Verdict.PASS):
                judgement = replace(judgement, words=say_drift(planned, judged.curve.config))
            judged = _tell(judged, gate, judgement)
    return judged


def judge_end(judged: Judged) -> list[tuple[Gate, Judgement]]:
    """Return the verdicts that only the end of the run can give: a metric that never came is ERROR."""
    silent = [gate for gate in judged.gates if gate.name not in judged.told]
    given = [(gate, judge(gate, judged.curve.readings, judged.names, ended=True)) for gate in silent]
    return [(gate, judgement) for gate, judgement in given if judgement.verdict is not None]


def _tell(judged: Judged, gate: Gate, judgement: Judgement) -> Judged:
    verdict = judgement.verdict
    if verdict is None or gate.name in judged.failed:
        return judged
    if verdict is Verdict.FAIL:
        judged = replace(judged, failed={**judged.failed, gate.name: judgement})
    if judged.told.get(gate.name) is verdict:
        return judged
    told = {**judged.told, gate.name: verdict}
    return replace(judged, told=told, unsaid=(*judged.unsaid, (gate, judgement)))
