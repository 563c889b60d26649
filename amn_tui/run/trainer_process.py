"""The trainer as the guard's child: started with the log as its own output, waited for without being reaped."""

import contextlib
import os
import select
import signal
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from amn_tui.run.ending import Exit
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import ProcessIdentity
from amn_tui.run.plan import Prepared
from amn_tui.run.process import identify, is_gone
from amn_tui.run.sweep import RUN_ID_VARIABLE
from amn_tui.run.tail import read_end
from amn_tui.run.text import decode_log_line
from amn_tui.run.torchrun import build_patience

LOG_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
LONGEST_QUOTE = 300
TORN = " …(torn)\n".encode()  # makes of half a line text, which says nothing of an epoch


class Child(Protocol):
    """A started process."""

    pid: int

    def wait(self) -> int:
        """Reap it."""
        ...


def build_environment(folder: RunFolder, run_id: str, grace_s: float, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the trainer's environment: the guard's, unbuffered, with the marks by which the run is known."""
    marks = {
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "AMN_CONTROL": str(folder.control),
        RUN_ID_VARIABLE: run_id,
    }
    return {**inherited, **build_patience(grace_s, inherited), **marks}


def spawn_trainer(prepared: Prepared, folder: RunFolder, run_id: str, lock: int, *, grace_s: float) -> Child:
    """Start the trainer in a session of its own; it inherits the lock. Raises OSError when it cannot be started.

    `grace_s`: how long it will be given to end, which torchrun must not cut short.
    """
    log = open_log(folder.log)
    try:
        return subprocess.Popen(
            prepared.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=prepared.cwd, start_new_session=True,
            pass_fds=(lock,), env=build_environment(folder, run_id, grace_s, os.environ),
        )  # fmt: skip
    finally:
        os.close(log)


def open_log(path: Path) -> int:
    """Open the log for appending; raises OSError when it is anything but a file, without ever waiting for it.

    Half a line, left by a crash, is closed first: what comes next must not be glued to it.
    """
    log = os.open(path, LOG_FLAGS, 0o600)
    if not stat.S_ISREG(os.fstat(log).st_mode):
        os.close(log)
        raise OSError(None, "not a regular file", str(path))
    os.set_blocking(log, True)
    with contextlib.suppress(OSError):  # a full disk delays the lines that follow, too
        if _is_torn(path):
            os.write(log, TORN)
    return log


def _is_torn(path: Path) -> bool:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        return size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"


def identify_child(child: Child) -> ProcessIdentity:
    """Return who the child is; not yet reaped, it is there even when it has ended already."""
    return identify(child.pid) or ProcessIdentity(child.pid, 0, "")


def peek_exit(pid: int) -> Exit | None:
    """Return how a child ended and leave it unreaped, so that its number stays its own; None while it lives."""
    if not hasattr(os, "waitid"):
        ended, status = os.waitpid(pid, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status)
        return None if not ended else Exit(code=code) if code >= 0 else Exit(signal=-code)
    found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if found is None:
        return None
    if found.si_code == os.CLD_EXITED:
        return Exit(code=found.si_status)
    return Exit(signal=found.si_status)


class OwnTrainer:
    """The trainer as this guard's child, whose end it sees."""

    def __init__(self, child: Child) -> None:
        """Watch a child that was just started."""
        self._child = child
        self.identity = identify_child(child)

    def peek_exit(self) -> Exit | None:
        """Return how it ended, None while it lives."""
        return peek_exit(self._child.pid)

    def let_go(self) -> None:
        """Reap it: its number may be another's from now on."""
        self._child.wait()


class AdoptedTrainer:
    """The trainer of a guard that was killed: whether it lives can be seen, how it ended cannot."""

    def __init__(self, identity: ProcessIdentity) -> None:
        """Watch that process and no other."""
        self.identity = identity

    def peek_exit(self) -> Exit | None:
        """Return that it has ended, None while it lives."""
        return Exit(unseen=True) if is_gone(self.identity) else None

    def let_go(self) -> None:
        """Do nothing: it is somebody else's to reap."""


class Waiter:
    """Waits until the trainer ends or a time has passed, without turning in circles."""

    def __init__(self, pid: int) -> None:
        """Wait for the process `pid`; where there are no pidfds, or it is gone already, by the clock alone."""
        self._poll = select.poll()
        self._descriptor = -1
        with contextlib.suppress(AttributeError, ProcessLookupError):
            self._descriptor = os.pidfd_open(pid)
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
    """Return the last line of a log that is not blank, safe to show, for the post-mortem."""
    try:
        lines = [line for line in read_end(path, 4096).splitlines() if line.strip()]
    except OSError:
        return ""
    line = decode_log_line(lines[-1]) if lines else ""
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"


def ignore_terminal_signals() -> None:
    """Let SIGHUP and SIGINT pass: they are meant for whoever sits at a terminal.

    By a handler that does nothing, since what is ignored would stay ignored in the trainer.
    """
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: None)
