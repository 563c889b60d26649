"""The next gate: the first that is ahead, in epochs and in a time that is measured and does not tick."""

from types import ModuleType

from amn_tui.ui.countdown import count_down, find_next_gate
from amn_tui.ui.glyphs import UNICODE
from amn_tui.ui.widgets.gate_list import GateList, draw_gates


def test_the_first_gate_ahead_is_the_next(ui: ModuleType) -> None:
    run = ui.make_run([ui.Planned(ui.plan()), *ui.guard(), ui.step(1, 10210)])
    found = find_next_gate(run)
    assert found is not None
    assert found.gate.name == "bad init"
    assert ui.make_run(ui.healthy(upto=2)).gates
    later = find_next_gate(ui.make_run(ui.healthy(upto=2)))
    assert later is not None
    assert later.gate.name == "epoch 3"


def test_words_are_of_epochs_and_of_measured_time(ui: ModuleType) -> None:
    def say(upto: int, after_s: float = 0.0) -> str:
        run = ui.make_run(ui.healthy(upto=upto))
        found = count_down(run, (run.last_line_at or 0.0) + after_s)
        assert found is not None
        return found.words

    assert say(2) == "after this epoch, about 14 min"
    assert say(2, 1.0) == say(2)
    assert say(3) == "in 3 epochs, about 55 min"
    assert say(6) == "in 6 epochs, about 2 h"


def test_without_a_measure_there_are_no_minutes_and_a_log_that_nobody_guards_promises_none(ui: ModuleType) -> None:
    run = ui.make_run([ui.Planned(ui.plan()), *ui.guard()])
    found = count_down(run, ui.BEGAN)
    assert found is not None
    assert found.words == "in 1 epoch"
    unwatched = count_down(ui.make_run([ui.Planned(ui.plan()), *ui.epochs([0.52, 0.55])]), ui.BEGAN)
    assert unwatched is not None
    assert unwatched.words == "in 1 epoch"


def test_after_the_last_gate_and_after_the_end_nothing_comes(ui: ModuleType) -> None:
    assert count_down(ui.make_run(ui.healthy(upto=13)), ui.BEGAN) is None
    assert count_down(ui.make_run(ui.aborted()), ui.BEGAN) is None
    assert count_down(ui.make_run(ui.blocked()), ui.BEGAN) is None
    assert count_down(ui.make_run([]), ui.BEGAN) is None


def test_a_gate_beyond_the_last_epoch_is_never_the_next(ui: ModuleType) -> None:
    run = ui.make_run([ui.Planned(ui.plan()), *ui.guard(), *ui.epochs([0.52, 0.55, 0.57, 0.58], total=5)])
    assert find_next_gate(run) is None
    datum = GateList(id="gates").pick(run, run.last_line_at or 0.0)
    words = {name: ui.read_text([line]).split()[1] for name, line in draw_gates(datum, 80, UNICODE)}
    assert (words["epoch 12"], words["epoch 3"]) == ("n/a", "PASS")
