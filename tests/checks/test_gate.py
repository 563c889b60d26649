import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import checks.gate
from checks.gate import Action, Gate, Judgement, Reading, judge
from checks.verdict import Verdict

NAN, INF = math.nan, math.inf


def read(*values: float | None, metric: str = "val_cosine", first: int = 1) -> list[Reading]:
    """Return one reading per epoch; None is an epoch that did not carry the metric."""
    return [Reading(first + n, {} if v is None else {metric: v}) for n, v in enumerate(values)]


def bad_init(**changes: Any) -> Gate:
    given_ = {
        "name": "bad init",
        "metric": "val_cosine",
        "at": 1,
        "floor": 0.45,
        "healthy": 0.48,
        "on_fail": Action.ABORT,
    }
    return Gate(**{**given_, **changes})


@pytest.mark.parametrize(
    ("value", "verdict", "words"),
    [
        (0.52, Verdict.PASS, "val_cosine 0.52 is >= 0.45"),
        (0.48, Verdict.PASS, "val_cosine 0.48 is >= 0.45"),
        (0.47, Verdict.WARN, "val_cosine 0.47 holds, but 0.48 is healthy"),
        (0.45, Verdict.WARN, "val_cosine 0.45 holds, but 0.48 is healthy"),
        (0.44996, Verdict.FAIL, "val_cosine 0.44996 must be >= 0.45"),
        (0.445686, Verdict.FAIL, "val_cosine 0.445686 must be >= 0.45"),
        (-0.1, Verdict.FAIL, "val_cosine -0.1 must be >= 0.45"),
        (NAN, Verdict.FAIL, "val_cosine nan is not finite and must be >= 0.45"),
        (-INF, Verdict.FAIL, "val_cosine -inf is not finite and must be >= 0.45"),
        (INF, Verdict.FAIL, "val_cosine inf is not finite and must be >= 0.45"),
    ],
)
def test_a_floor_with_a_healthy_zone(value: float, verdict: Verdict, words: str) -> None:
    judgement = judge(bad_init(), read(value), {})
    assert (judgement.verdict, judgement.words) == (verdict, words)
    assert judgement.epoch == 1
    assert judgement.floor == 0.45


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0.1, Verdict.PASS),
        (0.9, Verdict.PASS),
        (0.93, Verdict.WARN),
        (0.95, Verdict.WARN),
        (0.951, Verdict.FAIL),
        (NAN, Verdict.FAIL),
    ],
)
def test_a_ceiling_with_a_healthy_zone(value: float, verdict: Verdict) -> None:
    gate = Gate(name="g", metric="m", start=1, ceiling=0.95, healthy=0.9, on_fail=Action.ABORT)
    assert judge(gate, read(value, metric="m"), {}).verdict is verdict


@pytest.mark.parametrize(
    ("value", "verdict", "margin"), [(0.5, Verdict.PASS, 0.1), (0.65, Verdict.FAIL, -0.05), (0.3, Verdict.FAIL, -0.1)]
)
def test_both_bounds_and_how_far_inside(value: float, verdict: Verdict, margin: float) -> None:
    gate = Gate(name="g", metric="m", at=1, floor=0.4, ceiling=0.6, on_fail=Action.ABORT)
    judgement = judge(gate, read(value, metric="m"), {})
    assert judgement.verdict is verdict
    assert judgement.margin == pytest.approx(margin)


@pytest.mark.parametrize("action", [Action.WARN, Action.ADVISE])
def test_a_gate_that_may_not_stop_the_run_only_warns(action: Action) -> None:
    judgement = judge(bad_init(on_fail=action), read(0.2), {})
    assert judgement.verdict is Verdict.WARN
    assert judgement.words == "val_cosine 0.2 must be >= 0.45"


@pytest.mark.parametrize(
    ("readings", "ended", "verdict", "words"),
    [
        ([], False, None, "not yet: epoch 3"),
        (read(0.5, 0.5), False, None, "not yet: epoch 3"),
        (read(0.5, 0.5), True, None, "not yet: epoch 3"),  # it ended before the gate was due
        (read(0.1, 0.1, 0.5), False, Verdict.PASS, "val_cosine 0.5 is >= 0.45"),
        (read(0.5, 0.5, 0.1), False, Verdict.FAIL, "val_cosine 0.1 must be >= 0.45"),
        (read(0.5, 0.5, 0.5, 0.1), False, Verdict.PASS, "val_cosine 0.5 is >= 0.45"),  # only its own epoch counts
        (
            [*read(0.5), *read(0.1, first=4)],
            False,
            Verdict.FAIL,
            "val_cosine 0.1 must be >= 0.45",
        ),  # epoch 3 was skipped
        (read(0.5, 0.5, None), False, None, "not yet: epoch 3"),
        (read(0.5, 0.5, None), True, Verdict.ERROR, "val_cosine never came"),
        (read(0.5, 0.5, None, 0.4), False, Verdict.FAIL, "val_cosine 0.4 must be >= 0.45"),  # judged when it comes
        ([*read(0.5), Reading(3, {"val_cosine": 0.1}, step=10)], False, None, "not yet: epoch 3"),  # within the epoch
    ],
)
def test_at_an_epoch(readings: Sequence[Reading], ended: bool, verdict: Verdict | None, words: str) -> None:
    gate = bad_init(at=3, healthy=None)
    judgement = judge(gate, readings, {}, ended=ended)
    assert (judgement.verdict, judgement.words) == (verdict, words)


@pytest.mark.parametrize(
    ("values", "patience", "verdict"),
    [
        ((0.5, 0.5, 0.5), 1, Verdict.PASS),
        ((0.1, 0.5, 0.5), 1, Verdict.PASS),  # before its start
        ((0.5, 0.1, 0.5), 1, Verdict.FAIL),  # once failed, a gate that may stop the run stays failed
        ((0.5, 0.1, 0.5), 2, Verdict.PASS),
        ((0.5, 0.5, 0.1), 2, Verdict.WARN),
        ((0.5, 0.1, 0.1), 2, Verdict.FAIL),
        ((0.5, 0.1, 0.1, 0.6, 0.6), 2, Verdict.FAIL),
        ((0.5, 0.1, 0.5, 0.1, 0.5), 2, Verdict.PASS),
        ((0.5, NAN, NAN), 2, Verdict.FAIL),
        ((0.5, 0.1, None, 0.1), 2, Verdict.FAIL),  # an epoch without the metric does not break the row
    ],
)
def test_from_an_epoch_with_patience(values: tuple[float | None, ...], patience: int, verdict: Verdict) -> None:
    gate = Gate(name="g", metric="val_cosine", start=2, floor=0.45, patience=patience, on_fail=Action.ABORT)
    assert judge(gate, read(*values), {}).verdict is verdict


def test_the_row_of_misses_is_said() -> None:
    gate = Gate(name="g", metric="val_cosine", start=1, floor=0.45, patience=3, on_fail=Action.ABORT)
    assert judge(gate, read(0.5, 0.1, 0.2), {}).words == "val_cosine 0.2 must be >= 0.45 (miss 2 of 3)"


def test_a_warning_follows_the_latest_reading() -> None:
    gate = Gate(name="g", metric="val_cosine", start=1, floor=0.45)
    assert judge(gate, read(0.1), {}).verdict is Verdict.WARN
    assert judge(gate, read(0.1, 0.5), {}).verdict is Verdict.PASS


def test_the_judgement_that_stays_is_the_one_that_fired() -> None:
    gate = Gate(name="g", metric="val_cosine", start=1, floor=0.45, on_fail=Action.ABORT)
    judgement = judge(gate, read(0.5, 0.1, 0.6, 0.2), {})
    assert (judgement.epoch, judgement.value) == (2, 0.1)


def test_every_looks_within_epochs_too() -> None:
    gate = Gate(name="finite", metric="nonfinite", start=1, ceiling=0, on_fail=Action.ABORT)
    assert gate.when == "every"
    assert judge(gate, [Reading(1, {"nonfinite": 1.0}, step=100)], {}).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("bound", "names", "value", "verdict", "floor"),
    [
        ("baseline.copy_last + 0.02", {"baseline.copy_last": 0.5}, 0.53, Verdict.PASS, 0.52),
        ("baseline.copy_last + 0.02", {"baseline.copy_last": 0.5}, 0.51, Verdict.FAIL, 0.52),
        ("0.70 * baseline.context_next", {"baseline.context_next": 0.6}, 0.42, Verdict.PASS, 0.42),
        ("0.70 * baseline.context_next", {"baseline.context_next": 0.6}, 0.41, Verdict.FAIL, 0.42),
        ("baseline.copy_last", {}, 0.9, Verdict.ERROR, None),
        ("baseline.copy_last", {"baseline.copy_last": NAN}, 0.9, Verdict.ERROR, None),
        ("train_cosine - 0.1", {"train_cosine": 9.0}, 0.45, Verdict.PASS, 0.4),  # the reading's own numbers come first
    ],
)
def test_a_bound_relative_to_a_measured_number(
    bound: str, names: dict[str, float], value: float, verdict: Verdict, floor: float | None
) -> None:
    gate = Gate(name="g", metric="val_cosine", at=1, floor=bound, on_fail=Action.ABORT)
    judgement = judge(gate, [Reading(1, {"val_cosine": value, "train_cosine": 0.5})], names)
    assert judgement.verdict is verdict
    assert judgement.floor == floor
    if verdict is Verdict.ERROR:
        assert judgement.words == "baseline.copy_last was not measured"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"floor": None, "healthy": None}, "needs a floor or a ceiling"),
        ({"at": None}, "exactly one of"),
        ({"start": 2}, "exactly one of"),
        ({"at": 0}, "counted from 1"),
        ({"at": -1}, "counted from 1"),
        ({"patience": 0}, "counted from 1"),
        ({"floor": 0.7, "ceiling": 0.6, "healthy": None}, "floor 0.7 is above ceiling 0.6"),
        ({"healthy": 0.4}, "healthy 0.4 is below floor 0.45"),
        ({"floor": NAN}, "finite"),
        ({"ceiling": INF}, "finite"),
        ({"floor": "baseline ** 2"}, "expected a number or"),
        ({"floor": "__import__('os')"}, "expected a number or"),
    ],
)
def test_a_gate_that_cannot_be_judged_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("*", r"\*")):
        bad_init(**changes)


@pytest.mark.parametrize(
    ("timing", "words"), [({"at": 3}, "epoch 3"), ({"start": 1}, "every"), ({"start": 3}, "from epoch 3")]
)
def test_when_in_words(timing: dict[str, Any], words: str) -> None:
    assert Gate(name="g", metric="m", floor=0.0, **timing).when == words


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
BOUNDS = st.one_of(st.none(), st.floats(-2, 2), st.sampled_from(["a", "0.5 * a + 0.1", "baseline.b - 1"]))
READINGS = st.lists(
    st.builds(
        Reading,
        st.integers(0, 12),
        st.dictionaries(st.sampled_from(["m", "a", "other"]), NUMBERS),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    max_size=12,
)


@settings(deadline=None)  # a busy machine is no failure
def judge_by_walking(gate: Gate, readings: Sequence[Reading], names: dict[str, float], *, ended: bool) -> Judgement:
    """Judge as the rule is written, every reading anew."""
    due = [r for r in readings if checks.gate._is_due(gate, r) and gate.metric in r.values]
    due = due[:1] if gate.at is not None else due
    if not due:
        return checks.gate._unjudged(gate, readings, ended)
    missed = 0
    for judgement in (checks.gate._hold(gate, reading, names) for reading in due):
        missed = missed + 1 if judgement.verdict in (Verdict.FAIL, Verdict.ERROR) else 0
        if missed >= gate.patience and gate.on_fail is Action.ABORT:
            return judgement
    return checks.gate._soften(gate, judgement, missed)


@given(
    st.fixed_dictionaries(
        {
            "floor": BOUNDS, "ceiling": BOUNDS, "healthy": BOUNDS, "patience": st.integers(1, 4),
            "on_fail": st.sampled_from(Action), "epoch": st.integers(1, 9), "at_epoch": st.booleans(),
        }
    ),
    READINGS,
    st.dictionaries(st.sampled_from(["a", "baseline.b"]), NUMBERS),
    st.booleans(),
)  # fmt: skip
def test_judging_never_raises_and_an_ended_run_is_never_silently_green(
    drawn: dict[str, Any], readings: list[Reading], names: dict[str, float], ended: bool
) -> None:
    timing = {"at" if drawn.pop("at_epoch") else "start": drawn.pop("epoch")}
    try:
        gate = Gate(name="g", metric="m", **drawn, **timing)
    except ValueError:
        return
    judgement = judge(gate, readings, names, ended=ended)
    assert isinstance(judgement, Judgement)
    assert repr(judgement) == repr(judge_by_walking(gate, readings, names, ended=ended))
    if judgement.verdict is Verdict.PASS:
        assert judgement.value is not None
        assert not math.isnan(judgement.value)
        assert judgement.floor is None or judgement.value >= judgement.floor
        assert judgement.ceiling is None or judgement.value <= judgement.ceiling
    if judgement.verdict is Verdict.FAIL:
        assert gate.on_fail is Action.ABORT
