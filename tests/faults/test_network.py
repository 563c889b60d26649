"""Nothing listens, nothing calls out; who only looks changes nothing."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import TrainerStarted
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run

Happened = Callable[[str], None]
WaitUntil = Callable[[Callable[[], object]], None]
EVERYWHERE = "0.0.0.0"  # noqa: S104 (that is what must be refused)
AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]


def list_sockets(pid: int) -> list[Any]:
    return psutil.Process(pid).net_connections("inet")


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
    happened("guard and monitor have no inet socket; only `amn-tui serve` listens, on loopback, behind a token")


@pytest.mark.fault(71)
def test_a_server_is_on_loopback_unless_it_is_told_to_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "training.log").write_text("Epoch 1/2\n")
    refused = subprocess.run(
        [*AMN_TUI, "serve", "--host", EVERYWHERE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == ExitCode.USAGE
    assert EVERYWHERE in refused.stderr
    assert "--expose" in refused.stderr


@pytest.mark.fault(70)
@pytest.mark.slow
def test_an_address_that_never_answers_delays_neither_gate_nor_abort(
    launch: Any, open_terminal: Callable[..., Any], wait_until: WaitUntil, happened: Happened
) -> None:
    code = """
say(1, val_cosine=0.5)
while not pathlib.Path('go').exists(): time.sleep(0.01)
say(2, val_cosine=0.4); idle()
"""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        hole.settimeout(30)
        folder, guard = launch(code, countdown_s=600.0)
        monitor = open_terminal("attach", "--notify", f"json://127.0.0.1:{hole.getsockname()[1]}", str(folder.path))
        monitor.wait_for("guarded")
        (launch.tmp_path / "go").touch()
        monitor.wait_for("ALARM")
        with hole.accept()[0]:  # it is being told, and waits for an answer that never comes
            monitor.press("a")
            assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
            monitor.wait_for("ABORTED BY OPERATOR")
    happened("gate FAIL and key a were carried out while the address kept the monitor waiting")


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
