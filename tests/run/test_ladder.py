"""The stop as tables of times and rungs."""

import pytest

from amn_tui.run.guard_events import Rung
from amn_tui.run.ladder import Patience, Stop, begin_stop, climb, is_over, settle_patience, step

PATIENCE = Patience(request_s=10, grace_s=30, group_s=5)


@pytest.mark.parametrize(
    ("grace_s", "last_save_s", "request_s", "waits_s"),
    [(30, None, 10, 30), (30, 0.1, 10, 30), (30, 20.0, 10, 60), (4, None, 4, 4), (0, None, 0, 0)],
)
def test_patience_never_cuts_a_save_short(
    grace_s: float, last_save_s: float | None, request_s: float, waits_s: float
) -> None:
    patience = settle_patience(grace_s, last_save_s)
    assert (patience.request_s, patience.grace_s, patience.group_s) == (request_s, waits_s, 5)


@pytest.mark.parametrize(("last_save_s", "group_s"), [(None, 5), (0.1, 5), (20.0, 60)])
def test_those_whose_main_process_is_gone_may_save_when_the_group_is_told(
    last_save_s: float | None, group_s: float
) -> None:
    assert settle_patience(30, last_save_s, orphans=True).group_s == group_s


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


def test_the_first_rungs_wait_for_the_main_process_alone() -> None:
    for reads_control in (True, False):
        stop = begin_stop(0.0, PATIENCE, trainer_reads_control=reads_control)
        stop = climb(stop, 1.0, leftovers=True)
        assert (stop.rung, stop.since_s) == (Rung.TERM_GROUP, 1.0)
        assert climb(stop, 2.0, leftovers=True) is stop


def test_what_a_trainer_left_may_end_by_itself_first() -> None:
    stop = Stop(None, 0.0, PATIENCE)
    assert climb(stop, 29.9) is stop
    assert climb(stop, 30.0).rung is Rung.TERM_GROUP
    assert climb(stop, 1.0, asked_again=True).rung is Rung.TERM_GROUP


@pytest.mark.parametrize(
    ("rung", "now_s", "gone", "left", "forbidden", "over"),
    [
        (Rung.REQUEST, 1, True, (), (), True),
        (Rung.TERM_MAIN, 1, False, (), (), False),  # the sweep must have missed it
        (None, 1, True, (), (), True),
        (None, 1, True, (7,), (), False),
        (Rung.TERM_GROUP, 1, True, (7,), (7,), False),  # it has not been killed yet
        (Rung.KILL_ALL, 1, True, (7,), (), False),
        (Rung.KILL_ALL, 1, True, (7, 8), (7,), False),
        (Rung.KILL_ALL, 1, True, (7, 8), (7, 8, 9), True),
        (Rung.KILL_ALL, 1, False, (7,), (7,), True),  # the main process is somebody else's
        (Rung.KILL_ALL, 30, False, (7,), (), True),  # it hangs in the kernel
    ],
)
def test_when_a_stop_is_over(
    rung: Rung | None, now_s: float, gone: bool, left: tuple[int, ...], forbidden: tuple[int, ...], over: bool
) -> None:
    assert is_over(Stop(rung, 0.0, PATIENCE), now_s, gone=gone, left=left, forbidden=forbidden) is over


def test_a_step_does_not_wait_and_the_last_is_the_last() -> None:
    stop = Stop(None, 0.0, Patience(10, 30))
    rungs = []
    for now_s in range(1, 4):
        stop = step(stop, float(now_s))
        rungs.append((stop.rung, stop.since_s))
    assert rungs == [(Rung.TERM_GROUP, 1.0), (Rung.KILL_ALL, 2.0), (Rung.KILL_ALL, 2.0)]
    assert step(Stop(Rung.REQUEST, 0.0, Patience(10, 30)), 1.0).rung is Rung.TERM_MAIN
