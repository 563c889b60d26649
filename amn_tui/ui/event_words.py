"""What happens in a run, each event as a line of words."""

from amn_tui.run.guard_events import (
    AlarmRaised,
    AlarmWaived,
    GateJudged,
    RunEnded,
    StopAsked,
    StopEscalated,
    TrainerAdopted,
    TrainerStarted,
)
from amn_tui.run.model import GuardSeen, Logged, ProblemFound, RunEvent
from checks.printer import say_cached
from checks.result import CheckEnded, PreflightEnded
from trainer.events import EpochEnded

SHOWN = ("val_cosine", "train_cosine", "ood_cosine", "val_loss", "loss", "lr", "seconds")


def tell(event: RunEvent) -> str:
    """Say an event in one line; empty for one that says nothing new."""
    match event:
        case CheckEnded():
            return _tell_check(event)
        case PreflightEnded(_, verdict, baselines):
            shown = " ".join(f"{name}={value:.3f}" for name, value in baselines.items())
            return f"preflight {verdict}  {shown}"
        case TrainerStarted(_, trainer, argv):
            return f"training started: process {trainer.pid}: {' '.join(argv)}"
        case Logged(EpochEnded(epoch, epochs, values)):
            shown = " ".join(f"{key}={values[key]:.6g}" for key in SHOWN if key in values)
            return f"epoch {epoch}/{epochs}  {shown}"
        case GateJudged(_, gate, verdict, words, advice):
            return f"gate {verdict}  {gate}: {words}{f' ({advice})' if advice else ''}"
        case AlarmRaised(at, _, gate, words, advice, deadline):
            return f"ALARM  {gate}: {words}; stopping in {max(0.0, deadline - at):.0f} s. {advice}"
        case AlarmWaived(_, _, by, reason):
            return f"waived by {by}: {reason}"
        case GuardSeen() if event.orphaned:
            return "UNGUARDED: gates are off: the guard is gone, training goes on"
        case GuardSeen(state) if state is not None and state.paused:
            return "the trainer was stopped by a signal; SIGCONT continues it"
        case GuardSeen(silent=True):
            return "the guard gives no sign of life"
        case TrainerAdopted(_, guard, _, trainer):
            return f"guarded again: process {guard.pid} has adopted the trainer, process {trainer.pid}"
        case _:
            return _tell_end(event)


def _tell_check(ended: CheckEnded) -> str:
    control = ended.control
    proof = f" [control: {control.broken}: {control.verdict}]" if control else ""
    took = f"{ended.seconds:.1f} s" if ended.measured_at is None else say_cached(ended.measured_at)
    overridden = f" [overridden: {ended.overridden}]" if ended.overridden else ""
    return f"check {ended.verdict}  {ended.check}: {ended.detail}{proof}{overridden} ({took})"


def _tell_end(event: RunEvent) -> str:
    match event:
        case StopAsked(_, by, reason):
            return f"stopping: {by}{f': {reason}' if reason else ''}"
        case StopEscalated(_, rung, _, pids):
            return f"stopping: {rung} {' '.join(map(str, pids))}".rstrip()
        case RunEnded(_, outcome, words):
            return f"{outcome}: {words}"
        case ProblemFound(where, words):
            return f"problem: {where}: {words}" if words else f"no longer a problem: {where}"
        case _:
            return ""
