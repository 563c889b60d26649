"""A clock that is set: the screen's time goes on, and what is stamped after it is put where it belongs."""

from dataclasses import replace
from types import ModuleType

import pytest

from amn_tui.ui.timeline import Timeline


class Clocks:
    """A wall clock that can be set, and a steady one."""

    def __init__(self, wall: float) -> None:
        self.wall, self.steady = wall, 50.0

    def pass_s(self, seconds: float) -> None:
        self.wall, self.steady = self.wall + seconds, self.steady + seconds


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0])
def test_a_jump_moves_only_what_was_stamped_after_it(ui: ModuleType, jump_s: float) -> None:
    clocks = Clocks(ui.BEGAN + 1240)
    timeline = Timeline(lambda: clocks.wall, lambda: clocks.steady)
    before = ui.make_run(ui.alarmed())
    assert timeline.place(before) is before
    clocks.wall += jump_s
    clocks.pass_s(10)
    assert timeline.now() == ui.BEGAN + 1250
    assert timeline.place(before) is before
    after = replace(before, last_line_at=clocks.wall - 1)
    placed = timeline.place(after)
    assert placed.last_line_at == timeline.now() - 1
    assert placed.alarm == before.alarm
    assert placed.started_at == before.started_at
    clocks.pass_s(5)
    assert timeline.place(after) == placed
    ended = ui.make_run([*ui.stopping(), replace(ui.aborted()[-1], time=clocks.wall)])
    placed = timeline.place(ended)
    assert placed.ended is not None
    assert placed.ended.time == timeline.now()


def test_a_clock_that_is_kept_right_is_no_jump(ui: ModuleType) -> None:
    clocks = Clocks(ui.BEGAN)
    timeline = Timeline(lambda: clocks.wall, lambda: clocks.steady)
    clocks.wall += 1.0
    assert timeline.measure_jump() == 0.0
    run = ui.make_run(ui.healthy())
    assert timeline.place(run) is run
