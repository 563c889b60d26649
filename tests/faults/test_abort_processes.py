"""After an abort: no process of the run is left, or it is named; nobody else's is touched; ways out when files fail."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import RunEnded, Rung, StopEscalated
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan import RunSection
from amn_tui.run.session import read_run
from amn_tui.run.torchrun import build_torchrun
from amn_tui.ui.widgets.banner import pick_banner

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
