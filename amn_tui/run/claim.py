"""Making a run folder one's own: the first launch has it, and what a launch that was killed has left is taken over."""

import os
import pwd
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from amn_tui.run.folder import RunFolder, create_folder
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.lock import is_held, say_holder, take_lock
from amn_tui.run.plan_file import read_own_plan
from checks.errors import InputError

_TEMPORARY = re.compile(r"\.[a-z.]+\.\d+\.tmp")  # what write_whole renames


@dataclass(frozen=True, slots=True)
class Claimed(RunFolder):
    """A run folder whose lock is `held`, to be handed on to the process that checks and guards.

    `argv` is the trainer's whole command, of which the folder's plan has the masked form.
    """

    held: int
    argv: tuple[str, ...] = ()


def claim_folder(path: Path) -> Claimed:
    """Make a new run folder, for its owner alone (0700); of several launches at once one gets it.

    Raises InputError when there already is something, and says what, or who was first.
    """
    folder = RunFolder(path)
    try:
        create_folder(path)
    except InputError as error:
        if not is_incomplete(folder):
            raise _refuse(folder) from error
        path.chmod(0o700)
    lock = take_lock(folder)
    with _let_go_on_error(lock):
        if not is_incomplete(folder):  # another launch had it in the meantime, and has ended
            raise _refuse(folder)
        for left in path.iterdir():
            if left != folder.lock:
                left.unlink()
    return Claimed(path, lock)


def is_incomplete(folder: RunFolder) -> bool:
    """Tell whether a launch was killed here before anything ran: there is nothing but what it writes first."""
    try:
        if folder.path.is_symlink() or folder.path.stat().st_uid != os.geteuid():
            return False
        first = (folder.plan.name, folder.lock.name, folder.guard_errors.name)
        names = os.listdir(folder.path)  # noqa: PTH208 (names are all that is asked)
        if not all(name in first or _TEMPORARY.fullmatch(name) for name in names):
            return False
        if folder.plan.name not in names:
            return True
        return folder.plan.is_file() and read_own_plan(folder.plan)[0].prepared is not None  # else it is somebody's own
    except (OSError, InputError):
        return False


def say_incomplete(folder: RunFolder) -> str:
    """Say that nothing ran in a folder and what to do with it; "" where something did, or is about to."""
    if not is_incomplete(folder) or is_held(folder.lock):
        return ""
    return (
        "incomplete run: its launch was killed before anything ran; "
        f"launch into it again with --run-dir {folder.path}, or remove it"
    )


def _refuse(folder: RunFolder) -> InputError:
    return InputError(folder.path, "", _say_occupant(folder), "a new run folder (use --resume to go on)")


def _say_occupant(folder: RunFolder) -> str:
    if is_held(folder.lock):
        return say_holder(folder)
    try:
        status = folder.path.stat()
    except OSError:
        return "an existing file or folder"
    state = read_guard_state(folder)
    at_s = state.time if state else status.st_mtime
    what = "a run" if state or folder.plan.is_file() else "an existing file or folder"
    return f"{what} of {_name_owner(status.st_uid)}, last changed {_stamp(at_s)}"


def _name_owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _stamp(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _let_go_on_error(lock: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(lock)
        raise
