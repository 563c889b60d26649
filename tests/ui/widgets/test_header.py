"""The first lines in words: phase, epoch, times, guard; what does not fit goes in order of worth."""

from dataclasses import replace
from itertools import pairwise
from types import ModuleType

import pytest

from amn_tui.run.guard_events import GuardState, TrainerAdopted
from amn_tui.run.model import GuardSeen, HistoryRead
from amn_tui.ui.glyphs import ASCII, UNICODE
from amn_tui.ui.line import measure
from amn_tui.ui.widgets.header import draw_header, pick_header, say_guard, say_quiet


@pytest.mark.parametrize(
    ("story", "words"),
    [
        ("checking", ["PREFLIGHT", "elapsed 0:03"]),
        ("blocked", ["BLOCKED"]),
        ("healthy", ["TRAINING", "epoch 7/20", "elapsed 2:09:52", "left 4:39:31", "guarded", "no line for 0:48"]),
        ("stopping", ["STOPPING"]),
        ("completed", ["ENDED COMPLETED", "epoch 20/20", "elapsed 6:49:52"]),
        ("aborted", ["ENDED ABORTED BY GATE"]),
    ],
)
def test_what_is_said(ui: ModuleType, story: str, words: list[str]) -> None:
    now = {"checking": 3, "healthy": 7800}.get(story, 30_000)
    datum = pick_header(ui.make_run(getattr(ui, story)()), ui.BEGAN + now)
    text = ui.read_text(draw_header(datum, 140, UNICODE, tall=False))
    assert all(word in text for word in words)


def test_nothing_is_said_to_be_left_of_a_run_that_is_being_stopped(ui: ModuleType) -> None:
    assert pick_header(ui.make_run(ui.alarmed()), ui.BEGAN + 1300).left
    assert not pick_header(ui.make_run(ui.stopping()), ui.BEGAN + 1300).left


def test_the_guard_in_words(ui: ModuleType) -> None:
    healthy = ui.healthy()
    said = {
        "guarded": healthy,
        "UNGUARDED: gates are off": [*healthy, *ui.guard(alive=False)[2:]],
        "guard: unknown": [*healthy, *ui.guard(alive=None)[2:]],
        "guard: no sign of life": [*healthy, replace(ui.guard(alive=None)[2], silent=True)],
        "guarded again": [*healthy, TrainerAdopted(ui.BEGAN, ui.WHO, "here", ui.WHO)],
        "no guard": ui.epochs([0.5]),
        "": ui.completed(),
    }
    for words, events in said.items():
        assert say_guard(ui.make_run(events))[0] == words
    assert say_guard(ui.make_run(ui.checking()))[0] == ""


def test_silence_is_told_by_what_is_usual(ui: ModuleType) -> None:
    def say(at: float, sign: GuardState) -> str:
        return say_quiet(ui.make_run([*ui.healthy(), GuardSeen(sign, alive=True, trainer_alive=True)]), ui.BEGAN + at)

    sign = replace(ui.guard()[2].state, last_line_at=ui.BEGAN + 8000)
    assert say(8029, sign) == ""
    assert say(8031, sign) == "no line for 0:31"
    assert say(8031, replace(sign, usual_gap_s=20.0)) == ""
    assert say(8061, replace(sign, usual_gap_s=20.0)) == "no line for 1:01 (usually 0:20)"


def test_what_matters_least_goes_first(ui: ModuleType) -> None:
    datum = pick_header(ui.make_run(ui.healthy()), ui.BEGAN + 7800)
    seen = []
    for width in range(140, 20, -1):
        lines = draw_header(datum, width, UNICODE, tall=False)
        assert measure(lines[0]) <= max(width, 45)
        seen.append([word for word in ("no line", "elapsed", "left", "epoch") if word in ui.read_text(lines[:1])])
    assert all(set(now) <= set(before) for before, now in pairwise(seen))
    assert ["no line", "epoch"] in seen


def test_ascii_has_no_other_characters(ui: ModuleType) -> None:
    datum = pick_header(ui.make_run(ui.healthy()), ui.BEGAN + 7800)
    assert ui.read_text(draw_header(datum, 120, ASCII, tall=True)).isascii()


def test_a_log_that_is_still_being_read_is_said_to_be(ui: ModuleType) -> None:
    run = ui.make_run([*ui.healthy(), HistoryRead(0.37)])
    datum = pick_header(run, ui.BEGAN + 7800)
    assert datum.quiet == "reading the log: 37 %"
    assert "reading the log: 37 %" in ui.read_text(draw_header(datum, 140, UNICODE, tall=False))


def test_the_machine_is_named_where_there_is_room(ui: ModuleType) -> None:
    run = ui.make_run(ui.healthy())
    datum = pick_header(run, ui.BEGAN + 7800)
    assert datum.host == "here"
    wide, narrow = (ui.read_text(draw_header(datum, width, UNICODE, tall=True)).splitlines()[0] for width in (140, 80))
    assert wide.rstrip().endswith("on here   ◆ guarded")
    assert "on here" not in narrow
    assert narrow.rstrip().endswith("◆ guarded")
