"""Asking for the stop of a run, by a line in its folder; where nobody would read it, by another guard or a signal."""

import signal
from collections.abc import Callable

from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import ProcessIdentity
from amn_tui.run.liveness import Machine, look_at, this_machine
from amn_tui.run.process import Sent, send_signal
from checks.errors import InputError


def arm_guard(folder: RunFolder) -> bool:
    """Arm another guard where one was killed; return whether that was needed and could be done."""
    from amn_tui.run.adoption import rearm  # with the guard's whole code, which a monitor hardly ever needs

    try:
        return rearm(folder)
    except OSError:
        return False


def ask_to_stop(
    folder: RunFolder,
    request: AbortAsked,
    *,
    reads_control: bool,
    machine: Machine | None = None,
    arm: Callable[[RunFolder], bool] = arm_guard,
) -> str:
    """Ask for the stop; return what had to be done beside writing a line, "" when that was enough.

    Where the guard was killed another one is armed, which hears the request and carries it out. `reads_control`: the
    trainer is ours, and hears it without a guard, too. The guard takes SIGTERM as an operator's word; a trainer that
    nobody can guard gets it itself. Raises InputError when nobody can be asked.
    """
    seen = look_at(folder, machine or this_machine())
    problem = ""
    try:
        ask(folder, request)
    except OSError as error:
        problem = f"{folder.control} cannot be written ({error.strerror}); "
    if not problem and seen.orphaned and arm(folder):
        return "its guard was killed; another one is armed, and stops it"
    if not problem and (reads_control or seen.alive is not False):
        return ""
    if seen.state is not None and seen.alive:
        return _tell(folder, problem, "the guard", seen.state.guard)
    if seen.state is not None and seen.trainer_alive and seen.state.trainer is not None:
        return _tell(folder, f"{problem}no guard is there; ", "the trainer", seen.state.trainer)
    raise InputError(folder.path, "", f"{problem}nobody here who could be told", "a run that goes on, on this machine")


def _tell(folder: RunFolder, why: str, who: str, process: ProcessIdentity) -> str:
    sent = send_signal(process, signal.SIGTERM)
    if sent is Sent.FORBIDDEN:
        expected = "a process that you may signal"
        raise InputError(folder.path, "", f"{why}{who}, pid {process.pid}, belongs to another user", expected)
    send_signal(process, signal.SIGCONT)  # one that was stopped takes SIGTERM only once it goes on
    if sent is Sent.GONE:
        return f"{why}{who} has just ended"
    return f"{why}sent SIGTERM to {who}, pid {process.pid}"
