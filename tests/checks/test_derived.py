import math

import pytest

from checks.derived import derive, limit_silence_s, list_built_in_gates
from checks.gate import Action, Reading, judge
from checks.verdict import Verdict

NAN = math.nan


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 0),
        ({"loss": 0.1}, 0),
        ({"loss": NAN}, 1),
        ({"loss": math.inf, "cosine": NAN, "lr": 0.1}, 2),
        ({"a": -math.inf}, 1),
    ],
)
def test_nonfinite_counts_values_that_are_no_numbers(values: dict[str, float], count: int) -> None:
    assert derive([], Reading(1, values)).values["nonfinite"] == count


@pytest.mark.parametrize(
    ("shares", "largest"),
    [
        ({"mse_share": 1.0}, None),
        ({"mse_share": 1.0, "info_share": 0.0}, None),  # one term is on
        ({"mse_share": 0.55, "variance_share": 0.45}, 0.55),
        ({"mse_share": 0.001, "info_share": 0.999}, 0.999),
    ],
)
def test_the_largest_share_is_told_while_several_terms_are_on(shares: dict[str, float], largest: float | None) -> None:
    assert derive([], Reading(1, shares)).values.get("max_share") == largest


def test_drop_and_best_follow_the_epochs() -> None:
    readings: list[Reading] = []
    for epoch, cosine in enumerate((0.5, 0.55, 0.52, 0.6), 1):
        readings.append(derive(readings, Reading(epoch, {"val_cosine": cosine})))
    assert [r.values.get("drop") for r in readings] == [None, -0.05, 0.03, -0.08]
    assert [r.values["best"] for r in readings] == [0.5, 0.55, 0.55, 0.6]


def test_a_reading_within_an_epoch_has_neither_and_is_no_epoch_before() -> None:
    within = derive([Reading(1, {"val_cosine": 0.9}, step=5)], Reading(1, {"val_cosine": 0.5}))
    assert "drop" not in within.values
    assert "best" not in derive([], Reading(1, {"val_cosine": 0.5}, step=3)).values


def test_the_given_reading_stays_as_it_is() -> None:
    values = {"loss": 1.0}
    derive([], Reading(1, values))
    assert values == {"loss": 1.0}


@pytest.mark.parametrize(("gaps_s", "limit_s"), [([], 600), ([1.0, 2.0, 3.0], 600), ([100.0, 200.0, 300.0], 1000)])
def test_silence_is_five_median_gaps_or_ten_minutes(gaps_s: list[float], limit_s: float) -> None:
    assert limit_silence_s(gaps_s) == limit_s


def list_verdicts(readings: list[Reading], baselines: dict[str, float]) -> dict[str, Verdict | None]:
    derived: list[Reading] = []
    for reading in readings:
        derived.append(derive(derived, reading))
    return {gate.name: judge(gate, derived, baselines).verdict for gate in list_built_in_gates(baselines)}


@pytest.mark.parametrize(
    ("values", "name", "verdict"),
    [
        ([{"loss": 0.1}], "finite", Verdict.PASS),
        ([{"loss": NAN}], "finite", Verdict.FAIL),
        ([{"val_cosine": 0.5}, {"val_cosine": 0.481}], "collapse", Verdict.PASS),
        ([{"val_cosine": 0.5}, {"val_cosine": 0.47}], "collapse", Verdict.FAIL),
        ([{"val_cosine": 0.5}, {"val_cosine": 0.47}, {"val_cosine": 0.6}], "collapse", Verdict.FAIL),
        ([{"seconds_since_line": 700.0, "silence_limit_s": 600.0}], "silence", Verdict.WARN),
        ([{"seconds_since_line": 500.0, "silence_limit_s": 600.0}], "silence", Verdict.PASS),
        ([{"disk_free_gb": 0.2, "disk_needed_gb": 0.5}], "disk space", Verdict.WARN),
        ([{"disk_free_gb": 0.6, "disk_needed_gb": 0.5}], "disk space", Verdict.PASS),
        ([{"mse_share": 0.001, "info_share": 0.999}], "dominance", Verdict.WARN),
        ([{"config_drift": 1.0}], "executed plan", Verdict.WARN),
        ([{"val_cosine": 0.55}], "beats trivial", Verdict.WARN),
        ([{"val_cosine": 0.61}], "beats trivial", Verdict.PASS),
        ([{"val_cosine": 0.71}], "too good", Verdict.WARN),
        ([{"val_cosine": 0.69}], "too good", Verdict.PASS),
    ],
)
def test_built_in_gates(values: list[dict[str, float]], name: str, verdict: Verdict) -> None:
    baselines = {"baseline.mean_of_context": 0.6, "baseline.copy_last": 0.54, "baseline.global_mean": 0.18}
    readings = [Reading(epoch, numbers) for epoch, numbers in enumerate(values, 1)]
    assert list_verdicts(readings, baselines)[name] is verdict


def test_without_baselines_there_is_no_gate_on_them() -> None:
    names = [gate.name for gate in list_built_in_gates({})]
    assert "finite" in names
    assert "beats trivial" not in names


def test_only_collapse_and_nonfinite_stop_a_run() -> None:
    gates = list_built_in_gates({"baseline.copy_last": 0.5})
    assert {gate.name for gate in gates if gate.on_fail is Action.ABORT} == {"finite", "collapse"}
    assert all(gate.advice for gate in gates)
