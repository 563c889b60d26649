"""Who is alive: guard.json held against the processes of this machine."""

import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from amn_tui.run.folder import RunFolder, read_place
from amn_tui.run.guard_events import GuardState, ProcessIdentity, RunEnded
from amn_tui.run.model import GuardSeen
from amn_tui.run.outcome import Outcome
from amn_tui.run.process import is_gone, read_boot_id
from amn_tui.run.sweep import find_marked
from amn_tui.run.tail import read_small
from checks.jsonl import build

COPY_AFTER_S = 600.0  # another machine's clock may differ by minutes; a guard signs every few seconds


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine, as far as liveness needs it; tests put their own in its place."""

    host: str
    boot_id: str
    is_gone: Callable[[ProcessIdentity], bool]
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    find_trainer: Callable[[str], ProcessIdentity | None] = find_marked  # by the place of its run folder


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(platform.node(), read_boot_id(), is_gone)


def read_guard_state(folder: RunFolder) -> GuardState | None:
    """Return what guard.json says; None when there is none that can be read."""
    try:
        return build(GuardState, json.loads(read_small(folder.guard_state)))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def look_at(folder: RunFolder, machine: Machine) -> GuardSeen:
    """Return whether guard and trainer of this folder live.

    A guard that was killed right after it had started the trainer has not written down who that is.
    """
    state, place = read_guard_state(folder), read_place(folder)
    seen = look(state, machine, place)
    if state is not None and state.trainer is None and seen.alive is False and not seen.copied:
        trainer = machine.find_trainer(place)
        if trainer is not None:
            return look(replace(state, trainer=trainer), machine, place)
    return seen


def look(state: GuardState | None, machine: Machine, place: str = "") -> GuardSeen:
    """Return whether guard and trainer live; None where that cannot be known: no guard.json, or another host's.

    `place` tells the folder that was looked into (`read_place`) from the one that the guard wrote into.
    """
    if state is None:
        return GuardSeen(state, alive=None)
    if _is_copy(state, machine, place):
        return GuardSeen(state, alive=False, trainer_alive=False, copied=True)
    if state.host != machine.host:
        return GuardSeen(state, alive=None)
    trainer_alive = None if state.trainer is None else not machine.is_gone(state.trainer)
    return GuardSeen(state, alive=not machine.is_gone(state.guard), trainer_alive=trainer_alive)


def _is_copy(state: GuardState, machine: Machine, place: str) -> bool:
    """Tell a copy from the folder itself; on another machine the same folder has another device, and may be shared."""
    if not state.place or not place or state.place == place:
        return False
    if state.host == machine.host:
        return True
    same_file = state.place.partition(":")[2] == place.partition(":")[2]
    return not same_file and machine.clock() - state.time > COPY_AFTER_S


def declare_lost(seen: GuardSeen, machine: Machine) -> RunEnded | None:
    """Return the end of a run that nobody recorded: guard and trainer are gone. None while one of them lives."""
    if seen.state is None or seen.alive is not False or seen.trainer_alive:
        return None
    return RunEnded(
        seen.state.time, Outcome.LOST, f"{_say_why(seen, seen.state, machine)}; nobody saw how the run ended"
    )


def _say_why(seen: GuardSeen, state: GuardState, machine: Machine) -> str:
    if seen.copied:
        return "this folder is a copy, and what ran when it was made does not run in it"
    if state.guard.boot_id != machine.boot_id:
        return "the machine was restarted (another boot id)"
    if state.trainer is None:
        return "the launch was killed before training began"
    return "the guard is gone and so is the trainer"
