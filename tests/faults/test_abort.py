"""Aborting: in training, while saving, twice, from two places, against a waiver; and a trainer that does not listen."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.control import AbortAsked, HurryAsked, MonitorAttached, WaiveAsked, ask
from amn_tui.run.guard_events import AlarmWaived, RunEnded, Rung, StopAsked, StopEscalated, TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.process import identify_self
from amn_tui.run.session import read_run
from amn_tui.ui.widgets.banner import pick_banner
from tests.faults.our_run import OurRun
from tests.real import AMN_TUI
from trainer.checkpoint import read_checkpoint
from trainer.events import Saved, Stopped
from trainer.header import LAST

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
pytestmark = pytest.mark.slow

WITH_WORKERS = """
import torch
from torch.utils.data import DataLoader
stopped = []
signal.signal(15, lambda *_: stopped.append(1))
def ignore(_): signal.signal(15, signal.SIG_IGN)
loader = DataLoader(list(range(10**6)), num_workers=int({workers}), worker_init_fn=ignore)
pathlib.Path('ready').touch()
for step, batch in enumerate(loader):
    if stopped:
        torch.save({{'step': step}}, 'last.pt')
        print('saved', flush=True)
        os._exit(143)
    time.sleep(0.01)
"""


@pytest.mark.fault(17)
@pytest.mark.parametrize("workers", [0, 2])
def test_an_abort_in_training_leaves_a_checkpoint(
    launch: Any, wait_until: WaitUntil, workers: int, happened: Happened
) -> None:
    import torch

    _, guard = launch(WITH_WORKERS.format(workers=workers), cwd=launch.tmp_path)
    wait_until((launch.tmp_path / "ready").exists)
    wait_until(lambda: len(launch.list_members()) == 1 + workers)
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert torch.load(launch.tmp_path / "last.pt", weights_only=True)["step"] >= 0
    assert launch.list_members() == []
    assert launch.read_events(StopEscalated)[0].rung is Rung.TERM_MAIN
    (ended,) = launch.read_events(RunEnded)
    assert "stopped by operator tester: enough" in ended.words
    happened(f"{workers} DataLoader workers: the file loads, nothing is left")


@pytest.mark.fault(17)
@pytest.mark.fault(18)
def test_our_trainer_is_aborted_at_any_moment_of_a_save(
    launch: Any, make_table: Any, wait_until: WaitUntil, tmp_path: Path, happened: Happened
) -> None:
    dice, data, seen = random.Random(18), make_table(), []
    for count in range(2):
        run = OurRun(launch, data, tmp_path / str(count), wait_until, "--save-every", "1")
        saves = dice.randint(3, 12)
        run.wait_until(lambda run=run, saves=saves: len(run.find(Saved)) >= saves)
        launch.abort()
        assert run.guard.wait(60) == ExitCode.STOPPED_BY_OPERATOR
        run.check_whole()
        stopped = run.find(Stopped)[-1]
        state = read_checkpoint(run.folder.checkpoints / LAST).state
        assert (state.epoch, state.step) == (stopped.epoch, stopped.step)
        (ended,) = launch.read_events(RunEnded)
        assert ended.words.endswith(f"`last` saved at epoch {state.epoch}, step {state.step}")
        assert ended.survivors == ()
        seen.append(f"{state.epoch}.{state.step}")
    happened(f"aborted by operator, `last` loads at epoch.step {', '.join(seen)}: what the words say")


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


@pytest.mark.fault(20)
def test_a_trainer_that_ignores_sigterm_is_killed_after_a_countdown_that_is_shown(
    launch: Any, wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch("signal.signal(15, signal.SIG_IGN); say(1, val_cosine=0.5); idle()", grace_s=2.0)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    asked = subprocess.Popen([*AMN_TUI, "abort", str(folder.path)], stdout=subprocess.PIPE, text=True)
    wait_until(lambda: read_run(folder.path).rung)
    banner = pick_banner(read_run(folder.path), time.time(), can_answer=True)
    assert banner is not None
    assert banner.right.startswith("next step in 0:0")
    assert "step 2 of 4" in banner.below[0]
    said = asked.communicate(timeout=60)[0]
    assert guard.wait(5) == asked.returncode == ExitCode.STOPPED_BY_OPERATOR
    events = launch.read_events(StopEscalated)
    assert [event.rung for event in events] == [Rung.TERM_MAIN, Rung.TERM_GROUP, Rung.KILL_ALL]
    assert 2.0 <= events[1].time - events[0].time < 4.0
    assert all(f"stopping: {event.rung}" in said for event in events)
    assert launch.list_members() == []
    happened(f"'{banner.right}' on the screen; SIGKILL after {events[2].time - events[0].time:.1f} s")


@pytest.mark.fault(17)
@pytest.mark.parametrize("stubborn", [False, True])
def test_an_abort_during_preflight_ends_it(
    launch: Any, wait_until: WaitUntil, stubborn: bool, happened: Happened
) -> None:
    ignore = "signal.signal(15, signal.SIG_IGN); " if stubborn else ""
    checks = f"import os, pathlib, signal; {ignore}pathlib.Path('checking').write_text(str(os.getpid()))"
    checks += "; signal.pause()"
    folder, starter = launch("idle()", preflight=checks, cwd=launch.tmp_path)
    wait_until(lambda: (launch.tmp_path / "checking").exists() and (launch.tmp_path / "checking").read_text())
    launch.abort()
    assert starter.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert not psutil.pid_exists(int((launch.tmp_path / "checking").read_text()))
    assert launch.read_events(TrainerStarted) == []
    run = read_run(folder.path)
    assert run.outcome is Outcome.ABORTED_BY_OPERATOR
    assert run.ended is not None
    happened(run.ended.words)
