"""Judging each reading as it comes says what judging the whole curve says, and costs no more late than early."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run import supervision_gates
from amn_tui.run.supervision_gates import Judged, hear, judge_end, judge_live, remember
from checks.derived import list_built_in_gates
from checks.gate import Action, Gate, Judgement, Reading, judge
from checks.verdict import Verdict
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Stepped

GATES = (
    Gate(name="at", metric="val_cosine", at=2, floor=0.45, healthy=0.5, on_fail=Action.ABORT),
    Gate(name="from", metric="val_cosine", start=2, floor=0.4, on_fail=Action.ABORT),
    Gate(name="patient", metric="val_cosine", start=1, floor=0.45, patience=2, on_fail=Action.ABORT),
    Gate(name="warn", metric="val_cosine", start=1, ceiling=0.6, patience=3),
    Gate(name="finite", metric="nonfinite", start=1, ceiling=0, on_fail=Action.ABORT),
    Gate(name="other", metric="other", at=1, floor=0, on_fail=Action.ABORT),
)
COSINES = st.sampled_from([0.3, 0.42, 0.47, 0.55, 0.7, math.nan])


def end(epoch: int, **values: float) -> EpochEnded:
    return EpochEnded(epoch, 20, values)


def hear_all(events: Sequence[LogEvent], gates: tuple[Gate, ...] = GATES) -> Judged:
    judged = Judged(gates, {})
    for event in events:
        judged = hear(judged, event)
    return judged


@given(st.lists(COSINES, max_size=8))
def test_each_by_each_is_as_all_at_once(cosines: list[float]) -> None:
    judged = hear_all([end(epoch, val_cosine=cosine) for epoch, cosine in enumerate(cosines, start=1)])
    for gate in GATES:
        verdict = judge(gate, judged.curve.readings, {}).verdict
        assert judged.told.get(gate.name) is verdict
        assert (gate.name in judged.failed) is (verdict is Verdict.FAIL)


@given(st.lists(st.tuples(st.integers(1, 5), COSINES), max_size=8))
def test_late_and_repeated_epochs_never_lose_a_failure(epochs: list[tuple[int, float]]) -> None:
    judged = hear_all([end(epoch, val_cosine=cosine) for epoch, cosine in epochs])
    for gate in GATES:
        if judge(gate, judged.curve.readings, {}).verdict is Verdict.FAIL:
            assert gate.name in judged.failed


def test_a_bad_step_that_the_next_one_covers_is_a_failure_that_stays() -> None:
    steps = [Stepped(1, 20, n, 9, {"loss": math.nan if n == 2 else 0.1}) for n in range(1, 5)]
    judged = hear_all(steps)
    assert list(judged.failed) == ["finite"]
    assert [(gate.name, j.verdict) for gate, j in judged.unsaid] == [("finite", Verdict.PASS), ("finite", Verdict.FAIL)]


def test_a_long_run_costs_no_more_than_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = hear_all([end(epoch, val_cosine=0.55) for epoch in range(1, 1001)])
    sizes: list[int] = []

    def count(gate: Gate, readings: Sequence[Reading], names: dict[str, float]) -> Judgement:
        sizes.append(len(readings))
        return judge(gate, readings, names)

    monkeypatch.setattr(supervision_gates, "judge", count)
    judged = hear(judged, end(1001, val_cosine=0.55))
    hear(judged, Stepped(1002, 2000, 1, 9, {"loss": 0.1}))
    assert max(sizes) <= 3


def test_what_failed_in_an_earlier_part_is_over_and_what_fails_anew_is_not() -> None:
    earlier = [end(1, val_cosine=0.55), end(2, val_cosine=0.35)]
    judged = remember(Judged(GATES, {}), earlier)
    assert judged.past == {"at", "from"}
    assert judged.unsaid == ()
    judged = hear(judged, Configured({}))
    judged = hear(judged, end(3, val_cosine=0.55))
    assert dict(judged.failed) == {}
    assert judged.told["from"] is Verdict.PASS
    judged = hear(judged, end(4, val_cosine=0.39))
    assert list(judged.failed) == ["from"]
    assert [reading.epoch for reading in judged.curve.epochs] == [1, 2, 3, 4]


def test_the_clock_and_the_configuration_are_judged_on_every_look() -> None:
    gates = (
        Gate(name="stall", metric="seconds_since_line", start=1, ceiling=10, on_fail=Action.ABORT),
        Gate(name="drift", metric="config_drift", start=1, ceiling=0),
    )
    judged = hear_all([Configured({"lr": "0.2"}), end(1, val_cosine=0.5)], gates)
    judged = judge_live(judged, Reading(1, {"seconds_since_line": 5.0, "config_drift": 1.0}, 0), {"lr": 0.1})
    assert judged.told == {"stall": Verdict.PASS, "drift": Verdict.WARN}
    assert judged.unsaid[-1][1].words == "lr is 0.2, planned 0.1"
    judged = judge_live(judged, Reading(1, {"seconds_since_line": 11.0}, 0), {})
    assert list(judged.failed) == ["stall"]


def test_at_the_end_only_a_metric_that_never_came_is_judged() -> None:
    judged = hear_all([end(2, val_cosine=0.55)])
    assert [(gate.name, j.verdict, j.words) for gate, j in judge_end(judged)] == [
        ("other", Verdict.ERROR, "other never came")
    ]


RESCORE = tuple(gate for gate in list_built_in_gates({}, rescored=True) if gate.name == "re-score")


@pytest.mark.parametrize(("gap", "verdict"), [(0.0, Verdict.PASS), (2e-4, Verdict.FAIL), (math.nan, Verdict.FAIL)])
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_checkpoint_that_scores_otherwise_is_a_failure_however_late_it_is_known(
    epochs: int, gap: float, verdict: Verdict
) -> None:
    log: list[LogEvent] = [end(epoch, val_cosine=0.5) for epoch in range(1, epochs + 1)]
    judged = hear_all([*log, Rescored("best", 1, 0.5 - gap, gap)], RESCORE)
    assert judged.told == {"re-score": verdict}
    assert list(judged.failed) == (["re-score"] if verdict is Verdict.FAIL else [])


def test_a_score_that_failed_before_the_run_went_on_is_judged_anew() -> None:
    judged = remember(Judged(RESCORE, {}), [end(1, val_cosine=0.5), Rescored("best", 1, 0.4, 0.1)])
    assert judged.failed == {}
    for event in (Configured({}), end(2, val_cosine=0.5), Rescored("best", 2, 0.4, 0.1)):
        judged = hear(judged, event)
    assert list(judged.failed) == ["re-score"]
