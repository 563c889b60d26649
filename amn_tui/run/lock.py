"""One run folder, one run: a lock held by the guard and inherited by the trainer."""

import fcntl
import os
from datetime import UTC, datetime

from amn_tui.run.folder import RunFolder
from amn_tui.run.liveness import read_guard_state
from checks.errors import InputError


def take_lock(folder: RunFolder) -> int:
    """Return the descriptor of the lock, held; raises InputError that names who holds it."""
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise InputError(folder.path, "", _say_holder(folder), "a run folder in which nothing runs") from error
    return descriptor


def _say_holder(folder: RunFolder) -> str:
    state = read_guard_state(folder)
    if state is None:
        return "a run that goes on"
    seen = datetime.fromtimestamp(state.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"a run that goes on, guarded by process {state.guard.pid} on {state.host}, last seen {seen}"
