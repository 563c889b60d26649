"""After an abort: no process of the run is left, or it is named; nobody else's is touched; ways out when files fail."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.aborting import abort_run
from amn_tui.run import process
from amn_tui.run.folder import write_whole
from amn_tui.run.guard_events import ProcessIdentity, RunEnded, Rung, StopEscalated, TrainerStarted
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan import RunSection
from amn_tui.run.process import identify
from amn_tui.run.session import read_run
from amn_tui.run.torchrun import build_torchrun
from amn_tui.ui.widgets.banner import pick_banner
from checks.jsonl import encode_line
from tests.faults.small_disk import USER
from tests.real import AMN_TUI

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
pytestmark = pytest.mark.slow

# Children as they come: plain, in a session of their own, forked twice, without the run's environment; all deaf.
BROOD = """
signal.signal(15, signal.SIG_IGN)
def note(): pathlib.Path(f'pid{os.getpid()}').touch()
deaf = ("import os, pathlib, signal; signal.signal(15, signal.SIG_IGN); pathlib.Path(f'pid{os.getpid()}').touch(); "
        "signal.pause()")
subprocess.Popen([sys.executable, '-c', deaf])
subprocess.Popen(['setsid', '-f', sys.executable, '-c', deaf])
subprocess.Popen(['setsid', '-f', 'env', '-i', sys.executable, '-c', deaf])
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid(); note(); idle()
    os._exit(0)
note(); say(1, val_cosine=0.5); idle()
"""


def list_noted(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("pid")) for path in folder.glob("pid*")]


def is_there(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.fault(21)
def test_no_kind_of_child_is_left_when_stopped_is_said(launch: Any, wait_until: WaitUntil, happened: Happened) -> None:
    _, guard = launch(BROOD, grace_s=0.3, cwd=launch.tmp_path)
    wait_until(lambda: len(list_noted(launch.tmp_path)) == 5)
    launch.abort()
    wait_until(lambda: launch.read_events(RunEnded))
    assert [pid for pid in list_noted(launch.tmp_path) if is_there(pid)] == []  # at the very moment at which it is said
    assert guard.wait(10) == ExitCode.STOPPED_BY_OPERATOR
    (ended,) = launch.read_events(RunEnded)
    assert ended.survivors == ()
    killed = launch.read_events(StopEscalated)[-1]
    assert killed.rung is Rung.KILL_ALL
    happened(f"{len(killed.pids)} deaf processes met SIGKILL, 0 left when the end was written")


LOADING_RANK = """
import torch
from torch.utils.data import DataLoader
def deaf(_=None): signal.signal(15, signal.SIG_IGN); pathlib.Path(f'pid{os.getpid()}').touch()
deaf()
for batch in DataLoader(list(range(10**6)), num_workers=2, worker_init_fn=deaf): time.sleep(0.05)
"""


@pytest.mark.fault(21)
def test_torchrun_with_two_ranks_and_their_workers_leaves_nothing(
    launch: Any, wait_until: WaitUntil, happened: Happened
) -> None:
    rank = (sys.executable, "-P", str(launch.tmp_path / "train.py"))
    argv = (*build_torchrun(RunSection(name="t", processes=2), Path("plan.toml")), *rank)
    _, guard = launch(LOADING_RANK, argv=argv, grace_s=0.5, cwd=launch.tmp_path)
    wait_until(lambda: len(list_noted(launch.tmp_path)) == 6)
    pids = {*launch.list_members(), *list_noted(launch.tmp_path)}
    launch.abort()
    wait_until(lambda: launch.read_events(RunEnded))
    assert [pid for pid in pids if is_there(pid)] == []
    assert guard.wait(10) == ExitCode.STOPPED_BY_OPERATOR
    (ended,) = launch.read_events(RunEnded)
    assert ended.survivors == ()
    happened(f"{len(pids)} processes (torchrun, 2 ranks, 4 workers), 0 left")


CAP_KILL, PR_CAPBSET_DROP = 5, 24


def drop_right_to_kill() -> None:
    """Let root, too, be refused to signal another user's processes."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0)


OTHER_USER = """
child = subprocess.Popen(['setpriv', '--reuid=65534', '--clear-groups', 'sleep', '1000'])
while not pathlib.Path(f'/proc/{child.pid}/cmdline').read_bytes().startswith(b'sleep'): time.sleep(0.01)
pathlib.Path(f'pid{child.pid}').touch(); say(1, val_cosine=0.5); idle()
"""


@pytest.mark.fault(22)
@pytest.mark.fault(21)
def test_a_process_of_another_user_is_named_as_not_stopped(
    launch: Any, wait_until: WaitUntil, happened: Happened
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root: to start a process as another user")
    folder, guard = launch(OTHER_USER, grace_s=0.3, cwd=launch.tmp_path, preexec_fn=drop_right_to_kill)
    wait_until(lambda: list_noted(launch.tmp_path))
    (other,) = list_noted(launch.tmp_path)
    try:
        launch.abort()
        assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
        assert is_there(other)
        (ended,) = launch.read_events(RunEnded)
        assert ended.survivors == (other,)
        assert f"could not stop pid {other} (permission denied)" in ended.words
        banner = pick_banner(read_run(folder.path), time.time(), can_answer=True)
        assert banner is not None
        assert any(f"1 processes could not be stopped: {other}" in line for line in banner.below)
        happened(ended.words)
    finally:
        os.kill(other, signal.SIGKILL)


@pytest.fixture
def nobody_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(identity: ProcessIdentity, number: signal.Signals) -> None:
        pytest.fail(f"{number.name} was sent to {identity.pid}")

    monkeypatch.setattr(process, "send_signal", send)
    monkeypatch.setattr("amn_tui.run.stop_request.send_signal", send)


@pytest.mark.fault(23)
@pytest.mark.usefixtures("nobody_is_signalled")
def test_an_abort_after_the_end_sends_nothing_and_says_so(
    launch: Any, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    assert guard.wait(30) == ExitCode.COMPLETED
    before = folder.path.stat().st_mtime_ns
    assert abort_run(folder.path, "") == ExitCode.LOST
    said = capsys.readouterr().err
    assert "already ended: COMPLETED: exit code 0 after epoch 1" in said
    assert folder.path.stat().st_mtime_ns == before  # and nothing is written
    happened(said.strip()[-80:])


@pytest.mark.fault(23)
@pytest.mark.usefixtures("nobody_is_signalled")
def test_a_number_that_another_process_has_now_is_not_signalled(
    launch: Any, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    guard.wait(30)
    folder.guard_log.unlink()  # nobody saw the end
    with subprocess.Popen(["sleep", "1000"]) as stranger:
        me, state = identify(stranger.pid), read_guard_state(folder)
        assert me is not None
        assert state is not None
        earlier = replace(me, start_ticks=me.start_ticks - 1)
        write_whole(folder.guard_state, encode_line(replace(state, guard=earlier, trainer=earlier)))
        assert abort_run(folder.path, "") == ExitCode.LOST
        assert stranger.poll() is None
        stranger.kill()
    happened(capsys.readouterr().err.strip()[-60:])


@pytest.mark.fault(23)
def test_an_abort_in_the_moment_of_the_end_is_one_or_the_other(
    tmp_path: Path, request: pytest.FixtureRequest, wait_until: WaitUntil, happened: Happened
) -> None:
    launch_class, ends = type(request.getfixturevalue("launch")), []
    for count in range(5):
        (tmp_path / str(count)).mkdir()
        launch = launch_class(tmp_path / str(count))
        try:
            folder, guard = launch("signal.signal(10, lambda *_: sys.exit(0)); say(1, 1, val_cosine=0.5); idle()")
            wait_until(lambda folder=folder: read_run(folder.path).curve.epochs)
            (started,) = launch.read_events(TrainerStarted)
            os.kill(started.trainer.pid, signal.SIGUSR1)
            launch.abort()
            assert guard.wait(30) in (ExitCode.COMPLETED, ExitCode.STOPPED_BY_OPERATOR)
            (ended,) = launch.read_events(RunEnded)
            assert ended.survivors == ()
            assert ended.exit_code == 0 or ended.signal == "SIGTERM"
            ends.append(str(ended.outcome))
        finally:
            launch.close()
    happened(", ".join(ends))


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


def see_read_only(folder: Path, *argv: str) -> list[str]:
    """Return a command that runs `argv` where the folder is mounted read-only; skips the test where that cannot be."""
    command = ["unshare", "-m", *USER, "--propagation", "private", "sh", "-c", READ_ONLY, "sh", str(folder)]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"needs unshare -m: {tried.stderr.strip()}")
    return [*command, *argv]


ASK_AS_THE_SCREEN_DOES = """
import pathlib, sys, time
from amn_tui.run.folder import RunFolder
from amn_tui.run.session import read_run
from amn_tui.ui.requests import Requests
path = pathlib.Path(sys.argv[1])
print(Requests(RunFolder(path), "ann", time.time).abort(read_run(path)))
"""


@pytest.mark.fault(24)
@pytest.mark.parametrize("screen", [False, True])
def test_a_run_in_a_folder_that_is_read_only_is_stopped_by_signals(
    launch: Any, wait_until: WaitUntil, screen: bool, happened: Happened
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    program = [sys.executable, "-c", ASK_AS_THE_SCREEN_DOES] if screen else [*AMN_TUI, "abort"]
    argv = see_read_only(folder.path, *program, str(folder.path))
    asked = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = asked.stdout if screen else asked.stderr
    assert asked.returncode == (0 if screen else ExitCode.STOPPED_BY_OPERATOR), asked.stderr
    assert "control.jsonl cannot be written (Read-only file system); " in said
    assert f"sent SIGTERM to the guard, pid {guard.pid}" in said
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []
    happened(said.strip().rpartition("jsonl ")[2])
