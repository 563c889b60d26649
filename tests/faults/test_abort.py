"""Aborting: in training, while saving, twice, from two places, against a waiver; and a trainer that does not listen."""

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import RunEnded, Rung, StopEscalated, TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome
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
