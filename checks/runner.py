"""Preflight: runs checks and their controls, and tells what happens as events."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checks.config import Settings
from checks.errors import InputError
from checks.finding import Finding
from checks.registry import Check, Numbers, Progress, Registered, keep_silent
from checks.result import (
    CheckEnded,
    CheckProgressed,
    CheckStarted,
    Control,
    PreflightEnded,
    PreflightEvent,
    PreflightStarted,
)
from checks.verdict import Verdict, worst

LONGEST_DETAIL = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Preflight:
    """What is run: the checks in order, their settings, and how to reach the data and the trivial predictors.

    `open_data` and `measure_baselines` may raise; `overrides` are reasons by check for going on although it failed.
    `now` gives Unix seconds, `timer` seconds of a clock that never jumps.
    """

    checks: Sequence[Registered]
    settings: Settings
    open_data: Callable[[], Any]
    measure_baselines: Callable[[Any], Mapping[str, float]]
    emit: Callable[[PreflightEvent], None]
    overrides: Mapping[str, str]
    now: Callable[[], float] = time.time
    timer: Callable[[], float] = time.monotonic


def run_preflight(preflight: Preflight) -> PreflightEnded:
    """Run every check, whatever the others said, and return the last event; an exception in a check is its ERROR."""
    began_s = preflight.timer()
    names, titles = tuple(c.name for c in preflight.checks), tuple(c.title for c in preflight.checks)
    preflight.emit(PreflightStarted(preflight.now(), names, titles))
    verdicts = [_run_check(preflight, check) for check in preflight.checks]
    baselines, detail = {}, ""
    try:
        baselines = dict(preflight.measure_baselines(preflight.open_data()))
    except Exception as error:  # noqa: BLE001 (gates refer to these numbers: without them preflight has not passed)
        detail = f"the trivial predictors could not be measured: {describe(error)}"
        verdicts.append(Verdict.ERROR)
    ended = PreflightEnded(preflight.now(), worst(verdicts), baselines, preflight.timer() - began_s, detail)
    preflight.emit(ended)
    return ended


def _run_check(preflight: Preflight, registered: Registered) -> Verdict:
    """Run one check and return the verdict that counts: what a person has overridden counts as WARN."""
    name, began_s = registered.name, preflight.timer()
    preflight.emit(CheckStarted(preflight.now(), name))
    numbers, finding, control = _find(preflight, registered)
    reason = preflight.overrides.get(name, "") if finding.verdict in (Verdict.FAIL, Verdict.ERROR) else ""
    seconds = preflight.timer() - began_s
    preflight.emit(
        CheckEnded(
            preflight.now(), name, finding.verdict, control, numbers, finding.expected, finding.detail, seconds, reason
        )
    )
    return Verdict.WARN if reason else finding.verdict


def _find(preflight: Preflight, registered: Registered) -> tuple[Numbers, Finding, Control | None]:
    def progress(share: float, note: str = "") -> None:
        preflight.emit(CheckProgressed(preflight.now(), registered.name, share, note))

    thresholds = preflight.settings[registered.name]
    numbers: Numbers = {}
    finding = Finding(Verdict.ERROR, "", "")
    try:
        check, data = registered.load(), preflight.open_data()
        numbers = check.measure(data, progress)
        finding = check.judge(numbers, thresholds)
    except Exception as error:  # noqa: BLE001 (whatever breaks a check, it could not judge)
        return numbers, Finding(Verdict.ERROR, finding.expected, describe(error)), None
    try:
        control = run_control(check, data, thresholds, progress)
    except Exception as error:  # noqa: BLE001 (a control that breaks has proved nothing)
        detail = f"this check could not have failed: its control broke ({describe(error)})"
        return numbers, replace(finding, verdict=Verdict.ERROR, detail=detail), None
    # One that refuses the data has shown that it can: data shifted already may be put right by a control that shifts.
    if not control.held and finding.verdict in (Verdict.PASS, Verdict.WARN):
        detail = f"this check could not have failed: with {control.broken} it said {control.verdict}"
        finding = replace(finding, verdict=Verdict.ERROR, detail=detail)
    return numbers, finding, control


def run_control(check: Check, data: Any, thresholds: Mapping[str, Any], progress: Progress) -> Control:
    """Measure and judge the broken copy with the same functions."""
    broken = check.control(data)
    progress(1.0, f"control: {broken.words}")
    numbers = check.measure(broken.data, keep_silent)
    return Control(broken.words, check.judge(numbers, thresholds).verdict, numbers)


def describe(error: Exception) -> str:
    """Say an exception in one printable line."""
    text = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"
