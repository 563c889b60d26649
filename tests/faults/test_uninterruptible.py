"""A trainer that waits within the kernel and hears no signal but SIGKILL: state D, as on a disk that does not answer.

No privilege is needed for it: who starts a process by posix_spawn waits like that, with all signals blocked, until the
new one runs its program, and that one opens a FIFO first which nobody writes to.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from amn_tui.run.guard_events import RunEnded, StopEscalated, TrainerStarted
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.outcome import ExitCode
from amn_tui.run.session import read_run
from tests.real import Terminal

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
WAITS = """
os.mkfifo('never')
say(1)
os.posix_spawn('/bin/true', ['true'], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 0, 'never', os.O_RDONLY, 0)])
say(2)
idle()
"""


@pytest.fixture
def waiting(launch: Any, wait_until: WaitUntil) -> psutil.Process:
    """Return a guarded trainer in state D, after its first epoch."""
    folder, _ = launch(WAITS, grace_s=1.0)
    wait_until(lambda: read_run(folder.path).curve.epochs)
    (started,) = launch.read_events(TrainerStarted)
    trainer = psutil.Process(started.trainer.pid)
    wait_until(lambda: [c for c in trainer.children() if c.status() == psutil.STATUS_SLEEPING])  # it opens the FIFO
    if trainer.status() != psutil.STATUS_DISK_SLEEP:
        pytest.skip(f"this kernel calls it {trainer.status()}, not uninterruptible")
    return trainer


@pytest.mark.slow
@pytest.mark.fault(10)
def test_it_is_left_alone_and_goes_on(
    waiting: psutil.Process, launch: Any, open_terminal: Callable[..., Terminal], wait_until: WaitUntil,
    happened: Happened, tmp_path: Path,
) -> None:  # fmt: skip
    terminal = open_terminal("attach", str(launch.folder.path))
    terminal.wait_for("guarded")
    signed = read_guard_state(launch.folder)
    wait_until(lambda: (now := read_guard_state(launch.folder)) and signed and now.time > signed.time)
    state = read_guard_state(launch.folder)
    assert state is not None
    assert (state.state, state.paused) == ("training", False)
    assert waiting.status() == psutil.STATUS_DISK_SLEEP
    assert "epoch 1/3" in terminal.text
    assert "PAUSED" not in terminal.text  # to continue it by a signal would be no use
    os.close(os.open(tmp_path / "never", os.O_WRONLY))
    terminal.wait_for("epoch 2/3")
    assert read_run(launch.folder.path).stop is None
    happened("state D: still training and guarded, not called paused; the kernel let it go on, and epoch 2 came")


@pytest.mark.slow
@pytest.mark.fault(10)
@pytest.mark.fault(20)
def test_it_is_stopped_by_the_last_rung(waiting: psutil.Process, launch: Any, happened: Happened) -> None:
    launch.abort()
    assert launch.processes[0].wait(60) == ExitCode.STOPPED_BY_OPERATOR
    rungs = [str(event.rung) for event in launch.read_events(StopEscalated)]
    (ended,) = launch.read_events(RunEnded)
    assert rungs[-1] == "kill_all"
    assert ended.signal == "SIGKILL"
    assert launch.list_members() == []
    assert not waiting.is_running()
    happened(f"state D, deaf to SIGTERM: {', '.join(rungs)}, and nothing is left")
