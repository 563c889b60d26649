"""join: one more machine of a run that is guarded elsewhere; its ranks become this process."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GuardState
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.outcome import ExitCode
from amn_tui.run.plan_file import read_plan
from amn_tui.run.torchrun import build_patience, renumber
from checks.errors import InputError

LOOK_EVERY_S = 0.5
TRAINS, ENDED = ("training", "alarm"), "ended"  # what the guard's sign of life says


def join_run(path: Path, node_rank: int, wait_s: float) -> int:
    """Wait until the run trains, then become its torchrun on this machine; return an exit code where it does not.

    Raises InputError for a run that has no place for another machine.
    """
    folder = RunFolder(path.absolute())
    if wait_for_training(lambda: read_guard_state(folder), wait_s):
        _become_ranks(folder, node_rank)
    sys.stderr.write(f"amn-tui: {path}: no run began, or none for {wait_s:g} s\n")
    return ExitCode.LOST


def wait_for_training(
    look: Callable[[], GuardState | None],
    wait_s: float,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
) -> bool:
    """Tell whether a guard that lives now came to train; False when its run ended, or nothing changed for `wait_s`.

    A sign that was there before may be a dead guard's, and clocks of two machines differ: only one that changes counts.
    """
    seen, since_s = look(), clock()
    while clock() - since_s < wait_s:
        state = look()
        if state != seen:
            if state is not None and state.state in TRAINS:
                return True
            if state is not None and state.state == ENDED:
                return False
            seen, since_s = state, clock()
        pause(LOOK_EVERY_S)
    return False


def _become_ranks(folder: RunFolder, node_rank: int) -> NoReturn:
    """Run the plan's command in place of this process: a signal of the scheduler then reaches torchrun itself."""
    plan = read_plan(folder.plan)
    prepared = plan.prepared
    if prepared is None:
        raise InputError(folder.plan, "prepared", "nothing", "a plan written by amn-tui launch")
    try:
        argv = renumber(prepared.argv, node_rank)
    except ValueError as error:
        found = " ".join(plan.run.torchrun) or "nothing"
        raise InputError(folder.plan, "run.torchrun", found, "where several machines meet: --nnodes=2") from error
    os.environ |= {"PYTHONUNBUFFERED": "1", **build_patience(plan.run.grace_s, os.environ)}
    os.chdir(prepared.cwd)
    os.execv(argv[0], argv)  # noqa: S606 (the command of the plan, without a shell)
