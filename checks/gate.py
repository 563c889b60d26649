"""What must hold during a run, when, and what happens if it does not: `judge` is the only one that decides."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from checks.expression import Bound, parse_bound, resolve_bound
from checks.verdict import Verdict


class Action(StrEnum):
    """What the guard does when a gate does not hold: stop the run, warn, or only advise."""

    ABORT = "abort"
    WARN = "warn"
    ADVISE = "advise"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """`metric` must be >= floor and <= ceiling: at epoch `at`, or from epoch `start` on at every reading.

    Between floor and `healthy` (or healthy and ceiling) the verdict is WARN. `patience` misses in a row are needed.
    In a plan file `start` is written `from`, `patience` is written `for`, and `every = true` means from epoch 1.
    """

    name: str
    metric: str
    at: int | None = None
    start: int | None = None
    floor: Bound | None = None
    ceiling: Bound | None = None
    healthy: Bound | None = None
    patience: int = 1
    on_fail: Action = Action.WARN
    advice: str = ""
    optional: bool = False  # a metric that never comes is then "not yet" to the end, never an ERROR

    def __post_init__(self) -> None:
        """Refuse a gate that cannot fail or cannot be judged."""
        if self.floor is None and self.ceiling is None:
            raise ValueError(f"gate {self.name!r} needs a floor or a ceiling")
        if (self.at is None) == (self.start is None):
            raise ValueError(f"gate {self.name!r} needs exactly one of at = EPOCH, from = EPOCH, every = true")
        if min(self.at or self.start or 0, self.patience) < 1:
            raise ValueError(f"gate {self.name!r}: epochs and patience are counted from 1")
        bounds = {name: parse_bound(bound) for name, bound in self.bounds.items()}
        numbers = {name: bound for name, bound in bounds.items() if isinstance(bound, float)}
        low, high = numbers.get("floor"), numbers.get("ceiling")
        if low is not None and high is not None and low > high:
            raise ValueError(f"gate {self.name!r}: floor {low} is above ceiling {high}")
        if low is not None and self.ceiling is None and numbers.get("healthy", low) < low:
            raise ValueError(f"gate {self.name!r}: healthy {numbers['healthy']} is below floor {low}")

    @property
    def bounds(self) -> dict[str, Bound]:
        """Return the bounds that are set, by name."""
        every = {"floor": self.floor, "ceiling": self.ceiling, "healthy": self.healthy}
        return {name: bound for name, bound in every.items() if bound is not None}

    @property
    def when(self) -> str:
        """Say in words when the gate is judged."""
        return f"epoch {self.at}" if self.at else "every" if self.start == 1 else f"from epoch {self.start}"


@dataclass(frozen=True, slots=True)
class Reading:
    """Numbers seen at one moment: at the end of `epoch` when `step` is None, else within it."""

    epoch: int
    values: Mapping[str, float] = field(default_factory=dict)
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What `judge` says; `verdict` None is "not yet". `margin` is how far inside (+) or outside (-) the bounds."""

    gate: str
    verdict: Verdict | None
    words: str
    epoch: int | None = None
    value: float | None = None
    floor: float | None = None
    ceiling: float | None = None
    margin: float | None = None


def judge(gate: Gate, readings: Sequence[Reading], names: Mapping[str, float], *, ended: bool = False) -> Judgement:
    """Judge a gate on all readings of a run so far, in order; `names` are the baselines that bounds may refer to.

    A miss is FAIL when the gate may stop the run, else WARN. nan never holds. A metric that did not come is
    "not yet" until the run has `ended`, then ERROR; so is a bound whose name was never measured.
    A gate that may stop the run stays failed once it failed; one that warns follows the latest reading.
    """
    due = [r for r in readings if _is_due(gate, r) and gate.metric in r.values]
    if gate.at is not None:
        due = due[:1]
    if not due:
        return _unjudged(gate, readings, ended)
    if gate.on_fail is Action.ABORT and (failed := _find_failure(gate, due, names)):
        return failed
    last, missed = _hold(gate, due[-1], names), 0
    for reading in reversed(due):  # what counts of the others is how many misses in a row the last one ends
        if missed >= gate.patience or not _is_missed(_hold(gate, reading, names)):
            break
        missed += 1
    return _soften(gate, last, missed)


def _find_failure(gate: Gate, due: Sequence[Reading], names: Mapping[str, float]) -> Judgement | None:
    """Return the first miss with which patience is over; a reading that plainly holds costs two comparisons."""
    fixed = not any(isinstance(bound, str) for bound in gate.bounds.values())
    low = float(gate.floor) if fixed and gate.floor is not None else -math.inf
    high = float(gate.ceiling) if fixed and gate.ceiling is not None else math.inf
    missed = 0
    for reading in due:
        if fixed and math.isfinite(value := reading.values[gate.metric]) and low <= value <= high:
            missed = 0
            continue
        judgement = _hold(gate, reading, names)
        missed = missed + 1 if _is_missed(judgement) else 0
        if missed >= gate.patience:
            return judgement
    return None


def _is_missed(judgement: Judgement) -> bool:
    return judgement.verdict in (Verdict.FAIL, Verdict.ERROR)


def _is_due(gate: Gate, reading: Reading) -> bool:
    if gate.at is not None:  # an epoch that was never logged is judged on the next one that was
        return reading.step is None and reading.epoch >= gate.at
    return reading.epoch >= (gate.start or 1)


def _unjudged(gate: Gate, readings: Sequence[Reading], ended: bool) -> Judgement:
    reached = max((r.epoch for r in readings if r.step is None), default=0)
    if ended and not gate.optional and reached >= (gate.at or gate.start or 1):
        return Judgement(gate.name, Verdict.ERROR, f"{gate.metric} never came", reached)
    return Judgement(gate.name, None, f"not yet: {gate.when}")


def _hold(gate: Gate, reading: Reading, names: Mapping[str, float]) -> Judgement:
    """Hold one reading against the bounds, patience left aside."""
    value = reading.values[gate.metric]
    known = {**names, **reading.values}
    limits = {name: resolve_bound(bound, known) for name, bound in gate.bounds.items()}
    unknown = [str(gate.bounds[name]) for name, limit in limits.items() if limit is None]
    low, high, healthy = limits.get("floor"), limits.get("ceiling"), limits.get("healthy")
    if unknown:
        words, verdict, margin = f"{' and '.join(unknown)} was not measured", Verdict.ERROR, None
    else:
        margin = min([value - b for b in [low] if b is not None] + [b - value for b in [high] if b is not None])
        # Ask for what must hold, never for what must not: every comparison with nan is False, and inf is no value.
        held = math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high)
        well = healthy is None or (value >= healthy if low is not None else value <= healthy)
        verdict = Verdict.FAIL if not held else Verdict.PASS if well else Verdict.WARN
        words = _say(gate, value, low, high, healthy, verdict)
    return Judgement(gate.name, verdict, words, reading.epoch, value, low, high, margin)


def _say(
    gate: Gate, value: float, low: float | None, high: float | None, healthy: float | None, verdict: Verdict
) -> str:
    shown = f"{gate.metric} {value:.6g}{'' if math.isfinite(value) else ' is not finite and'}"
    if verdict is Verdict.WARN:
        return f"{shown} holds, but {healthy:.6g} is healthy"
    bound = [f"{sign} {b:.6g}" for sign, b in ((">=", low), ("<=", high)) if b is not None]
    return f"{shown} {'is' if verdict is Verdict.PASS else 'must be'} {' and '.join(bound)}"


def _soften(gate: Gate, last: Judgement, missed: int) -> Judgement:
    """A miss that may not stop the run, or not yet, is a warning."""
    if last.verdict is not Verdict.FAIL:
        return last
    words = last.words if missed >= gate.patience else f"{last.words} (miss {missed} of {gate.patience})"
    return Judgement(last.gate, Verdict.WARN, words, *_rest(last))


def _rest(j: Judgement) -> tuple[int | None, float | None, float | None, float | None, float | None]:
    return j.epoch, j.value, j.floor, j.ceiling, j.margin
