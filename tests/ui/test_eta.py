"""How long it still takes is measured: from the logged seconds, else from the stamps, else unknown."""

from dataclasses import replace
from types import ModuleType

import pytest

from amn_tui.run.fold import fold
from amn_tui.run.model import Logged, Run
from amn_tui.ui.eta import count_done, estimate_left_s, is_going, measure_elapsed_s, measure_epoch_s
from trainer.events import EpochEnded, Stepped


def test_from_the_seconds_of_the_newest_epochs(ui: ModuleType) -> None:
    run = ui.make_run([*ui.guard(), *(ui.epoch(n, 0.5, seconds=100.0 * n) for n in range(1, 8))])
    assert measure_epoch_s(run.curve) == pytest.approx(500.0)
    assert run.last_line_at is not None
    assert estimate_left_s(run, run.last_line_at) == pytest.approx(13 * 500.0)
    assert estimate_left_s(run, run.last_line_at + 60) == pytest.approx(13 * 500.0 - 60)
    assert estimate_left_s(run, run.last_line_at + 1e9) == 0.0


def test_a_step_counts_as_a_share_of_its_epoch(ui: ModuleType) -> None:
    run = ui.make_run([*ui.epochs([0.5, 0.5]), ui.step(3, 10210)])
    assert count_done(run.curve) == pytest.approx(2.5)
    assert run.last_line_at is not None
    assert estimate_left_s(run, run.last_line_at) == pytest.approx(17.5 * 1228.1)


def test_in_the_first_epoch_from_the_stamps(ui: ModuleType) -> None:
    run = ui.make_run([*ui.guard(), Logged(Stepped(1, 20, 100, 400, {}, ui.BEGAN + 58))])
    assert estimate_left_s(run, ui.BEGAN + 58, until=1) == pytest.approx(150.0)
    assert estimate_left_s(run, ui.BEGAN + 58) == pytest.approx(50 / 0.25 * 19.75)


def test_a_run_that_goes_on_from_a_checkpoint_is_not_over_because_its_last_line_is_old(ui: ModuleType) -> None:
    run = ui.make_run([*ui.guard(), *(ui.epoch(n, 0.5, seconds=100.0) for n in range(1, 6))])
    assert run.last_line_at is not None
    resumed = replace(run, started_at=run.last_line_at + 1e6)
    assert estimate_left_s(resumed, run.last_line_at + 1e6 + 4) == pytest.approx(15 * 100.0 - 4)


def test_lines_that_came_all_at_once_say_nothing(ui: ModuleType) -> None:
    run = ui.make_run([*ui.guard(), Logged(Stepped(1, 20, 100, 400, {}, ui.BEGAN))])
    assert estimate_left_s(replace(run, started_at=run.last_line_at), ui.BEGAN) is None


def test_nothing_measured_is_nothing_said(ui: ModuleType) -> None:
    assert estimate_left_s(Run("/x"), 0.0) is None
    assert estimate_left_s(ui.make_run(ui.guard()), ui.BEGAN) is None
    assert estimate_left_s(fold(Run("/x"), [Logged(EpochEnded(1, 20, {"seconds": float("nan")}))]), 0.0) is None
    assert estimate_left_s(ui.make_run(ui.epochs(ui.HEALTHY)), ui.BEGAN) is None  # all done


def test_the_clock_ticks_only_while_the_run_is_known_to_go_on(ui: ModuleType) -> None:
    going = ui.make_run(ui.healthy())
    assert is_going(going)
    assert measure_elapsed_s(going, ui.BEGAN + 100) == pytest.approx(92.0)
    assert is_going(ui.make_run(ui.checking()))
    for events in (ui.completed(), ui.blocked(), []):
        assert not is_going(ui.make_run(events))
    ended = ui.make_run(ui.completed())
    assert measure_elapsed_s(ended, ui.BEGAN + 1e6) == pytest.approx(24592.0)
    bare = ui.make_run(ui.epochs([0.5, 0.51]))  # a log alone is as old as its last line
    assert not is_going(bare)
    assert measure_elapsed_s(bare, ui.BEGAN + 1e6) == pytest.approx(1228.1)
    assert measure_elapsed_s(Run("/x"), 5.0) is None


def test_a_trainer_that_outlives_its_guard_goes_on(ui: ModuleType) -> None:
    run = ui.make_run([*ui.healthy(), *ui.guard(alive=False)[2:]])
    assert run.unguarded
    assert is_going(run)
    assert run.guard is not None
    assert not is_going(replace(run, guard=replace(run.guard, trainer_alive=False)))
