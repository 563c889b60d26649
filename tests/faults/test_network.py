"""Nothing listens, nothing calls out; who only looks changes nothing."""

import sys
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from amn_tui.cli import cli
from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run

Happened = Callable[[str], None]
WaitUntil = Callable[[Callable[[], object]], None]
AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]


def list_sockets(pid: int) -> list[Any]:
    return psutil.Process(pid).net_connections("inet")


@pytest.mark.fault(70)
@pytest.mark.fault(71)
@pytest.mark.slow
def test_nothing_listens_and_nothing_connects_out(
    launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    monitor = open_terminal("attach", str(folder.path))
    monitor.wait_for("guarded")
    seen = [list_sockets(pid) for pid in (guard.pid, monitor.process.pid)]
    launch.abort()
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    monitor.wait_for("ABORTED BY OPERATOR")
    seen.append(list_sockets(monitor.process.pid))
    assert seen == [[], [], []]
    happened("guard and monitor have no inet socket; there is no webhook and no serve command")


@pytest.mark.fault(70)
@pytest.mark.fault(71)
def test_no_command_serves_or_notifies() -> None:
    assert not {"serve", "notify", "webhook"} & set(cli.commands)


@pytest.mark.fault(72)
@pytest.mark.slow
def test_who_only_looks_leaves_no_trace_and_stops_nothing(
    launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    monitor = open_terminal("attach", "--read-only", str(folder.path))
    monitor.wait_for("z zoom")
    assert "a abort" not in monitor.text
    monitor.press("awy\rz")
    monitor.wait_for(lambda: "preflight" not in monitor.text)  # z came after them all, and was heard
    assert "Stop" not in monitor.text
    monitor.press("q")
    assert monitor.wait_for_exit() == 0
    assert not folder.control.exists()
    assert guard.poll() is None
    happened("a, w, y pressed: no control.jsonl, no signal")


@pytest.mark.fault(72)
@pytest.mark.slow
def test_read_only_needs_no_right_to_write(
    launch: Any, wait_until: WaitUntil, open_program: Callable[..., Any], happened: Happened
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    inside = f'mount --bind {folder.path} {folder.path} && mount -o remount,ro,bind {folder.path} && exec "$@"'
    monitor = open_program(
        "unshare", "-m", "sh", "-c", inside, "sh", *AMN_TUI, "attach", "--read-only", str(folder.path)
    )
    monitor.wait_for("guarded")
    assert "PROBLEM" not in monitor.text
    monitor.press("a")
    monitor.press("q")
    assert monitor.wait_for_exit() == 0
    assert guard.poll() is None
    (started,) = launch.read_events(TrainerStarted)
    assert psutil.pid_exists(started.trainer.pid)
    assert not folder.control.exists()
    happened("on a read-only mount: shown, the run goes on")
