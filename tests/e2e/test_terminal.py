"""The whole thread in a real terminal: launch, watch, abort; kill the monitor and come back."""

import os
import signal
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from safetensors import safe_open

from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.outcome import ExitCode, Outcome, Phase
from amn_tui.run.session import read_run
from checks.installed import list_checks
from checks.jsonl import decode_line

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
OpenTerminal = Callable[..., Any]


def list_run_processes(run_dir: Path) -> list[psutil.Process]:
    """Return the live processes that have the run folder on their command line."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(run_dir) in word for word in words):
            found.append(process)
    return found


def read_trainer_pid(run_dir: Path) -> int:
    lines = (run_dir / "guard.jsonl").read_bytes().splitlines()
    return next(event.trainer.pid for line in lines if (event := decode_line(line, [TrainerStarted])))


def test_launch_watch_abort(open_terminal: OpenTerminal, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    terminal = open_terminal("launch", "demo", "--run-dir", str(run_dir))
    terminal.wait_for("PREFLIGHT")
    terminal.wait_for(lambda: len(read_run(run_dir).curve.epochs) >= 2)
    terminal.wait_for("TRAINING")
    assert len(read_run(run_dir).checks) == len(list_checks())
    terminal.press("a")
    terminal.wait_for("Stop")
    terminal.press("y")
    terminal.wait_for("ABORTED BY OPERATOR")
    run = read_run(run_dir)
    assert run.outcome is Outcome.ABORTED_BY_OPERATOR
    assert run.curve.stopped is not None
    assert run.ended is not None
    assert run.ended.survivors == ()
    terminal.press("q")
    assert terminal.wait_for_exit() == ExitCode.STOPPED_BY_OPERATOR
    assert termios.tcgetattr(terminal.side) == terminal.settings
    terminal.wait_for(lambda: not list_run_processes(run_dir))
    with safe_open(run_dir / "checkpoints" / "last.safetensors", "pt") as checkpoint:
        assert len(list(checkpoint.keys())) > 10


def test_killing_the_monitor_leaves_the_training_alone(open_terminal: OpenTerminal, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    terminal = open_terminal("launch", "demo", "--run-dir", str(run_dir), "--set", "train.epochs=4")
    terminal.wait_for(lambda: read_run(run_dir).curve.epochs)
    terminal.wait_for("TRAINING")
    os.killpg(terminal.process.pid, signal.SIGKILL)
    terminal.process.wait()
    before = len(read_run(run_dir).curve.epochs)
    assert psutil.pid_exists(read_trainer_pid(run_dir))
    again = open_terminal("attach", str(run_dir))
    again.wait_for(lambda: len(read_run(run_dir).curve.epochs) > before)
    again.wait_for("COMPLETED")
    run = read_run(run_dir)
    assert [reading.epoch for reading in run.curve.epochs] == [1, 2, 3, 4]
    assert run.phase is Phase.ENDED
    again.press("q")
    assert again.wait_for_exit() == ExitCode.COMPLETED


def test_an_alarm_stops_at_one_key(open_terminal: OpenTerminal, tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    terminal = open_terminal("launch", "demo", "--run-dir", str(run_dir), "--set", "train.lr=5e-5", columns=80, rows=24)
    terminal.wait_for(lambda: read_run(run_dir).alarm)
    terminal.wait_for("ALARM")
    assert "bad init" in terminal.text
    terminal.press("a")
    terminal.wait_for("ABORTED BY OPERATOR")
    assert read_run(run_dir).outcome is Outcome.ABORTED_BY_OPERATOR
    terminal.press("q")
    assert terminal.wait_for_exit() == ExitCode.STOPPED_BY_OPERATOR


def test_a_terminal_that_goes_away_restores_nothing_but_stops_nothing(
    open_terminal: OpenTerminal, tmp_path: Path
) -> None:
    run_dir = tmp_path / "run"
    terminal = open_terminal("launch", "demo", "--run-dir", str(run_dir), "--set", "train.epochs=2")
    terminal.wait_for(lambda: read_run(run_dir).curve.step)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait_for_exit() == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in terminal.raw
    assert termios.tcgetattr(terminal.side) == terminal.settings
    terminal.wait_for(lambda: read_run(run_dir).phase is Phase.ENDED)
    assert read_run(run_dir).outcome is Outcome.COMPLETED
