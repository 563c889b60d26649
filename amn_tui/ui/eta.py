"""How long a run will still take: measured from what it has done, never planned."""

import math

from amn_tui.run.curve import Curve
from amn_tui.run.model import Run

MEASURED_EPOCHS = 5  # the newest epochs say best how long the next will take


def estimate_left_s(run: Run, now: float, until: int | None = None) -> float | None:
    """Return the seconds to the end of epoch `until` (by default the last), None while nothing has been measured."""
    curve = run.curve
    until = until or curve.total_epochs
    if until is None:
        return None
    done = count_done(curve)
    left = until - done
    per_epoch = measure_epoch_s(curve)
    if per_epoch is None:
        if run.started_at is None or run.last_line_at is None or done <= 0:
            return None
        per_epoch = (run.last_line_at - run.started_at) / done
    if per_epoch <= 0:  # lines that were all written at once say nothing
        return None
    # a run that goes on from a checkpoint begins anew: the time since its last line, maybe days ago, was nobody's
    since = now - max(run.last_line_at or now, run.started_at or 0.0)
    return max(0.0, left * per_epoch - max(0.0, since)) if left > 0 else None


def count_done(curve: Curve) -> float:
    """Return the epochs that are done, with the share of the one that is being made."""
    done = curve.last.epoch if curve.last else 0
    if curve.step is None or curve.step.step is None or not curve.total_steps:
        return float(done)
    return max(float(done), curve.step.epoch - 1 + min(1.0, curve.step.step / curve.total_steps))


def measure_epoch_s(curve: Curve) -> float | None:
    """Return the mean seconds of the newest epochs that say how long they took."""
    seconds = [reading.values.get("seconds", math.nan) for reading in curve.epochs[-MEASURED_EPOCHS:]]
    known = [value for value in seconds if math.isfinite(value) and value > 0]
    return sum(known) / len(known) if known else None


def measure_elapsed_s(run: Run, now: float) -> float | None:
    """Return how long the run has been going, or how long it went."""
    if run.started_at is None:
        return None
    end = run.ended.time if run.ended else now if is_going(run) else run.last_line_at
    return None if end is None else max(0.0, end - run.started_at)


def is_going(run: Run) -> bool:
    """Tell whether the run goes on as far as anybody knows: only then does the clock of the screen tick.

    A log that nobody guards is not known to go on: it is as old as its last line.
    """
    if run.ended is not None:
        return False
    watched = run.guard is not None and (run.guard.alive is not False or run.guard.trainer_alive is True)
    return watched or any(check.running for check in run.checks)
