import pytest

from benchmarks.broken_data import read_material
from benchmarks.separation import Outcome, choose_variants, list_missed, read_gates, run_variant, summarize

NEAREST = {"healthy": [], "off by one (t+2)": ["bad init (train)"], "unnormalised vectors": ["too good (train)"]}


@pytest.mark.slow
def test_after_one_epoch_the_runs_nearest_to_a_healthy_one_miss_a_gate_of_the_demo_plan_and_it_misses_none() -> None:
    material, gates = read_material(), read_gates()
    chosen = [variant for variant in choose_variants() if variant.name in NEAREST]  # make separation runs them all
    outcomes = [run_variant(variant, material, seed=0) for variant in chosen]
    assert {outcome.variant: list_missed(outcome, gates) for outcome in outcomes} == NEAREST
    train = {outcome.variant: outcome.values["train_cosine"] for outcome in outcomes}
    healthy = train.pop("healthy")
    assert min(abs(value - healthy) for value in train.values()) > 0.015  # three times what seeds differ by


def make_outcome(**values: float) -> Outcome:
    return Outcome("any", 0, True, {"val_cosine": 0.51, "train_cosine": 0.45, **values})


@pytest.mark.parametrize(
    ("values", "missed"),
    [
        ({}, []),
        ({"train_cosine": 0.437}, []),  # below what is healthy, but not missed
        ({"train_cosine": 0.43}, ["bad init (train)"]),
        ({"train_cosine": 0.48}, ["too good (train)"]),
        ({"val_cosine": 0.44}, ["bad init"]),
        ({"val_cosine": float("nan")}, ["bad init"]),
    ],
)
def test_a_run_misses_the_gates_whose_bounds_it_breaks(values: dict[str, float], missed: list[str]) -> None:
    assert list_missed(make_outcome(**values), read_gates()) == missed


def test_seeds_are_summed_up_by_the_least_and_the_greatest() -> None:
    assert summarize([make_outcome(val_cosine=value) for value in (0.5, 0.4, 0.45)], "val_cosine") == "0.400-0.500"
