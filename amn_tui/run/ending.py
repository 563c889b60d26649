"""How a run ended, from what the trainer's parent saw. Pure."""

import signal
from dataclasses import dataclass, replace

from amn_tui.run.curve import Curve
from amn_tui.run.guard_events import RunEnded, StopAsked
from amn_tui.run.outcome import Outcome

GATE = "gate "
START_S = 10.0  # importing what it needs takes a trainer this long


@dataclass(frozen=True, slots=True)
class Exit:
    """How the trainer's main process ended: a code, or the number of a signal; `oom`, `full`: short of memory, disk.

    `unseen`: it was not this guard's child, and how it ended is told by its log or by nobody.
    """

    code: int | None = None
    signal: int | None = None
    oom: bool = False
    full: bool = False
    lasted_s: float | None = None
    problem: str = ""  # why it could not be started at all
    unseen: bool = False


def decide_outcome(
    ended: Exit, stop: StopAsked | None, curve: Curve, *, is_ours: bool, may_end_early: bool = False
) -> tuple[Outcome, str]:
    """Return the outcome and why, in words; a stop that was asked for explains any way of ending."""
    if stop is not None:
        outcome = Outcome.ABORTED_BY_GATE if stop.by.startswith(GATE) else Outcome.ABORTED_BY_OPERATOR
        reason = f": {stop.reason}" if stop.reason else ""
        return outcome, f"stopped by {stop.by}{reason}; {_say_saved(curve)}"
    if ended.problem:
        return Outcome.CRASHED, f"failed to start: {ended.problem}"
    reached = curve.last.epoch if curve.last else 0
    if ended.unseen:
        return _conclude_from_log(curve, reached)
    if ended.signal is not None or ended.code != 0:
        how = say_signal(ended) if ended.signal is not None else f"exit code {ended.code}"
        if _has_not_begun(ended, curve, is_ours=is_ours):
            return Outcome.CRASHED, f"failed to start: {how}"
        return Outcome.CRASHED, how if ended.signal is not None else f"{how} after epoch {reached}"
    if is_ours and curve.total_epochs is None:
        return Outcome.CRASHED, "ended early: exit code 0 before the first epoch"
    if curve.total_epochs is not None and reached < curve.total_epochs:
        how = f"exit code 0 after epoch {reached} of {curve.total_epochs}"
        return (Outcome.COMPLETED, how) if may_end_early and not is_ours else (Outcome.CRASHED, f"ended early: {how}")
    return Outcome.COMPLETED, f"exit code 0 after epoch {reached}" if reached else "exit code 0"


def _has_not_begun(ended: Exit, curve: Curve, *, is_ours: bool) -> bool:
    """Tell whether a trainer ended before it trained; of one that logs in words of its own, only the time tells."""
    if curve.sessions or curve.step or curve.epochs:
        return False
    return is_ours or (ended.lasted_s is not None and ended.lasted_s < START_S)


def _conclude_from_log(curve: Curve, reached: int) -> tuple[Outcome, str]:
    """Believe the log where it says how the run ended; else nobody knows."""
    unknown = "the exit code is unknown: its first guard was killed"
    if curve.total_epochs is not None and reached >= curve.total_epochs:
        return Outcome.COMPLETED, f"the log says that all {curve.total_epochs} epochs are done; {unknown}"
    if curve.stopped is not None:
        by = f"the log says that {curve.stopped.by} stopped it"
        return Outcome.ABORTED_BY_OPERATOR, f"{by}; {_say_saved(curve)}; {unknown}"
    total = f" of {curve.total_epochs}" if curve.total_epochs else ""
    return Outcome.LOST, f"ended after epoch {reached}{total}; {unknown}"


def trust_log(ended: RunEnded, curve: Curve) -> RunEnded:
    """Return how a run ended that nobody saw the end of: its log may say that it was complete."""
    last = curve.last.epoch if curve.last else 0
    if ended.outcome is not Outcome.LOST or curve.total_epochs is None or last < curve.total_epochs:
        return ended
    words = f"the log says that all {curve.total_epochs} epochs are done; {ended.words}"
    return replace(ended, outcome=Outcome.COMPLETED, words=words)


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
