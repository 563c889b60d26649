"""The line beneath the lines: rewritten on a terminal, said once a minute elsewhere, and always text."""

import io
from dataclasses import replace
from types import ModuleType

from rich.cells import cell_len

from amn_tui.ui.progress_line import EVERY_S, ProgressLine, can_rewrite, say_progress


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_says_where_the_run_is(ui: ModuleType) -> None:
    said = say_progress(ui.make_run(ui.healthy()), ui.BEGAN + 7800)
    assert said.startswith("TRAINING  epoch 7/20 step 6200/20420  loss 0.0019  cosine 0.5123  val_cosine 0.5830")
    assert "left " in said
    between = say_progress(ui.make_run(ui.epochs([0.5, 0.51])), ui.BEGAN)  # no step of the next epoch yet
    assert "  epoch 2/20  val_cosine 0.5100" in between
    assert say_progress(ui.make_run(ui.alarmed()), ui.BEGAN + 1300).startswith("ALARM bad init: val_cosine 0.445686")
    assert "check Eval" in say_progress(ui.make_run(ui.checking()), ui.BEGAN) or "check " in say_progress(
        ui.make_run(ui.checking()), ui.BEGAN
    )
    assert say_progress(ui.make_run(ui.aborted()), ui.BEGAN) == ""


def test_on_a_terminal_it_is_written_over(ui: ModuleType) -> None:
    out = Tty()
    line = ProgressLine(out, rewrites=True, clock=lambda: ui.BEGAN + 7800, columns=40)
    run = ui.make_run(ui.healthy())
    line.show(run)
    line.show(run)  # the same: nothing is written
    assert out.getvalue() == "\r\x1b[K" + say_progress(run, ui.BEGAN + 7800)[:38].rstrip() + "…"
    line.erase()
    line.erase()
    assert out.getvalue().endswith("\r\x1b[K")
    assert out.getvalue().count("\x1b[K") == 2


def test_wide_characters_take_two_cells_of_it(ui: ModuleType) -> None:
    run = ui.make_run(ui.alarmed())
    wide = replace(run, alarm=replace(run.alarm, words="損失が大きい" * 9))
    for columns in (1, 2, 40, 41):
        out = Tty()
        ProgressLine(out, rewrites=True, clock=lambda: ui.BEGAN + 1300, columns=columns).show(wide)
        assert cell_len(out.getvalue().removeprefix("\r\x1b[K")) < columns
    assert "損失" in out.getvalue()


def test_in_a_log_it_comes_now_and_then(ui: ModuleType) -> None:
    out, now = io.StringIO(), [0.0]
    line = ProgressLine(out, rewrites=False, clock=lambda: now[0])
    run = ui.make_run(ui.healthy())
    line.show(run)
    assert out.getvalue() == ""
    now[0] = EVERY_S
    line.show(run)
    line.show(run)
    line.erase()
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
    assert "\r" not in out.getvalue()


def test_only_terminals_that_can_are_written_over() -> None:
    assert can_rewrite(Tty(), {"TERM": "xterm"})
    assert not can_rewrite(Tty(), {"TERM": "dumb"})
    assert not can_rewrite(io.StringIO(), {"TERM": "xterm"})
