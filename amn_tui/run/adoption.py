"""python -m amn_tui.run.adoption RUN_DIR: a new guard for a trainer whose guard was killed.

The trainer goes on without its guard, and keeps the run's lock. Whoever adopts it holds a lock of his own, so that of
two monitors that come at once one arms a guard; only a guard that is known to be gone has a successor.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from amn_tui.run import ladder
from amn_tui.run.control import MonitorAttached, ask
from amn_tui.run.detached import end_with, spawn_detached
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard import Guard, take_post
from amn_tui.run.guard_events import GuardState
from amn_tui.run.history import Interrupted, read_baselines, read_interrupted, read_waived_gates
from amn_tui.run.liveness import Machine, look_at, this_machine
from amn_tui.run.lock import take_guard_lock
from amn_tui.run.plan import Plan
from amn_tui.run.plan_file import read_own_plan
from amn_tui.run.process import identify_self
from amn_tui.run.supervision import Supervision
from checks.errors import InputError


def find_orphan(folder: RunFolder, machine: Machine | None = None) -> GuardState | None:
    """Return the last sign of a guard that is gone while its trainer lives on this machine; None where there is none.

    Each is known by its number, its start and this boot: never another process that has the number now.
    """
    seen = look_at(folder, machine or this_machine())
    return seen.state if seen.orphaned else None


def rearm(folder: RunFolder, by: str = "") -> bool:
    """Start a guard that adopts the trainer if it has none; return whether that was needed. Raises OSError.

    `by` says who watches and can answer an alarm: a gate that failed meanwhile then counts down before it stops it.
    """
    if find_orphan(folder) is None:
        return False
    if by:
        ask(folder, MonitorAttached(time.time(), by, identify_self()))
    spawn_detached(folder, "amn_tui.run.adoption")
    return True


def adopt_run(folder: RunFolder) -> int:
    """Guard the trainer that goes on in `folder` to its end; 0 at once when it is guarded, or there is none."""
    if take_guard_lock(folder) is None:
        return 0
    orphan = find_orphan(folder)  # asked with the lock in hand: before that, somebody else may have adopted it
    plan, _ = read_own_plan(folder.plan)
    left = read_interrupted(folder)
    if orphan is None or orphan.trainer is None or left.ended:
        return 0
    if plan.prepared is None:
        raise InputError(folder.plan, "prepared", "nothing", "a plan written by amn-tui launch")
    guard = Guard(folder, plan.prepared, take_up(folder, plan, left), left.began_s)
    take_post(guard)
    return guard.adopt(orphan.trainer, left)


def take_up(folder: RunFolder, plan: Plan, left: Interrupted) -> Supervision:
    """Return what is to be known and done from now on; a stop that was under way begins again at its first rung."""
    state = Supervision(plan, read_baselines(folder), alarmed=read_waived_gates(folder), alarms=left.alarms)
    if left.asked is None:
        return state
    patience = ladder.settle_patience(plan.run.grace_s, None)
    stop = ladder.begin_stop(time.monotonic(), patience, trainer_reads_control=plan.run.is_ours)
    return replace(state, asked=left.asked, stop=stop)


def main() -> None:
    """Adopt the trainer of the run folder that is named; errors go to stderr, which is kept in guard.err."""
    end_with(lambda: adopt_run(RunFolder(Path(sys.argv[1]).absolute())))


if __name__ == "__main__":
    main()
