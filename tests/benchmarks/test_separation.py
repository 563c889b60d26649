from collections.abc import Sequence

import pytest

from benchmarks.broken_data import read_material
from benchmarks.separation import Outcome, choose_variants, find_bounds, list_floors, run_variant


@pytest.mark.slow
def test_after_one_epoch_a_gate_of_the_demo_plan_stands_between_every_broken_run_and_the_healthy_one() -> None:
    material = read_material()
    outcomes = [run_variant(variant, material, seed=0) for variant in choose_variants()]
    assert [outcome.variant for outcome in outcomes if outcome.sound] == ["healthy"]
    assert len(outcomes) == 6
    floors = list_floors()
    assert set(floors) == {"val_cosine", "train_cosine"}
    broken, healthy = find_bounds(outcomes, "train_cosine")
    assert broken + 0.005 < floors["train_cosine"] < healthy - 0.005
    stopped = [
        outcome.variant
        for outcome in outcomes
        if any(outcome.values[metric] < floor for metric, floor in floors.items())
    ]
    assert stopped == [outcome.variant for outcome in outcomes if not outcome.sound]


@pytest.mark.parametrize(("broken", "apart"), [((0.2, 0.3), True), ((0.2, 0.5), False)])
def test_runs_are_apart_when_the_best_broken_one_is_below_the_worst_healthy_one(
    broken: Sequence[float], apart: bool
) -> None:
    outcomes = [Outcome("broken", seed, False, {"m": value}) for seed, value in enumerate(broken)]
    outcomes += [Outcome("healthy", seed, True, {"m": value}) for seed, value in enumerate((0.4, 0.45))]
    best, worst = find_bounds(outcomes, "m")
    assert (best, worst) == (max(broken), 0.4)
    assert (best < worst) == apart
