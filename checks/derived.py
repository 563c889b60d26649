"""Numbers that no log carries and every gate may name, derived from the readings of a run."""

import math
import statistics
from collections.abc import Mapping, Sequence

from checks.gate import Action, Gate, Reading

MAIN_METRIC = "val_cosine"
RESCORE_GAP = "rescore_gap"  # how far val_cosine is from what a process of its own makes of the checkpoint
SILENCE_FLOOR_S = 600.0


def derive(readings: Sequence[Reading], reading: Reading) -> Reading:
    """Add `nonfinite`, `max_share`, and at the end of an epoch `drop` and `best` of val_cosine.

    `readings` are the epochs before this one, each as it was derived. nonfinite counts the values that are nan or
    inf; max_share is the largest share of a loss term, only when at least two terms are on; drop is how much val_cosine
    fell.
    """
    values = dict(reading.values)
    values["nonfinite"] = float(sum(not math.isfinite(value) for value in values.values()))
    shares = [value for key, value in values.items() if key.endswith("_share")]
    if sum(share > 0 for share in shares) >= 2:
        values["max_share"] = max(shares)
    if reading.step is None and MAIN_METRIC in values:
        # What was derived before carries the best so far: a long run costs no more an epoch than a short one.
        before = next((r.values for r in reversed(readings) if r.step is None and MAIN_METRIC in r.values), None)
        values["best"] = values[MAIN_METRIC]
        if before is not None:
            values["best"] = max(before.get("best", before[MAIN_METRIC]), values[MAIN_METRIC])
            values["drop"] = round(before[MAIN_METRIC] - values[MAIN_METRIC], 6)
    return Reading(reading.epoch, values, reading.step)


def limit_silence_s(gaps_s: Sequence[float]) -> float:
    """Return how long a log may be silent: max(5 x the median gap between its lines, 10 minutes), in seconds."""
    return max(5 * statistics.median(gaps_s), SILENCE_FLOOR_S) if gaps_s else SILENCE_FLOOR_S


def list_built_in_gates(baselines: Mapping[str, float], *, rescored: bool = False) -> tuple[Gate, ...]:
    """Return the gates that every plan has unless it defines one of the same name; `rescored` where that is done.

    The two that stop a run fired on every collapse and on nothing else, on 78 real curves.
    """
    gates = [
        Gate(optional=True, name="finite", metric="nonfinite", start=1, ceiling=0, on_fail=Action.ABORT,
             advice="A loss or metric is nan or inf: lower the learning rate, look at the data for nan rows."),
        Gate(optional=True, name="collapse", metric="drop", start=2, ceiling=0.02, on_fail=Action.ABORT,
             advice="val_cosine fell by more than 0.02 in one epoch: the run is collapsing; go back to best."),
        Gate(optional=True, name="silence", metric="seconds_since_line", start=1, ceiling="silence_limit_s",
             advice="No line for much longer than usual: the trainer may hang."),
        Gate(optional=True, name="disk space", metric="disk_free_gb", start=1, floor="disk_needed_gb",
             advice="The disk of the run is nearly full: make room, or checkpoints and the log will have to wait."),
        Gate(optional=True, name="dominance", metric="max_share", start=1, ceiling=0.95,
             advice="One loss term is nearly all of the loss: the others teach nothing. Rebalance the weights."),
        Gate(optional=True, name="executed plan", metric="config_drift", start=1, ceiling=0,
             advice="The trainer runs with other values than the plan names."),
    ]  # fmt: skip
    if rescored:
        gates.append(
            Gate(optional=True, name="re-score", metric=RESCORE_GAP, start=1, ceiling=1e-4, on_fail=Action.ABORT,
                 advice="The checkpoint does not score what the log says of it: the evaluator computes something else.")
        )  # fmt: skip
    trivial = [name for name in ("mean_of_context", "copy_last", "global_mean") if f"baseline.{name}" in baselines]
    if trivial:
        best = max(trivial, key=lambda name: baselines[f"baseline.{name}"])
        gates.append(
            Gate(optional=True, name="beats trivial", metric=MAIN_METRIC, start=1, floor=f"baseline.{best}",
                 advice=f"The model is below {best.replace('_', ' ')}, a predictor that learned nothing.")
        )  # fmt: skip
        gates.append(
            Gate(optional=True, name="too good", metric=MAIN_METRIC, start=1, ceiling=f"baseline.{best} + 0.10",
                 advice="Far above every trivial predictor this early: look for a leak of the target.")
        )  # fmt: skip
    return tuple(gates)
