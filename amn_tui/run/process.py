"""Processes: who they are, whether they are gone, and the only place that sends a signal."""

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from amn_tui.run.guard_events import ProcessIdentity
from amn_tui.run.process_table import ProcessRow, read_row

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


class Sent(StrEnum):
    """What became of a signal."""

    SENT = "sent"
    GONE = "gone"  # the process is no longer there, or its number is another's now: nothing was sent
    FORBIDDEN = "forbidden"  # it belongs to another user


@cache
def read_boot_id() -> str:
    """Return this boot's id; "" without /proc, where start times are absolute and tell boots apart by themselves."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def identify(pid: int) -> ProcessIdentity | None:
    """Return who has this number now; None when nobody has."""
    row = read_row(pid)
    return None if row is None else identify_row(row)


def identify_row(row: ProcessRow) -> ProcessIdentity:
    """Return the identity of a row of the process table."""
    return ProcessIdentity(row.pid, row.start_ticks, read_boot_id())


def identify_self() -> ProcessIdentity:
    """Return this process's identity."""
    found = identify(os.getpid())
    return found or ProcessIdentity(os.getpid(), 0, read_boot_id())


def is_gone(identity: ProcessIdentity) -> bool:
    """Tell whether that process has ended; a zombie has, and so has one whose number is another's now."""
    if identity.boot_id != read_boot_id():
        return True
    row = read_row(identity.pid)
    return row is None or row.ended or row.start_ticks != identity.start_ticks


def send_signal(identity: ProcessIdentity, number: signal.Signals) -> Sent:
    """Send a signal to that process and to no other."""
    try:
        if not hasattr(os, "pidfd_open"):
            if is_gone(identity):
                return Sent.GONE
            os.kill(identity.pid, number)
            return Sent.SENT
        # Open first, ask who it is second: what the descriptor stands for can then no longer change.
        descriptor = os.pidfd_open(identity.pid)
        try:
            if is_gone(identity):
                return Sent.GONE
            signal.pidfd_send_signal(descriptor, number)
            return Sent.SENT
        finally:
            os.close(descriptor)
    except ProcessLookupError:
        return Sent.GONE
    except PermissionError:
        return Sent.FORBIDDEN


def send_signals(identities: Iterable[ProcessIdentity], *numbers: signal.Signals) -> frozenset[int]:
    """Send signals, in order, to each process; return the pids that may not be signalled."""
    return frozenset(
        identity.pid
        for identity in identities
        if Sent.FORBIDDEN in [send_signal(identity, number) for number in numbers]
    )  # fmt: skip


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose parent ends (Linux); False where that cannot be."""
    return _set_prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent() -> bool:
    """Let this process be killed when the one that started it ends (Linux); False where that cannot be."""
    return _set_prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _set_prctl(option: int, value: int) -> bool:
    with contextlib.suppress(OSError, AttributeError):
        nothing = ctypes.c_ulong(0)
        done = ctypes.CDLL(None, use_errno=True).prctl(option, ctypes.c_ulong(value), nothing, nothing, nothing)
        return bool(done == 0)
    return False
