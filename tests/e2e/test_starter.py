"""From the checks to the guard in one process: what stops it on the way, and what it hands on."""

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.guard_events import GuardStarted, RunEnded, TrainerStarted
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.lock import take_lock
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from checks.errors import InputError

WaitUntil = Callable[[Callable[[], object]], None]
pytestmark = pytest.mark.slow
PASSED = "raise SystemExit(0)"
ENDLESS = "import pathlib, signal; pathlib.Path('checking').touch(); signal.pause()"
TRAINS = "say(1, 1, val_cosine=0.5)"


def test_the_process_that_checked_is_the_guard(launch: Any) -> None:
    folder, starter = launch(TRAINS, preflight=PASSED)
    assert starter.wait(30) == ExitCode.COMPLETED, folder.guard_errors.read_text()
    (started,) = launch.read_events(GuardStarted)
    assert started.guard.pid == starter.pid
    assert folder.guard_errors.read_text() == ""


def test_the_folder_is_held_from_the_checks_on(launch: Any, wait_until: WaitUntil) -> None:
    folder, starter = launch(TRAINS, preflight=ENDLESS, cwd=launch.tmp_path)
    wait_until((launch.tmp_path / "checking").exists)
    with pytest.raises(InputError, match=f"guarded by process {starter.pid}"):
        take_lock(folder)
    assert launch.guard("amn_tui.run.starter").wait(30) == ExitCode.ERROR
    launch.abort()
    assert starter.wait(30) == ExitCode.STOPPED_BY_OPERATOR


@pytest.mark.parametrize("how", ["request", "signal"])
def test_the_checks_can_be_stopped(launch: Any, wait_until: WaitUntil, how: str) -> None:
    folder, starter = launch(TRAINS, preflight=ENDLESS, cwd=launch.tmp_path)
    wait_until((launch.tmp_path / "checking").exists)
    ask(folder, AbortAsked(time.time() - 3600, "yesterday"))  # meant for an earlier part of the run
    if how == "request":
        launch.abort()
    else:
        starter.send_signal(signal.SIGTERM)
    assert starter.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    run = read_run(folder.path)
    assert run.outcome is Outcome.ABORTED_BY_OPERATOR
    assert run.ended is not None
    assert ("tester" if how == "request" else "SIGTERM") in run.ended.words
    assert launch.read_events(TrainerStarted) == []


@pytest.mark.parametrize(
    ("preflight", "exit_code", "outcome", "words"),
    [
        ("raise SystemExit(3)", ExitCode.BLOCKED, None, ""),
        ("raise SystemExit('no such table')", ExitCode.CRASHED, Outcome.CRASHED, "no such table"),
    ],
)
def test_what_the_checks_say_decides(
    launch: Any, preflight: str, exit_code: int, outcome: Outcome | None, words: str
) -> None:
    folder, starter = launch(TRAINS, preflight=preflight)
    assert starter.wait(30) == exit_code
    ended = launch.read_events(RunEnded)
    assert [event.outcome for event in ended] == ([outcome] if outcome else [])
    assert all(words in event.words for event in ended)
    assert launch.read_events(TrainerStarted) == []
    state = read_guard_state(folder)
    assert state is not None
    assert state.state == "preflight"


def test_a_signal_between_checks_and_training_is_not_lost(launch: Any, wait_until: WaitUntil) -> None:
    code = "import os, signal; os.kill(os.getppid(), signal.SIGTERM)"
    folder, starter = launch("idle()", preflight=code)
    assert starter.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert read_run(folder.path).outcome is Outcome.ABORTED_BY_OPERATOR
    assert launch.list_members() == []
