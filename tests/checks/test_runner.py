import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from checks.errors import InputError
from checks.examination import LONGEST_DETAIL, describe
from checks.finding import Finding
from checks.registry import Bottleneck, Broken, Registered
from checks.result import (
    CheckEnded,
    CheckProgressed,
    CheckStarted,
    Control,
    Measurement,
    PreflightEnded,
    PreflightEvent,
    PreflightStarted,
)
from checks.runner import Preflight, run_preflight
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
    bottleneck: Bottleneck = Bottleneck.MEMORY
    kept: bool = True

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
    ended = run_preflight(Preflight(**{**given, **changes}))
    assert "emit" in changes or ended is events[-1]
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
            {"value": 0.75}, "at least the floor", "value 0.75", 3.0, control_seconds=1.0,
        ),
        PreflightEnded(6.0, Verdict.PASS, {"copy_last": 0.54}, 5.0),
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


def meet(barrier: threading.Barrier) -> Callable[..., Any]:
    """Return a measure that ends only when another one runs at the same time."""

    def wait(data: Any, progress: Any) -> Mapping[str, Any]:
        progress(0.5, "here")
        barrier.wait(timeout=30)
        return {"value": data}

    return wait


def test_checks_of_different_bottlenecks_run_side_by_side() -> None:
    barrier = threading.Barrier(2)
    # The control waits too: two and two meet.
    reading = Fake("reading", functions={"measure": meet(barrier)})
    multiplying = Fake("multiplying", functions={"measure": meet(barrier)}, bottleneck=Bottleneck.PROCESSOR)
    events = run(reading, multiplying, cores=2)
    assert isinstance(events[0], PreflightStarted)
    assert isinstance(events[-1], PreflightEnded)
    assert events[-1].verdict is Verdict.PASS
    for name in ("reading", "multiplying"):
        kinds = [type(event) for event in events[1:-1] if event.check == name]  # type: ignore[union-attr]
        assert kinds == [CheckStarted, CheckProgressed, CheckProgressed, CheckEnded]


@pytest.mark.parametrize(("cores", "kinds"), [(1, set(Bottleneck)), (9, {Bottleneck.MEMORY})])
def test_checks_of_one_bottleneck_or_on_one_core_run_in_turn(cores: int, kinds: set[Bottleneck]) -> None:
    at_work: list[str] = []

    def work(data: Any, progress: Any) -> Mapping[str, Any]:
        at_work.append(threading.current_thread().name)
        return {"value": data}

    checks = [
        Fake(f"check {i}", functions={"measure": work}, bottleneck=b) for i, b in enumerate(sorted(kinds, key=str))
    ]
    events = run(*checks, Fake("last"), cores=cores)
    started = [event.check for event in events if isinstance(event, CheckStarted)]
    assert started == [*(check.name for check in checks), "last"]
    assert set(at_work) == {threading.current_thread().name}  # no thread is started for nothing


def test_an_error_in_one_lane_leaves_the_other_alone() -> None:
    events = run(
        Fake("bad", functions={"measure": blow_up}), Fake("good", bottleneck=Bottleneck.PROCESSOR),
        Fake("later", bottleneck=Bottleneck.PROCESSOR), cores=2,
    )  # fmt: skip
    ends = {event.check: event.verdict for event in events if isinstance(event, CheckEnded)}
    assert ends == {"bad": Verdict.ERROR, "good": Verdict.PASS, "later": Verdict.PASS}


def test_events_are_given_on_one_at_a_time() -> None:
    inside, most = [0], [0]

    def emit(event: PreflightEvent) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        threading.Event().wait(0.001)
        inside[0] -= 1

    checks = [Fake(f"check {i}", bottleneck=bottleneck) for i in range(4) for bottleneck in Bottleneck]
    run(*checks, cores=2, emit=emit)
    assert most == [1]


def test_where_events_cannot_be_written_every_lane_halts() -> None:
    started: list[str] = []

    def emit(event: PreflightEvent) -> None:
        if isinstance(event, CheckStarted):
            started.append(event.check)
            raise OSError("the disk is full")

    checks = [Fake(f"{bottleneck.value} {i}", bottleneck=bottleneck) for i in range(20) for bottleneck in Bottleneck]
    with pytest.raises(OSError, match="the disk is full"):
        run(*checks, cores=2, emit=emit)
    assert len(started) <= 2


KEPT = Measurement("fake", {"value": 0.6}, "value lowered", {"value": -0.4}, 1234.5)


def test_what_is_kept_is_judged_anew_without_opening_the_data() -> None:
    known = {"fake": KEPT, "baselines": Measurement("baselines", {"copy_last": 0.5}, "", {}, 1234.5)}
    events = run(Fake(), recall=known.get, open_data=refuse, keep=blow_up)
    ended = find_end(events)
    assert (ended.verdict, ended.measured, ended.measured_at) == (Verdict.PASS, {"value": 0.6}, 1234.5)
    assert ended.control == Control("value lowered", Verdict.FAIL, {"value": -0.4})
    assert isinstance(events[-1], PreflightEnded)
    assert events[-1].baselines == {"copy_last": 0.5}
    stricter = find_end(run(Fake(), recall=known.get, open_data=refuse, settings={"fake": {"floor": 0.7}}))
    assert stricter.verdict is Verdict.FAIL
    laxer = find_end(run(Fake(), recall=known.get, open_data=refuse, settings={"fake": {"floor": -1.0}}))
    assert laxer.verdict is Verdict.ERROR
    assert laxer.detail == "this check could not have failed: with value lowered it said PASS"


def test_kept_numbers_that_cannot_be_judged_are_an_error() -> None:
    ended = find_end(run(Fake(functions={"judge": blow_up}), recall={"fake": KEPT}.get))
    assert ended.verdict is Verdict.ERROR
    assert ended.measured_at == 1234.5


def test_what_was_measured_is_given_to_be_kept() -> None:
    kept: list[Any] = []
    checks = [
        Fake(), Fake("known"), Fake("broken", functions={"measure": blow_up}),
        Fake("unproved", functions={"control": blow_up}), Fake("of this machine", kept=False),
    ]  # fmt: skip
    run(
        *checks,
        recall={"known": KEPT, "of this machine": KEPT}.get,
        keep=lambda data, found: kept.append((data, found)),
    )
    ((data, found),) = kept
    assert data == 0.75
    assert {one.check: dict(one.numbers) for one in found} == {
        "fake": {"value": 0.75},
        "baselines": {"copy_last": 0.54},
    }
    assert found[0].control_numbers == {"value": -0.25}
