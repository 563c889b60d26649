from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from checks.errors import InputError
from checks.finding import Finding
from checks.registry import Broken, Registered
from checks.result import (
    CheckEnded,
    CheckProgressed,
    CheckStarted,
    Control,
    PreflightEnded,
    PreflightEvent,
    PreflightStarted,
)
from checks.runner import LONGEST_DETAIL, Preflight, describe, run_preflight
from checks.verdict import Verdict

FLOOR = {"floor": 0.5}


def measure(data: Any, progress: Any) -> Mapping[str, Any]:
    progress(0.5, "halfway")
    return {"value": data}


def judge(numbers: Mapping[str, Any], thresholds: Mapping[str, Any]) -> Finding:
    verdict = Verdict.PASS if numbers["value"] >= thresholds["floor"] else Verdict.FAIL
    return Finding(verdict, "at least the floor", f"value {numbers['value']}")


def control(data: Any) -> Broken:
    return Broken("value lowered", data - 1.0)


def blow_up(*_: Any) -> Any:
    raise RuntimeError("first line\nsecond \x1b[31mline")


def refuse(*_: Any) -> Any:
    raise InputError("train", "", "nothing", "a table")


@dataclass(frozen=True)
class Fake:
    """A check of `functions`, loaded like a real one."""

    name: str = "fake"
    title: str = "Fake"
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def load(self) -> Any:
        return SimpleNamespace(**{"measure": measure, "judge": judge, "control": control, **self.functions})


def tick() -> Callable[[], float]:
    times: Iterator[float] = iter(range(1000))
    return lambda: float(next(times))


def run(
    *checks: Any, data: Any = 0.75, overrides: Mapping[str, str] | None = None, **changes: Any
) -> list[PreflightEvent]:
    events: list[PreflightEvent] = []
    given: dict[str, Any] = {
        "checks": checks,
        "settings": {check.name: FLOOR for check in checks},
        "open_data": lambda: data,
        "measure_baselines": lambda _: {"copy_last": 0.54},
        "emit": events.append,
        "overrides": overrides or {},
        "now": tick(),
        "timer": tick(),
    }
    assert run_preflight(Preflight(**{**given, **changes})) is events[-1]
    return events


def find_end(events: list[PreflightEvent]) -> CheckEnded:
    return next(event for event in events if isinstance(event, CheckEnded))


def test_a_check_that_passes_is_told_from_start_to_end() -> None:
    assert run(Fake()) == [
        PreflightStarted(0.0, ("fake",), ("Fake",)),
        CheckStarted(1.0, "fake"),
        CheckProgressed(2.0, "fake", 0.5, "halfway"),
        CheckProgressed(3.0, "fake", 1.0, "control: value lowered"),
        CheckEnded(
            4.0, "fake", Verdict.PASS, Control("value lowered", Verdict.FAIL, {"value": -0.25}),
            {"value": 0.75}, "at least the floor", "value 0.75", 1.0,
        ),
        PreflightEnded(5.0, Verdict.PASS, {"copy_last": 0.54}, 3.0),
    ]  # fmt: skip


def test_a_check_that_fails_blocks() -> None:
    events = run(Fake(), data=0.3)
    assert find_end(events).verdict is Verdict.FAIL
    assert isinstance(events[-1], PreflightEnded)
    assert events[-1].verdict is Verdict.FAIL


def test_a_control_that_passes_makes_the_check_an_error() -> None:
    ended = find_end(run(Fake(functions={"control": lambda data: Broken("nothing broken", data)})))
    assert ended.verdict is Verdict.ERROR
    assert ended.detail == "this check could not have failed: with nothing broken it said PASS"
    assert ended.control is not None
    assert not ended.control.held


def test_a_control_that_warns_proves_nothing_either() -> None:
    warn = {"judge": lambda *_: Finding(Verdict.WARN, "", "")}
    assert find_end(run(Fake(functions=warn))).verdict is Verdict.ERROR


def test_a_check_that_refused_the_data_has_shown_that_it_can() -> None:
    mended = {"control": lambda _: Broken("what was broken put right", 0.9)}
    ended = find_end(run(Fake(functions=mended), data=0.3))
    assert ended.verdict is Verdict.FAIL
    assert ended.control is not None
    assert not ended.control.held


def test_a_control_that_breaks_proves_nothing() -> None:
    ended = find_end(run(Fake(functions={"control": blow_up})))
    assert ended.verdict is Verdict.ERROR
    assert ended.detail.startswith("this check could not have failed: its control broke (RuntimeError: first line")
    assert ended.measured == {"value": 0.75}
    assert ended.control is None


@pytest.mark.parametrize("function", ["measure", "judge"])
def test_an_exception_in_a_check_is_its_error_in_one_line(function: str) -> None:
    events = run(Fake(functions={function: blow_up}), Fake("second", "Second"))
    assert find_end(events).verdict is Verdict.ERROR
    assert find_end(events).detail == "RuntimeError: first line second �[31mline"
    ends = [event for event in events if isinstance(event, CheckEnded)]
    assert [end.verdict for end in ends] == [Verdict.ERROR, Verdict.PASS]  # the next one runs all the same


def test_a_missing_file_is_an_error_of_every_check_and_of_preflight() -> None:
    events = run(Fake(), Fake("second", "Second"), open_data=refuse)
    ends = [event for event in events if isinstance(event, CheckEnded)]
    assert [end.detail for end in ends] == ["train: found 'nothing', expected a table"] * 2
    assert isinstance(events[-1], PreflightEnded)
    assert events[-1].verdict is Verdict.ERROR
    assert events[-1].baselines == {}


def test_baselines_that_cannot_be_measured_are_said_and_block() -> None:
    ended = run(Fake(), measure_baselines=blow_up)[-1]
    assert isinstance(ended, PreflightEnded)
    assert ended.verdict is Verdict.ERROR
    assert ended.detail.startswith("the trivial predictors could not be measured: RuntimeError")


def test_an_overridden_failure_does_not_block_and_keeps_its_verdict() -> None:
    events = run(Fake(), data=0.3, overrides={"fake": "known and accepted"})
    assert find_end(events).verdict is Verdict.FAIL
    assert find_end(events).overridden == "known and accepted"
    assert isinstance(events[-1], PreflightEnded)
    assert events[-1].verdict is Verdict.WARN


def test_an_override_of_a_check_that_passes_is_not_recorded() -> None:
    assert find_end(run(Fake(), overrides={"fake": "in case"})).overridden == ""


def test_a_check_that_cannot_be_imported_is_an_error() -> None:
    ended = find_end(run(Registered("gone", "Gone", "checks.no_such_module")))
    assert ended.verdict is Verdict.ERROR
    assert "checks.no_such_module" in ended.detail


def test_a_long_detail_is_cut() -> None:
    assert len(describe(ValueError("x" * 10_000))) == LONGEST_DETAIL
