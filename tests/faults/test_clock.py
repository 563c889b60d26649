"""A wall clock that is set, summer time, files from the future: nothing looks stalled, nothing comes early."""

import io
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amn_tui.run.fold import fold
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GateJudged, RunEnded, Rung, StopAsked, StopEscalated
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.model import Logged
from amn_tui.run.outcome import Outcome
from amn_tui.run.plan import Plan, RunSection
from amn_tui.run.session import read_run
from amn_tui.run.supervision import Facts, Supervision, decide, hear_log
from amn_tui.ui.eta import estimate_left_s
from amn_tui.ui.past import Past
from amn_tui.ui.plain import run_plain
from amn_tui.ui.timeline import Timeline
from amn_tui.ui.widgets.header import pick_header
from checks.gate import Action, Gate
from checks.verdict import Verdict
from tests.ui import conftest as ui
from trainer.events import EpochEnded, Stepped, format_event

Happened = Callable[[str], None]
GATE = Gate(name="bad init", metric="val_cosine", at=1, floor=0.45, on_fail=Action.ABORT)
JUMPS = (3600.0, -3600.0, 1e7, -1e7)


@pytest.mark.fault(50)
@pytest.mark.parametrize("jump_s", JUMPS)
def test_the_guard_goes_by_a_clock_that_nobody_sets(happened: Happened, jump_s: float) -> None:
    state = Supervision(Plan(run=RunSection(name="t", command=("x",), countdown_s=60, grace_s=30), gates=(GATE,)), {})
    state = hear_log(state, [EpochEnded(1, 9, {"val_cosine": 0.4})], 0.0)
    state, events = decide(state, Facts(1e9, 1.0, attended=True))
    after = [Facts(1e9 + jump_s + at, at, attended=True) for at in (30.0, 60.9, 61.1, 75.0, 91.0, 91.2)]
    happenings: list[list[Any]] = []
    for facts in after:
        state, events = decide(state, facts)
        happenings.append(events)
    assert happenings[:2] == [[], []]  # neither silent nor at its end
    asked, escalated = happenings[2]
    assert isinstance(asked, StopAsked)
    assert (escalated.rung, escalated.next_at) == (Rung.TERM_MAIN, 1e9 + jump_s + 91.1)
    assert happenings[3:5] == [[], []]
    assert [event.rung for event in happenings[5] if isinstance(event, StopEscalated)] == [Rung.TERM_GROUP]
    happened("the wall set by ±1 h and ±116 days: countdown 60 s, grace 30 s, no false silence")


@pytest.mark.fault(50)
@pytest.mark.parametrize("jump_s", JUMPS)
def test_the_screen_goes_by_it_too(happened: Happened, jump_s: float) -> None:
    run = ui.make_run(ui.healthy())
    assert run.last_line_at is not None
    wall, steady = run.last_line_at + 5, 100.0
    timeline = Timeline(lambda: wall, lambda: steady)
    left = estimate_left_s(timeline.place(run), timeline.now())
    assert left is not None
    wall += jump_s  # between two lines
    header = pick_header(timeline.place(run), timeline.now())
    assert (header.quiet, estimate_left_s(timeline.place(run), timeline.now())) == ("", left)
    wall, steady = wall + 20, steady + 20
    again = fold(run, [Logged(Stepped(7, 20, 6300, 20420, {}, wall - 1))])  # and the line after it
    placed = timeline.place(again)
    header = pick_header(placed, timeline.now())
    later = estimate_left_s(placed, timeline.now())
    assert header.quiet == ""
    assert later is not None
    assert left - 60 < later < left
    assert header.elapsed == pick_header(run, run.last_line_at + 25).elapsed
    wall, steady = wall + 40, steady + 40
    assert pick_header(timeline.place(again), timeline.now()).quiet == "no line for 0:41"
    happened("screen: no false 'no line for', time left moves by seconds and is never negative, elapsed is true")


@pytest.mark.fault(50)
def test_no_time_left_is_negative_whatever_the_clock_says(happened: Happened) -> None:
    run = ui.make_run(ui.healthy())
    for now in (-1e12, 0.0, ui.BEGAN, 1e12):
        left = estimate_left_s(run, now)
        assert left is not None
        assert left >= 0
        assert "-" not in pick_header(run, now).elapsed
    happened("time left and elapsed at times from -30,000 years on: never negative")


@pytest.mark.fault(50)
def test_lines_go_on_after_the_clock_was_set_back(tmp_path: Path, happened: Happened) -> None:
    story = ui.completed()
    launched = [event for event in story if getattr(event, "time", ui.BEGAN) <= ui.BEGAN + 8]
    back = [replace(e, event=replace(e.event, time=1.0)) for e in story if isinstance(e, Logged)]  # type: ignore[type-var]
    ended = replace(story[-1], time=2.0)  # type: ignore[type-var]
    path = ui.write_folder(tmp_path / "run", [*launched, *back, ended])
    out = io.StringIO()
    assert run_plain(path, out=out, since_s=ui.BEGAN) == 0
    assert "COMPLETED" in out.getvalue()
    past = Past(ui.BEGAN)
    told = [event for event in [ui.epoch(1, 0.5), *back] if not past.holds(event)]
    assert len(told) == 1 + len(back)
    past = Past(1e12)
    assert all(past.holds(event) for event in ui.epochs([0.5, 0.6]))  # of an earlier part
    happened("launch --headless: the end is told although the clock was set back by 56 years")


@pytest.mark.fault(50)
def test_stamps_are_utc_and_files_from_the_future_are_files(
    tmp_path: Path, happened: Happened, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, lines = EpochEnded(1, 2, {"val_cosine": 0.5}), set()
    for zone in ("UTC", "America/New_York", "Australia/Lord_Howe"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        lines.add(format_event(event, 1_793_498_400.0))  # the hour that New York has twice
    monkeypatch.delenv("TZ")
    time.tzset()
    assert lines == {"2026-11-01T02:00:00Z Epoch 1/2 done val_cosine=0.5"}
    path = ui.write_folder(tmp_path / "run", ui.healthy())
    before = read_run(path)
    for file in path.iterdir():
        os.utime(file, (4e9, 4e9))
    assert repr(read_run(path)) == repr(before)
    happened("one instant in 3 zones: one stamp; files dated 2096: the same run")


SITE = """
import os, time
real = time.time
def jumped():
    try:
        with open({offset!r}) as file: return real() + float(file.read() or 0)
    except (OSError, ValueError): return real()
time.time = jumped
"""


@pytest.mark.slow
@pytest.mark.fault(50)
def test_a_real_guard_whose_clock_is_set(
    tmp_path: Path, launch: Any, wait_until: Callable[..., None], happened: Happened
) -> None:
    offset = tmp_path / "offset"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE.format(offset=str(offset)))
    path = os.pathsep.join([str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    folder, guard = launch("say(1, val_cosine=0.5)\nidle()", env={**os.environ, "PYTHONPATH": path})
    wait_until(lambda: launch.read_events(GateJudged))

    def sees(jump_s: float) -> bool:
        state = read_guard_state(folder)
        return state is not None and abs(state.time - time.time() - jump_s) < 100

    for jump_s in (1e7, -1e7):
        write(offset, jump_s)
        wait_until(lambda jump_s=jump_s: sees(jump_s))
        assert guard.poll() is None
    verdicts = {(event.gate, event.verdict) for event in launch.read_events(GateJudged)}
    assert ("silence", Verdict.WARN) not in verdicts
    assert not launch.read_events(StopAsked)
    launch.abort()
    guard.wait()
    (ended,) = launch.read_events(RunEnded)
    assert ended.outcome is Outcome.ABORTED_BY_OPERATOR
    happened("a real guard whose wall clock went 116 days ahead, then back: no silence, no stop, abort still works")


def write(path: Path, number: float) -> None:
    """Replace a small file."""
    path.with_suffix(".new").write_text(str(number))
    path.with_suffix(".new").replace(path)


@pytest.mark.fault(50)
async def test_a_countdown_on_the_screen_does_not_jump(folder: RunFolder, happened: Happened) -> None:
    wall, steady = {"s": ui.BEGAN + 1300.0}, {"s": 10.0}
    app, source = ui.make_app(folder, ui.alarmed())
    app.timeline = Timeline(lambda: wall["s"], lambda: steady["s"])
    async with app.run_test(size=(100, 30)) as pilot:
        await ui.open_run(pilot, app)
        assert "stops in 0:42" in ui.read_screen(app)
        wall["s"] += 3600
        source.tell(ui.system())
        app.tick()
        await ui.settle(pilot, lambda: app.shown is not None and app.shown.system is not None)
        assert "stops in 0:42" in ui.read_screen(app)
        source.tell(ui.step(2, 400))
        await ui.settle(pilot, lambda: app.timeline.place(app.reading.feed.run) == app.shown)
        assert "stops in 0:42" in ui.read_screen(app)
    happened("an alarm at 0:42 and the wall set forward by an hour: still 0:42")
