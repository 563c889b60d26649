"""Who is alive: guard.json held against the processes of this machine."""

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import GuardState, ProcessIdentity, RunEnded
from amn_tui.run.model import GuardSeen
from amn_tui.run.outcome import Outcome
from amn_tui.run.process import is_gone, read_boot_id
from amn_tui.run.tail import read_small
from checks.jsonl import build


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine, as far as liveness needs it; tests put their own in its place."""

    host: str
    boot_id: str
    is_gone: Callable[[ProcessIdentity], bool]


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(platform.node(), read_boot_id(), is_gone)


def read_guard_state(folder: RunFolder) -> GuardState | None:
    """Return what guard.json says; None when there is none that can be read."""
    try:
        return build(GuardState, json.loads(read_small(folder.guard_state)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def look(state: GuardState | None, machine: Machine) -> GuardSeen:
    """Return whether guard and trainer live; None where that cannot be known: no guard.json, or another host's."""
    if state is None or state.host != machine.host:
        return GuardSeen(state, alive=None)
    trainer_alive = None if state.trainer is None else not machine.is_gone(state.trainer)
    return GuardSeen(state, alive=not machine.is_gone(state.guard), trainer_alive=trainer_alive)


def declare_lost(seen: GuardSeen, machine: Machine) -> RunEnded | None:
    """Return the end of a run that nobody recorded: guard and trainer are gone. None while one of them lives."""
    if seen.state is None or seen.alive is not False or seen.trainer_alive:
        return None
    rebooted = seen.state.guard.boot_id != machine.boot_id
    why = "the machine was restarted" if rebooted else "the guard is gone and so is the trainer"
    return RunEnded(seen.state.time, Outcome.LOST, f"{why}; nobody saw how the run ended")
