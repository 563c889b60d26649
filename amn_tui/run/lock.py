"""One run folder, one run: a lock held by the guard and inherited by the trainer."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

from amn_tui.run.folder import RunFolder
from amn_tui.run.liveness import read_guard_state
from checks.errors import InputError

LOCK_VARIABLE = "AMN_LOCK"  # the descriptor, across an exec


def take_lock(folder: RunFolder) -> int:
    """Return the descriptor of the lock, held; raises InputError that names who holds it."""
    inherited = _find_inherited(folder)
    if inherited is not None:
        return inherited
    try:
        descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise InputError(folder.lock, "", error.strerror or "an error", "a file that can be locked") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_held(folder.guard_lock):  # by who adopted a trainer, and has not yet said how it ended
            raise BlockingIOError
    except OSError as error:
        os.close(descriptor)
        held = isinstance(error, BlockingIOError)
        found = say_holder(folder) if held else error.strerror or "an error"
        expected = "a run folder in which nothing runs" if held else "a file system that can lock files"
        raise InputError(folder.path, "", found, expected) from error
    return descriptor


def take_guard_lock(folder: RunFolder) -> int | None:
    """Return the descriptor of the lock of who adopts a trainer, held; None when somebody else holds it.

    The trainer itself keeps the other lock. Raises OSError when the file cannot be opened.
    """
    descriptor = os.open(folder.guard_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Tell whether somebody holds the lock in this file, which need not exist."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def hand_on(lock: int) -> None:
    """Let the program that this process becomes by exec hold the lock; its `take_lock` finds it."""
    os.set_inheritable(lock, True)
    os.environ[LOCK_VARIABLE] = str(lock)


def _find_inherited(folder: RunFolder) -> int | None:
    given = os.environ.pop(LOCK_VARIABLE, "")
    if not given.isdecimal():
        return None
    try:
        held, named = os.fstat(int(given)), folder.lock.lstat()
    except OSError:
        return None
    if (held.st_dev, held.st_ino) != (named.st_dev, named.st_ino):
        return None
    os.set_inheritable(int(given), False)
    return int(given)


def say_holder(folder: RunFolder) -> str:
    """Say who runs in a folder, and since when nobody has heard of him."""
    state = read_guard_state(folder)
    if state is None:
        return f"a run that goes on, launched {_stamp(folder.lock.stat().st_mtime)}"
    return f"a run that goes on, guarded by process {state.guard.pid} on {state.host}, last seen {_stamp(state.time)}"


def _stamp(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
