"""What a monitor shows when the guard is killed, and what coming back to such a run does."""

import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from amn_tui.run.guard_events import RunEnded, TrainerAdopted
from amn_tui.run.outcome import ExitCode, Outcome
from amn_tui.run.session import read_run
from tests.real import AMN_TUI

pytestmark = [pytest.mark.slow, pytest.mark.fault(5)]

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
TRAINS = "say(1, val_cosine=0.5); idle()"


@pytest.fixture
def training(launch: Any, wait_until: WaitUntil) -> Any:
    folder, guard = launch(TRAINS)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    return folder, guard


def test_every_monitor_shows_it_within_ten_seconds(
    training: Any, launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = training
    watching = open_terminal("attach", str(folder.path))
    looking = open_terminal("attach", "--read-only", str(folder.path))
    lines = launch.tmp_path / "lines"
    with lines.open("wb") as out:
        argv = [*AMN_TUI, "attach", "--plain", str(folder.path)]
        plain = subprocess.Popen(argv, stdout=out, stdin=subprocess.DEVNULL)
    launch.processes.append(plain)
    for terminal in (watching, looking):
        terminal.wait_for("◆ guarded")
    wait_until(lambda: "gate PASS  bad init" in lines.read_text())
    guard.kill()
    guard.wait()
    began_s = time.monotonic()
    watching.wait_for("UNGUARDED")
    looking.wait_for("UNGUARDED")
    wait_until(lambda: "UNGUARDED" in lines.read_text())
    took_s = time.monotonic() - began_s
    assert took_s < 10
    watching.wait_for("r guard")
    assert "r guard" not in looking.text
    assert launch.read_events(TrainerAdopted) == []  # who only watches arms nothing
    watching.press("r")
    for terminal in (watching, looking):
        terminal.wait_for("guarded again")
        terminal.wait_for(lambda shown=terminal: "UNGUARDED" not in shown.text)
    launch.abort()
    watching.wait_for("ABORTED BY OPERATOR")
    assert plain.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    happened(f"3 monitors said UNGUARDED within {took_s:.1f} s; one key armed a guard again")


def test_attach_arms_a_guard_again(
    training: Any, launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil
) -> None:
    folder, guard = training
    guard.kill()
    guard.wait()
    looking = open_terminal("attach", "--read-only", str(folder.path))
    looking.wait_for("UNGUARDED")
    assert launch.read_events(TrainerAdopted) == []
    assert not folder.guard_lock.exists()
    both = [open_terminal("attach", str(folder.path)) for _ in range(2)]
    for terminal in (*both, looking):
        terminal.wait_for("guarded again")
    assert len(launch.read_events(TrainerAdopted)) == 1
    both[0].press("a")
    both[0].wait_for("Stop")
    both[0].press("y")
    for terminal in (*both, looking):
        terminal.wait_for("ABORTED BY OPERATOR")
    assert launch.list_members() == []


def test_an_alarm_that_nobody_enforced_waits_for_who_comes_back(
    launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); time.sleep(1.5); say(2, val_cosine=0.4); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    guard.kill()
    guard.wait()
    wait_until(lambda: len(read_run(folder.path).curve.epochs) == 2)
    terminal = open_terminal("attach", str(folder.path))
    terminal.wait_for("ALARM")
    terminal.wait_for("stops in")  # the person who came is given the time to waive it
    terminal.press("w")
    terminal.wait_for("Waive")
    terminal.press("known\r")
    wait_until(lambda: read_run(folder.path).last_waiver)
    assert len(launch.list_members()) == 1


def test_abort_from_the_command_line_arms_a_guard_to_carry_it_out(training: Any, launch: Any) -> None:
    folder, guard = training
    guard.kill()
    guard.wait()
    argv = [*AMN_TUI, "abort", str(folder.path)]
    asked = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert asked.returncode == ExitCode.STOPPED_BY_OPERATOR, asked.stdout + asked.stderr
    assert launch.read_events(RunEnded)[0].outcome is Outcome.ABORTED_BY_OPERATOR
    assert launch.list_members() == []
