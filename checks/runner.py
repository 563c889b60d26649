"""Preflight: runs checks and their controls, side by side where that is of use, and tells what happens as events."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from checks.config import Settings
from checks.examination import Examined, describe, examine, judge_again
from checks.explanation import Explanation
from checks.lanes import Job, run_jobs
from checks.registry import Bottleneck, Registered
from checks.result import (
    CheckEnded,
    CheckProgressed,
    CheckStarted,
    Measured,
    Measurement,
    PreflightEnded,
    PreflightEvent,
    PreflightStarted,
)
from checks.verdict import Verdict, worst

BASELINES = "baselines"  # what the trivial predictors are kept under, beside the checks


def recall_nothing(name: str) -> Measurement | None:
    """Remember nothing of an earlier time."""


def keep_nothing(data: Any, measurements: Sequence[Measurement]) -> None:
    """Forget what was measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preflight:
    """What is run: the checks in order, their settings, and how to reach the data and the trivial predictors.

    `open_data` and `measure_baselines` may raise; `overrides` are reasons by check for going on although it failed.
    `recall` gives what was measured of the same data at an earlier time, `keep` takes what was measured now. With
    `cores` above 1, checks that do not wait for the same thing run side by side, in threads: numpy and FAISS let go of
    the interpreter. `now` gives Unix seconds, `timer` seconds of a clock that never jumps.
    """

    checks: Sequence[Registered]
    settings: Settings
    open_data: Callable[[], Any]
    measure_baselines: Callable[[Any], Mapping[str, float]]
    emit: Callable[[PreflightEvent], None]
    overrides: Mapping[str, str]
    pages: Mapping[str, Explanation] = field(default_factory=dict)  # of checks that come from packages
    recall: Callable[[str], Measurement | None] = recall_nothing
    keep: Callable[[Any, Sequence[Measurement]], None] = keep_nothing
    cores: int = 1
    now: Callable[[], float] = time.time
    timer: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    measurements: list[Measurement] = field(default_factory=list)
    baselines: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""


def run_preflight(preflight: Preflight) -> PreflightEnded:
    """Run every check, whatever the others said, and return the last event; an exception in a check is its ERROR.

    Events of one check come in their order, and each as a whole; those of others may come between. Raises what `emit`
    raises.
    """
    began_s = preflight.timer()
    preflight = replace(preflight, emit=_take_turns(preflight.emit))
    names, titles = tuple(c.name for c in preflight.checks), tuple(c.title for c in preflight.checks)
    preflight.emit(PreflightStarted(preflight.now(), names, titles, preflight.pages))
    found = _Found()
    run_jobs(_list_jobs(preflight, found), preflight.cores)
    verdicts = [found.verdicts[name] for name in (*names, BASELINES)]
    seconds = preflight.timer() - began_s
    ended = PreflightEnded(preflight.now(), worst(verdicts), found.baselines, seconds, found.detail)
    preflight.emit(ended)
    if found.measurements:
        preflight.keep(preflight.open_data(), found.measurements)
    return ended


def _take_turns(emit: Callable[[PreflightEvent], None]) -> Callable[[PreflightEvent], None]:
    turn = threading.Lock()

    def emit_whole(event: PreflightEvent) -> None:
        with turn:
            emit(event)

    return emit_whole


def _list_jobs(preflight: Preflight, found: _Found) -> Iterator[tuple[Bottleneck, Job]]:
    """Yield the checks, and last the trivial predictors, each with what it waits for."""
    for check in preflight.checks:
        yield check.bottleneck, partial(_run_check, preflight, check, found)
    yield Bottleneck.MEMORY, partial(_run_baselines, preflight, found)


def _run_check(preflight: Preflight, registered: Registered, found: _Found) -> None:
    """Run one check and note the verdict that counts: what a person has overridden counts as WARN."""
    name, began_s = registered.name, preflight.timer()
    preflight.emit(CheckStarted(preflight.now(), name))
    examined = _examine(preflight, registered)
    finding, control = examined.finding, examined.control
    reason = preflight.overrides.get(name, "") if finding.verdict in (Verdict.FAIL, Verdict.ERROR) else ""
    seconds, now = preflight.timer() - began_s, preflight.now()
    preflight.emit(
        CheckEnded(
            now, name, finding.verdict, control, examined.numbers, finding.expected, finding.detail, seconds, reason,
            examined.control_seconds, examined.measured_at,
        )
    )  # fmt: skip
    found.verdicts[name] = Verdict.WARN if reason else finding.verdict
    if registered.kept and examined.measured_at is None and control is not None:
        kept = Measurement(name, examined.numbers, control.broken, control.measured, now)
        found.measurements.append(kept)


def _examine(preflight: Preflight, registered: Registered) -> Examined:
    def progress(share: float, note: str = "") -> None:
        preflight.emit(CheckProgressed(preflight.now(), registered.name, share, note))

    thresholds = preflight.settings[registered.name]
    earlier = preflight.recall(registered.name) if registered.kept else None
    if earlier is not None:
        return judge_again(registered, earlier, thresholds)
    return examine(registered, preflight.open_data, thresholds, progress, preflight.timer)


def _run_baselines(preflight: Preflight, found: _Found) -> None:
    """Measure the trivial predictors; gates refer to these numbers: without them preflight has not passed."""
    found.verdicts[BASELINES] = Verdict.PASS
    earlier = preflight.recall(BASELINES)
    try:
        measured = preflight.measure_baselines(preflight.open_data()) if earlier is None else earlier.numbers
    except Exception as error:  # noqa: BLE001 (whatever breaks it)
        found.detail = f"the trivial predictors could not be measured: {describe(error)}"
        found.verdicts[BASELINES] = Verdict.ERROR
        return
    found.baselines = {name: float(value) for name, value in measured.items() if value is not None}
    if earlier is None:
        numbers: dict[str, Measured] = dict(measured)
        found.measurements.append(Measurement(BASELINES, numbers, "", {}, preflight.now()))
