"""Starting a process that outlives whoever started it: a session of its own, and nothing of this terminal's."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from amn_tui.run.folder import RunFolder
from amn_tui.run.lock import LOCK_VARIABLE
from amn_tui.run.outcome import ExitCode
from checks.errors import InputError


def spawn_detached(
    folder: RunFolder,
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    lock: int | None = None,
) -> None:
    """Start `python -m MODULE RUN_DIR ARGUMENTS`; what it says goes to guard.err. Raises OSError.

    Its parent is whoever outlives us; it is known by guard.json. It inherits the `lock`, if there is one.
    """
    variables = dict(os.environ if environment is None else environment)
    if lock is not None:
        variables[LOCK_VARIABLE] = str(lock)
    errors = open_errors(folder)
    try:
        subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(folder.path), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            env=variables, pass_fds=() if lock is None else (lock,),
        )  # fmt: skip
    finally:
        os.close(errors)


def end_with(work: Callable[[], int]) -> NoReturn:
    """Do the work of a detached process and exit with its code; an error goes to stderr, which is kept in guard.err."""
    try:
        code = work()
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        code = ExitCode.ERROR
    sys.exit(code)


def open_errors(folder: RunFolder) -> int:
    """Open guard.err for appending, never through a link and without ever waiting for it; raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    return os.open(folder.guard_errors, flags, 0o600)
