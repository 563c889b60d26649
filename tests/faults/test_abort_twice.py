"""Aborting twice, from two places, against a waiver: the first word counts, all see it, the next breaks nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from amn_tui.run.control import AbortAsked, HurryAsked, MonitorAttached, WaiveAsked, ask
from amn_tui.run.guard_events import AlarmWaived, RunEnded, Rung, StopAsked, StopEscalated
from amn_tui.run.outcome import ExitCode
from amn_tui.run.process import identify_self
from amn_tui.run.session import read_run
from tests.real import AMN_TUI

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
pytestmark = pytest.mark.slow

SLOW_SAVE = """
def save(*_):
    signal.signal(15, signal.SIG_IGN); signal.signal(2, signal.SIG_IGN)
    pathlib.Path('saving').touch()
    while not pathlib.Path('go').exists(): time.sleep(0.01)
    pathlib.Path('saved').write_text('whole'); sys.exit(143)
signal.signal(15, save); say(1, val_cosine=0.5); idle()
"""


@pytest.mark.fault(18)
@pytest.mark.fault(19)
def test_pressing_again_shows_the_rung_and_breaks_no_save(
    launch: Any, wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch(SLOW_SAVE, grace_s=60)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    launch.abort()
    wait_until((launch.tmp_path / "saving").exists)
    again = [*AMN_TUI, "abort", str(folder.path)]
    with subprocess.Popen(again, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as second:
        assert second.stderr is not None
        said = second.stderr.readline()
        wait_until(lambda: folder.control.read_text().count("abort_asked") == 2)
        launch.abort()
        (launch.tmp_path / "go").touch()
        assert guard.wait(30) == second.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert "is being stopped already, by operator tester: step 2 of 4, term_main; the next one comes in " in said
    assert (launch.tmp_path / "saved").read_text() == "whole"
    assert [event.rung for event in launch.read_events(StopEscalated)] == [Rung.TERM_MAIN]
    assert len(launch.read_events(StopAsked)) == 1
    happened(f"three aborts, one stop, the save was whole; the second was told: {said.strip()}")


@pytest.mark.fault(19)
def test_who_insists_takes_the_next_step_at_once(launch: Any, wait_until: WaitUntil, happened: Happened) -> None:
    folder, guard = launch("signal.signal(15, signal.SIG_IGN); say(1, val_cosine=0.5); idle()", grace_s=600)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    launch.abort()
    for rung in (Rung.TERM_MAIN, Rung.TERM_GROUP):
        wait_until(lambda rung=rung: launch.read_events(StopEscalated)[-1:] and read_run(folder.path).rung.rung is rung)
        for by in ("ann", "bob"):
            ask(folder, HurryAsked(time.time(), by, rung))
    assert guard.wait(20) == ExitCode.STOPPED_BY_OPERATOR
    rungs = [event.rung for event in launch.read_events(StopEscalated)]
    assert rungs == [Rung.TERM_MAIN, Rung.TERM_GROUP, Rung.KILL_ALL]
    happened("600 s of grace ended by two confirmed hurries, each counted once")


@pytest.mark.fault(19)
@pytest.mark.fault(15)
def test_two_who_abort_at_once_see_one_stop(launch: Any, wait_until: WaitUntil, happened: Happened) -> None:
    folder, guard = launch(SLOW_SAVE, grace_s=60)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    argv = [*AMN_TUI, "abort", str(folder.path), "--reason"]
    both = [subprocess.Popen([*argv, by], stdout=subprocess.PIPE, text=True) for by in ("ann", "bob")]
    wait_until(lambda: folder.control.exists() and folder.control.read_text().count("abort_asked") == 2)
    (launch.tmp_path / "go").touch()
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [ExitCode.STOPPED_BY_OPERATOR] * 2
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    (asked,) = launch.read_events(StopAsked)
    (ended,) = launch.read_events(RunEnded)
    assert asked.reason in ("ann", "bob")
    assert all(ended.words in words for words in said)
    happened(f"one stop, for {asked.reason}; both were told: {ended.words}")


@pytest.mark.fault(19)
@pytest.mark.parametrize("first", ["waive", "abort"])
def test_abort_against_waive_the_first_word_counts(
    launch: Any, wait_until: WaitUntil, first: str, happened: Happened
) -> None:
    code = "time.sleep(0.3); say(1, val_cosine=0.4); signal.signal(10, lambda *_: sys.exit(0)); idle()"
    folder, guard = launch(code)
    ask(folder, MonitorAttached(time.time(), "tester", identify_self()))
    wait_until(lambda: read_run(folder.path).alarm)
    os.kill(guard.pid, signal.SIGSTOP)  # both have spoken before it looks
    words = [WaiveAsked(time.time(), "ann", 1, "small data"), AbortAsked(time.time(), "bob", "no")]
    for word in words if first == "waive" else reversed(words):
        ask(folder, word)
    os.kill(guard.pid, signal.SIGCONT)
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR  # a waiver lets the alarm go, an abort still ends the run
    assert len(launch.read_events(AlarmWaived)) == (1 if first == "waive" else 0)
    one, other = read_run(folder.path), read_run(folder.path)
    assert one == other
    assert one.stop is not None
    assert one.stop.by == "operator bob"
    happened(f"{first} first: {one.ended.words if one.ended else ''}; waived: {dict(one.waived)}")
