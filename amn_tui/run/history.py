"""What an earlier part of the run, or its preflight, left for the guard to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from amn_tui.run.fold import STAMP_ERROR_S
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    GuardEvent,
    GuardStarted,
    RunEnded,
    StopAsked,
    TrainerStarted,
)
from amn_tui.run.source import RecordSource
from checks.result import PreflightEnded
from checks.verdict import Verdict
from trainer.events import Configured, LogEvent

LEFT_EVENTS = (GuardStarted, TrainerStarted, GateJudged, AlarmRaised, StopAsked, RunEnded)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What a guard that was killed had written about the part of the run that goes on."""

    began_s: float = 0.0  # Unix seconds: what operators asked before was meant for an earlier part
    parts: int = 0  # how often a trainer was started here
    told: Mapping[str, Verdict] = field(default_factory=dict)
    alarms: int = 0
    asked: StopAsked | None = None
    ended: bool = False


def read_baselines(folder: RunFolder) -> dict[str, float]:
    """Return the trivial predictors' cosines of the latest preflight, keyed "baseline.NAME"."""
    source = RecordSource(folder.preflight, (PreflightEnded,))
    ended = [event for event in source.read() if isinstance(event, PreflightEnded)]
    source.close()
    return {f"baseline.{name}": value for name, value in ended[-1].baselines.items()} if ended else {}


def read_waived_gates(folder: RunFolder) -> frozenset[str]:
    """Return the gates whose alarm somebody waived: they are not raised again when the run goes on."""
    source = RecordSource(folder.guard_log, (AlarmRaised, AlarmWaived))
    gates: dict[int, str] = {}
    waived: set[str] = set()
    for event in source.read():
        if isinstance(event, AlarmRaised):
            gates[event.alarm] = event.gate
        elif isinstance(event, AlarmWaived):
            waived.add(gates.get(event.alarm, ""))
    source.close()
    return frozenset(waived - {""})


def read_interrupted(folder: RunFolder) -> Interrupted:
    """Return what guard.jsonl says of the part of the run that was under way."""
    source = RecordSource(folder.guard_log, LEFT_EVENTS)
    left = Interrupted()
    for event in source.read():
        left = _remember(left, event)  # type: ignore[arg-type]  # read as no other kinds than these
    source.close()
    return left


def _remember(left: Interrupted, event: GuardEvent) -> Interrupted:
    match event:
        case GuardStarted(time):
            return Interrupted(time, left.parts, alarms=left.alarms)
        case TrainerStarted():
            return replace(left, parts=left.parts + 1)
        case GateJudged(_, gate, verdict):
            return replace(left, told={**left.told, gate: verdict})
        case AlarmRaised(_, number):
            return replace(left, alarms=max(left.alarms, number))
        case StopAsked():
            return replace(left, asked=left.asked or event)
        case RunEnded():
            return replace(left, ended=True)
        case _:
            return left


def find_part(events: Sequence[LogEvent], began_s: float) -> int:
    """Return where in a log the part of the run begins that began at `began_s`; its end when it has said nothing yet.

    Our trainer, the only one that can go on, says first what it runs with.
    """
    for at, event in enumerate(events):
        if isinstance(event, Configured) and event.time is not None and event.time + STAMP_ERROR_S >= began_s:
            return at
    return len(events)
