"""Whether the optimisation is to blame: numbers that blow up, one loss term over all, a step size, another plan."""

import math

from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import LIKELY, NOTE, POSSIBLE, SURE, Cause, Finding, Step
from amn_tui.run.diagnosis.rules_data import say_weakness
from amn_tui.run.drift import list_drift

COLD_LR, HIGH_LR, SANE_TAU = 0.0005, 0.005, 0.07
LOW_TAU = 0.005
# How far AdamW can have moved a weight: learning rate × steps. The demo data: 0.11 an epoch is sound, 0.056 falls just
# short of the gate at epoch 1, 0.011 learns next to nothing.
SHORT_WAY, SHORTEST_WAY = 0.08, 0.03
DERIVED = {"best", "drop"}  # of the epochs before, too: those were told at their time
DOMINANT, HEAVY = 0.95, 0.85
FALL = 0.02  # of val_cosine in one epoch: the built-in gate "collapse"


def find_nonfinite(evidence: Evidence) -> Finding | None:
    """0.97 when the latest numbers hold nan or inf: nothing that comes after them can be trusted."""
    readings = [reading for reading in (*evidence.epochs[-1:], evidence.step) if reading is not None]
    bad = {key for reading in readings for key, value in reading.values.items() if not math.isfinite(value)} - DERIVED
    if not bad:
        return None
    at = readings[-1]
    where = f"epoch {at.epoch}" + (f", step {at.step}" if at.step else "")
    lines = [f"{where}: {', '.join(sorted(bad)[:5])} {'is' if len(bad) == 1 else 'are'} not finite"]
    return Finding(Cause.NONFINITE, "the loss or a metric is nan or inf", 0.97, (*lines, *_say_settings(evidence)),
                   _calm_down(evidence))  # fmt: skip


def _say_settings(evidence: Evidence) -> tuple[str, ...]:
    names = (
        ("lr", "tau", "grad_clip", "autocast")
        if evidence.get_setting("lambda_info")
        else ("lr", "grad_clip", "autocast")
    )
    known = [(name, evidence.executed.get(name, evidence.planned.get(name))) for name in names]
    said = ", ".join(f"{name} {value}" for name, value in known if value is not None)
    return (f"it ran with {said}",) if said else ()


def _calm_down(evidence: Evidence) -> Step:
    """Propose the first thing that is out of the ordinary: the temperature, then the learning rate, then the data."""
    tau, lr = evidence.get_setting("tau"), evidence.get_setting("lr")
    if evidence.get_setting("lambda_info") and tau is not None and tau < LOW_TAU:
        return Step(f"tau {tau:g} divides every logit: {SANE_TAU} is usual.", commands.relaunch(evidence, tau=SANE_TAU))
    if evidence.get_setting("grad_clip") == 0:
        return Step("Clip the gradient.", commands.relaunch(evidence, grad_clip=1.0))
    if lr is not None and lr >= HIGH_LR:
        return Step("Lower the learning rate.", commands.relaunch(evidence, lr=COLD_LR))
    return Step("Look for nan rows in the data; then lower the learning rate.", commands.verify(evidence))


def find_dominance(evidence: Evidence) -> Finding | None:
    """SURE when one term other than the squared error is above 95 % of the loss and the run is weak or falls.

    LIKELY from 85 % on when it is weak; POSSIBLE above 95 % otherwise. NOTE for the squared error itself: then the
    other terms do nothing, which harms nothing.
    """
    readings = [reading for reading in (*evidence.epochs, evidence.step) if reading is not None]
    shares = [
        (reading.values[key], key.removesuffix("_share"), reading.epoch)
        for reading in readings for key in reading.values
        if key.endswith("_share") and key != "max_share" and "max_share" in reading.values
    ]  # fmt: skip
    shares = [share for share in shares if math.isfinite(share[0])]
    if not shares:
        return None
    share, term, epoch = max(shares)
    harmless = term == "mse"
    weak = evidence.weakness >= POSSIBLE or _measure_fall(evidence) > FALL
    if share <= (DOMINANT if not weak or harmless else HEAVY):
        return None
    score = NOTE if harmless else POSSIBLE if not weak else SURE if share > DOMINANT else LIKELY
    lines = [f"{term} is {share:.1%} of the loss at epoch {epoch}", *_say_fall(evidence), *say_weakness(evidence)[:1]]
    step = Step("Let the terms be balanced by what they weigh.", commands.relaunch(evidence, balance="adaptive"))
    if harmless:
        step = Step("Give the other terms weight, or take them out.", commands.attach(evidence))
    elif not evidence.get_setting("lambda_mse"):
        step = Step("Train on the squared error alone.", commands.relaunch(evidence, lambda_mse=1.0, **_mute(term)))
    return Finding(Cause.DOMINANCE, f"one loss term, {term}, is nearly all of the loss", score, tuple(lines), step)


def _mute(term: str) -> dict[str, object]:
    return {f"lambda_{term}": 0.0}


def _measure_fall(evidence: Evidence) -> float:
    """Return how far val_cosine is below its best."""
    values = [value for _, value in evidence.list_values("val_cosine")]
    return max(values) - values[-1] if values else 0.0


def _say_fall(evidence: Evidence) -> tuple[str, ...]:
    values = evidence.list_values("val_cosine")
    if len(values) < 2 or _measure_fall(evidence) <= FALL:
        return ()
    epoch, best = max(values, key=lambda pair: pair[1])
    return (f"val_cosine fell from {best:.4f} at epoch {epoch} to {values[-1][1]:.4f} at epoch {values[-1][0]}",)


def find_learning_rate(evidence: Evidence) -> Finding | None:
    """Too small: 0.9 when lr × steps is below 0.03 from a cold start and the run is weak, LIKELY below 0.08.

    Too large: LIKELY from 0.005 on when the run is weak or val_cosine fell by more than 0.02 in one epoch; 0.7 for
    such a fall at any rate that no loss term explains.
    """
    lr = evidence.get_setting("lr")
    if lr is None or find_nonfinite(evidence) is not None:
        return None
    weak, cold = (
        evidence.weakness >= POSSIBLE,
        not evidence.executed.get("pretrained") and not evidence.planned.get("pretrained"),
    )
    steps = evidence.get_setting("steps") or evidence.steps
    way = lr * steps * max(1, evidence.reached) if steps else math.inf
    if weak and cold and way < SHORT_WAY and evidence.reached:
        moved = f"lr {lr:g} × {steps:.0f} steps × {evidence.reached} epochs = {way:.3f}"
        lines = (f"{moved}; a sound epoch of the demo has 0.11", *say_weakness(evidence))
        step = Step(f"A cold start wants {COLD_LR:g}.", commands.relaunch(evidence, lr=max(COLD_LR, 2 * lr)))
        score = 0.9 if way < SHORTEST_WAY else LIKELY
        return Finding(Cause.LEARNING_RATE, "the learning rate is too small for a cold start", score, lines, step)
    drops = [(reading.values.get("drop", 0.0), reading.epoch) for reading in evidence.epochs]
    drop, epoch = max(drops, default=(0.0, 0))
    high, fell = lr >= HIGH_LR, drop > FALL
    if not (high and weak) and not fell:
        return None
    fall = (f"val_cosine fell by {drop:.4f} in epoch {epoch}",) if fell else say_weakness(evidence)
    explained = find_dominance(evidence)
    score = LIKELY if high else 0.7 if explained is None else NOTE
    step = Step("Lower the learning rate.", commands.relaunch(evidence, lr=f"{min(COLD_LR, lr / 4):g}"))
    return Finding(Cause.LEARNING_RATE, "the learning rate is too large", score, (f"lr {lr:g}", *fall), step)


def find_plan_drift(evidence: Evidence) -> Finding | None:
    """0.9 when the trainer runs with other values than the plan names and the run is weak, POSSIBLE otherwise."""
    drift = list_drift(evidence.planned, evidence.executed)
    if not drift:
        return None
    lines = tuple(f"{key} is {found}, planned {wanted}" for key, wanted, found in drift)
    score = 0.9 if evidence.weakness >= POSSIBLE else POSSIBLE
    step = Step("Launch the plan again, and see that the config line of the log says the same.",
                commands.relaunch(evidence))  # fmt: skip
    return Finding(Cause.PLAN_DRIFT, "the trainer does not run what was planned", score, lines, step)
