"""Who may ask what, and that it is written as it was meant."""

import json
from types import ModuleType

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import Rung
from amn_tui.ui.requests import Requests


def make(folder: RunFolder | None, *, read_only: bool = False) -> Requests:
    return Requests(folder, "ada", lambda: 5.0, read_only)


@pytest.mark.parametrize(
    ("story", "abort", "waive"),
    [("healthy", True, False), ("alarmed", True, True), ("stopping", True, False), ("checking", True, False),
     ("blocked", False, False), ("completed", False, False)],
)  # fmt: skip
def test_what_can_be_asked(ui: ModuleType, folder: RunFolder, story: str, abort: bool, waive: bool) -> None:
    run = ui.make_run(getattr(ui, story)())
    assert make(folder).can_abort(run) is abort
    assert make(folder).can_waive(run) is waive
    for nothing in (make(None), make(folder, read_only=True)):
        assert not nothing.can_abort(run)
        assert not nothing.can_waive(run)


def test_a_guard_is_armed_only_where_one_was_killed(ui: ModuleType, folder: RunFolder) -> None:
    orphaned = ui.make_run([*ui.healthy(), *ui.guard(alive=False)[2:]])
    assert make(folder).can_rearm(orphaned)
    assert not make(folder).can_rearm(ui.make_run(ui.healthy()))
    assert not make(folder, read_only=True).can_rearm(orphaned)
    make(folder).rearm()  # its trainer is not there, so nothing is started
    assert not folder.guard_errors.exists()


def test_what_is_asked_is_written(ui: ModuleType, folder: RunFolder) -> None:
    assert make(folder).abort(ui.make_run(ui.healthy())) == ""
    make(folder).waive(ui.raise_alarm(3), "it is known [/red] \x1b[2J")
    make(folder).hurry(Rung.TERM_MAIN)
    first, second, third = (json.loads(line) for line in folder.control.read_text().splitlines())
    assert first == {"event": "abort_asked", "time": 5.0, "by": "ada", "reason": ""}
    assert (second["event"], second["alarm"]) == ("waive_asked", 3)
    assert second["reason"] == "it is known [/red] \x1b[2J"
    assert third == {"event": "hurry_asked", "time": 5.0, "by": "ada", "rung": "term_main"}


def test_read_only_writes_nothing(ui: ModuleType, folder: RunFolder) -> None:
    run = ui.make_run(ui.healthy())
    assert make(folder, read_only=True).abort(run) == make(None).abort(run) == ""
    make(None).hurry(Rung.TERM_MAIN)
    assert not folder.control.exists()
