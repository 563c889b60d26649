"""The trainer as the guard's child: started with the log as its own output, waited for without being reaped."""

import os
import select
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from amn_tui.run.ending import Exit
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import ProcessIdentity
from amn_tui.run.plan import Prepared
from amn_tui.run.process import identify
from amn_tui.run.sweep import RUN_ID_VARIABLE

LOG_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Child(Protocol):
    """A started process."""

    pid: int

    def wait(self) -> int:
        """Reap it."""
        ...


def build_environment(folder: RunFolder, run_id: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the trainer's environment: the guard's, unbuffered, with the marks by which the run is known."""
    marks = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "AMN_CONTROL": str(folder.control),
        RUN_ID_VARIABLE: run_id,
    }
    return {**inherited, **marks}


def spawn_trainer(prepared: Prepared, folder: RunFolder, run_id: str, lock: int) -> Child:
    """Start the trainer in a session of its own; it inherits the lock. Raises OSError when it cannot be started."""
    log = os.open(folder.log, LOG_FLAGS, 0o600)
    try:
        return subprocess.Popen(
            prepared.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=prepared.cwd, start_new_session=True,
            pass_fds=(lock,), env=build_environment(folder, run_id, os.environ),
        )  # fmt: skip
    finally:
        os.close(log)


def identify_child(child: Child) -> ProcessIdentity:
    """Return who the child is; not yet reaped, it is there even when it has ended already."""
    return identify(child.pid) or ProcessIdentity(child.pid, 0, "")


def peek_exit(pid: int) -> Exit | None:
    """Return how a child ended and leave it unreaped, so that its number stays its own; None while it lives."""
    found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if found is None:
        return None
    if found.si_code == os.CLD_EXITED:
        return Exit(code=found.si_status)
    return Exit(signal=found.si_status)


class Waiter:
    """Waits until the trainer ends or a time has passed, without turning in circles."""

    def __init__(self, pid: int) -> None:
        """Wait for the child `pid`; where there are no pidfds, by the clock alone."""
        self._poll = select.poll()
        self._descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        if self._descriptor >= 0:
            self._poll.register(self._descriptor, select.POLLIN)

    def wait(self, timeout_s: float) -> None:
        """Return after that time, or as soon as the child has ended."""
        self._poll.poll(timeout_s * 1000)

    def rest(self) -> None:
        """Stop listening to the child: it has ended, and would wake us for ever."""
        if self._descriptor >= 0:
            self._poll.unregister(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def read_last_line(path: Path) -> str:
    """Return the last line of a log that is not blank, for the post-mortem."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            lines = [line for line in file.read().splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1].decode("utf-8", "replace") if lines else ""


def ignore_terminal_signals() -> None:
    """Let SIGHUP and SIGINT pass: they are meant for whoever sits at a terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
