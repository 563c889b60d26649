"""The stop as tables of times and rungs."""

import pytest

from amn_tui.run.guard_events import Rung
from amn_tui.run.ladder import Patience, begin_stop, climb, settle_patience

PATIENCE = Patience(request_s=10, grace_s=30, group_s=5)


@pytest.mark.parametrize(
    ("grace_s", "last_save_s", "request_s", "waits_s"),
    [(30, None, 10, 30), (30, 0.1, 10, 30), (30, 20.0, 10, 60), (4, None, 4, 4), (0, None, 0, 0)],
)
def test_patience_never_cuts_a_save_short(
    grace_s: float, last_save_s: float | None, request_s: float, waits_s: float
) -> None:
    patience = settle_patience(grace_s, last_save_s)
    assert (patience.request_s, patience.grace_s) == (request_s, waits_s)


@pytest.mark.parametrize(
    ("reads_control", "times_s", "rungs"),
    [
        (
            True,
            [0, 9.9, 10, 39, 40, 44, 45, 9999],
            ["request"] * 2 + ["term_main"] * 2 + ["term_group"] * 2 + ["kill_all"] * 2,
        ),
        (False, [0, 29, 30, 34, 35, 9999], ["term_main"] * 2 + ["term_group"] * 2 + ["kill_all"] * 2),
    ],
)
def test_each_rung_has_its_time(reads_control: bool, times_s: list[float], rungs: list[str]) -> None:
    stop = begin_stop(0.0, PATIENCE, trainer_reads_control=reads_control)
    climbed = []
    for time_s in times_s:
        stop = climb(stop, time_s)
        climbed.append(stop.rung)
    assert climbed == rungs


def test_asking_again_ends_the_wait_for_the_request_and_nothing_else() -> None:
    stop = begin_stop(0.0, PATIENCE, trainer_reads_control=True)
    stop = climb(stop, 1.0, asked_again=True)
    assert stop.rung is Rung.TERM_MAIN
    assert climb(stop, 2.0, asked_again=True) is stop
