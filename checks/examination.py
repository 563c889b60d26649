"""One check and its control: what it measured, what it says of that, and whether it has proved that it can fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from checks.errors import InputError
from checks.finding import Finding
from checks.registry import Check, Numbers, Progress, Registered, keep_silent
from checks.result import Control, Measurement
from checks.verdict import Verdict

LONGEST_DETAIL = 400


@dataclass(frozen=True, slots=True)
class Examined:
    """The numbers, the finding, and the control, None where it did not come to one.

    `measured_at` is in Unix seconds where the numbers are of an earlier time.
    """

    numbers: Numbers
    finding: Finding
    control: Control | None
    control_seconds: float = 0.0
    measured_at: float | None = None


def examine(
    registered: Registered, open_data: Callable[[], Any], thresholds: Mapping[str, Any], progress: Progress,
    timer: Callable[[], float],
) -> Examined:  # fmt: skip
    """Measure, judge, and do both again on the broken copy; whatever raises makes the verdict ERROR."""
    numbers: Numbers = {}
    finding = Finding(Verdict.ERROR, "", "")
    try:
        check, data = registered.load(), open_data()
        numbers = check.measure(data, progress)
        finding = check.judge(numbers, thresholds)
    except Exception as error:  # noqa: BLE001 (whatever breaks a check, it could not judge)
        return Examined(numbers, Finding(Verdict.ERROR, finding.expected, describe(error)), None)
    began_s = timer()
    try:
        control = run_control(check, data, thresholds, progress)
    except Exception as error:  # noqa: BLE001 (a control that breaks has proved nothing)
        detail = f"this check could not have failed: its control broke ({describe(error)})"
        return Examined(numbers, replace(finding, verdict=Verdict.ERROR, detail=detail), None, timer() - began_s)
    return Examined(numbers, _demand_control(finding, control), control, timer() - began_s)


def judge_again(registered: Registered, earlier: Measurement, thresholds: Mapping[str, Any]) -> Examined:
    """Judge numbers of an earlier time, and the control's: thresholds may be others now."""
    try:
        check = registered.load()
        finding = check.judge(earlier.numbers, thresholds)
        verdict = check.judge(earlier.control_numbers, thresholds).verdict
    except Exception as error:  # noqa: BLE001 (whatever breaks a check, it could not judge)
        finding = Finding(Verdict.ERROR, "", describe(error))
        return Examined(earlier.numbers, finding, None, measured_at=earlier.measured_at)
    control = Control(earlier.broken, verdict, earlier.control_numbers)
    return Examined(earlier.numbers, _demand_control(finding, control), control, measured_at=earlier.measured_at)


def _demand_control(finding: Finding, control: Control) -> Finding:
    # One that refuses the data has shown that it can: data shifted already may be put right by a control that shifts.
    if control.held or finding.verdict not in (Verdict.PASS, Verdict.WARN):
        return finding
    detail = f"this check could not have failed: with {control.broken} it said {control.verdict}"
    return replace(finding, verdict=Verdict.ERROR, detail=detail)


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
