"""How a run ended, from what the trainer's parent saw. Pure."""

import signal
from dataclasses import dataclass

from amn_tui.run.curve import Curve
from amn_tui.run.guard_events import StopAsked
from amn_tui.run.outcome import Outcome

GATE = "gate "


@dataclass(frozen=True, slots=True)
class Exit:
    """How the trainer's main process ended: a code, or the number of a signal; `oom`, `full`: short of memory, disk."""

    code: int | None = None
    signal: int | None = None
    oom: bool = False
    full: bool = False
    problem: str = ""  # why it could not be started at all


def decide_outcome(ended: Exit, stop: StopAsked | None, curve: Curve, *, is_ours: bool) -> tuple[Outcome, str]:
    """Return the outcome and why, in words; a stop that was asked for explains any way of ending."""
    if stop is not None:
        outcome = Outcome.ABORTED_BY_GATE if stop.by.startswith(GATE) else Outcome.ABORTED_BY_OPERATOR
        reason = f": {stop.reason}" if stop.reason else ""
        return outcome, f"stopped by {stop.by}{reason}; {_say_saved(curve)}"
    if ended.problem:
        return Outcome.CRASHED, f"could not start: {ended.problem}"
    if ended.signal is not None:
        return Outcome.CRASHED, say_signal(ended)
    reached = curve.last.epoch if curve.last else 0
    if ended.code != 0:
        return Outcome.CRASHED, f"exit code {ended.code} after epoch {reached}"
    if is_ours and curve.total_epochs is None:
        return Outcome.CRASHED, "ended early: exit code 0 before the first epoch"
    if curve.total_epochs is not None and reached < curve.total_epochs and is_ours:
        return Outcome.CRASHED, f"ended early: exit code 0 after epoch {reached} of {curve.total_epochs}"
    return Outcome.COMPLETED, f"exit code 0 after epoch {reached}" if reached else "exit code 0"


def name_signal(number: int) -> str:
    """Return SIGKILL for 9; a number without a name as it is."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def say_signal(ended: Exit) -> str:
    """Return which signal ended a process, and what may have sent it."""
    words = f"killed by {name_signal(ended.signal or 0)}"
    if ended.signal == signal.SIGKILL:
        words += "; likely out of memory: the kernel's killer was at work" if ended.oom else "; cause unknown"
    return words


def _say_saved(curve: Curve) -> str:
    if curve.stopped is not None:
        return f"`last` saved at epoch {curve.stopped.epoch}, step {curve.stopped.step}"
    if curve.saved is not None:
        return f"the latest checkpoint is of epoch {curve.saved.epoch}"
    return "no checkpoint was reported"
