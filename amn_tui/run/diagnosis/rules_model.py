"""Whether the model or its evaluation is to blame, and what a whole curve says: overfitting, not done, no use."""

import math
from itertools import pairwise

from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import LIKELY, NOTE, POSSIBLE, SURE, Cause, Finding, Step
from amn_tui.run.diagnosis.rules_data import say_weakness
from amn_tui.run.outcome import Outcome
from checks.derived import RESCORE_GAP

RESCORE_TOLERANCE = 1e-4
EARLY_EPOCH, EARLY_GAP = 2, 0.15  # no model overfits by so much so early: what is scored is something else
AVERAGE_GAP = 0.10  # by which averaged weights may lag behind the raw ones
OOD_FLOOR = 0.10
OVERFIT_GAP, OVERFIT_GROWTH, OVERFIT_FALL = 0.05, 0.03, 0.005
RISE, RISE_EPOCHS = 0.002, 3  # val_cosine per epoch, at the end
MANY_EPOCHS = 6


def find_bad_model(evidence: Evidence) -> Finding | None:
    """SURE when the forward pass fails on random input. By elimination 0.55: weak on what it trains on, data proved."""
    forward = evidence.find_action("forward")
    step = Step("Check the architecture: the forward pass on random input.", commands.check_model(evidence))
    if forward is not None and forward.verdict == "FAIL":
        return Finding(Cause.MODEL, "the model's forward pass is wrong", SURE, (forward.found,), step)
    train, val = evidence.get_last("train_cosine"), evidence.get_last()
    proved = bool(evidence.checks) and all(s.ended and s.ended.verdict in ("PASS", "WARN") for s in evidence.checks)
    if train is None or val is None or not proved or evidence.weakness < POSSIBLE or train - val > EARLY_GAP:
        return None
    passed = sum(s.ended is not None and s.ended.verdict == "PASS" for s in evidence.checks)
    lines = (f"train_cosine {train:.4f}, val_cosine {val:.4f}: it does not fit what it sees either",
             f"{passed} of {len(evidence.checks)} checks passed, so that the data are not the reason",
             *([f"forward pass: {forward.found}"] if forward else []), *say_weakness(evidence)[:1])  # fmt: skip
    sound = forward is not None and forward.verdict == "PASS"
    return Finding(Cause.MODEL, "the model does not learn", POSSIBLE - 0.1 if sound else 0.55, lines, step)


def find_bad_evaluator(evidence: Evidence) -> Finding | None:
    """0.97 when a checkpoint scored again from disk gives another val_cosine than was logged.

    0.85 when the averaged weights lag far behind the raw ones; LIKELY when validation is far below training by epoch 2,
    or OOD is next to nothing while validation is well.
    """
    gaps = [(r.epoch, r.values[RESCORE_GAP]) for r in evidence.epochs if RESCORE_GAP in r.values]
    wrong = [(epoch, gap) for epoch, gap in gaps if not gap <= RESCORE_TOLERANCE]
    step = Step("Hold the saved checkpoint's forward pass against the model.", commands.check_model(evidence))
    if wrong:
        epoch, gap = wrong[0]
        said = "could not be scored again" if math.isnan(gap) else f"scores {gap:.4f} off what was logged"
        lines = (
            f"epoch {epoch}: the checkpoint, loaded by a process of its own, {said}",
            "same parameter names and shapes load without an error, whatever the forward pass",
        )
        return Finding(Cause.EVALUATOR, "the evaluator computes something else than the model", 0.97, lines, step)
    val, raw = evidence.get_last(), evidence.get_last("val_cosine_raw")
    if val is not None and raw is not None and raw - val > AVERAGE_GAP:
        lag = f"val_cosine {val:.4f} of the averaged weights, {raw:.4f} of the raw ones"
        slower = Step("Average over fewer steps.", commands.relaunch(evidence, ema_decay=0.99))
        return Finding(Cause.EVALUATOR, "the averaged weights that are scored have not caught up", 0.85, (lag,), slower)
    unlike = _say_unlike(evidence)
    if not unlike:
        return None
    return Finding(Cause.EVALUATOR, "what is scored is not what is trained on", LIKELY, unlike, step)


def _say_unlike(evidence: Evidence) -> tuple[str, ...]:
    lines = []
    early = [reading for reading in evidence.epochs if reading.epoch <= EARLY_EPOCH]
    for reading in early:
        train, val = reading.values.get("train_cosine", math.nan), reading.values.get("val_cosine", math.nan)
        if train - val > EARLY_GAP:
            lines.append(f"epoch {reading.epoch}: train_cosine {train:.4f}, val_cosine {val:.4f}: too early to overfit")
    last, ood = evidence.get_last(), evidence.get_last("ood_cosine")
    if last is not None and ood is not None and ood < OOD_FLOOR and last > 4 * OOD_FLOOR:
        lines.append(f"ood_cosine {ood:.4f} while val_cosine is {last:.4f}: other text costs less than that")
    return tuple(lines)


def find_overfitting(evidence: Evidence) -> Finding | None:
    """POSSIBLE and up to 0.9: train is 0.05 above validation, by 0.03 more than at first, and validation fell."""
    train, val = dict(evidence.list_values("train_cosine")), dict(evidence.list_values("val_cosine"))
    both = sorted(set(train) & set(val))
    if len(both) < 3:
        return None
    first, last = both[0], both[-1]
    best = max(both, key=lambda epoch: val[epoch])
    gap, growth = train[last] - val[last], (train[last] - val[last]) - (train[first] - val[first])
    if gap < OVERFIT_GAP or growth < OVERFIT_GROWTH or val[best] - val[last] < OVERFIT_FALL:
        return None
    lines = (f"train − val: {train[first] - val[first]:+.4f} at epoch {first}, {gap:+.4f} at epoch {last}",
             f"val_cosine was best at epoch {best} ({val[best]:.4f}); now {val[last]:.4f}")  # fmt: skip
    step = Step("Stop at the best epoch, whose checkpoint is kept as `best`; or add weight decay.",
                commands.relaunch(evidence, epochs=best))  # fmt: skip
    score = min(0.9, POSSIBLE + 2 * growth)
    return Finding(Cause.OVERFITTING, "overfitting: it learns its training text by heart", score, lines, step)


def find_unconverged(evidence: Evidence) -> Finding | None:
    """0.6 when a run completed while val_cosine still rose by 0.002 an epoch over its last epochs."""
    values = evidence.list_values("val_cosine")[-RISE_EPOCHS - 1 :]
    if evidence.outcome is not Outcome.COMPLETED or len(values) < 3:
        return None
    rises = [after - before for (_, before), (_, after) in pairwise(values)]
    if min(rises) <= 0 or sum(rises) / len(rises) < RISE or rises[-1] < RISE:
        return None
    lines = (
        f"val_cosine {', '.join(f'{value:.4f}' for _, value in values)}: still rising by {rises[-1]:.4f} an epoch",
    )
    step = Step("Train for longer.", commands.relaunch(evidence, epochs=2 * evidence.reached))
    if evidence.checkpoint and evidence.ours:
        step = Step("Go on from its checkpoint.", commands.relaunch(evidence, pretrained=evidence.checkpoint))
    return Finding(Cause.NOT_CONVERGED, "not yet converged: it ended while it still got better", 0.6, lines, step)


def find_worse_than_trivial(evidence: Evidence) -> Finding | None:
    """0.65 below the global mean of the data; POSSIBLE below copying the last vector after six epochs, or if weak.

    NOTE below the best trivial predictor alone: on the demo data every model is.
    """
    last, trivial = evidence.get_last(), evidence.trivial
    above = [(name, value) for name, value in trivial if last is not None and last < value]
    if last is None or not above:
        return None
    lines = [f"val_cosine {last:.4f} at epoch {evidence.reached}"]
    lines += [f"{name.replace('_', ' ')}, which learned nothing: {value:.4f}" for name, value in above]
    settled = evidence.reached >= MANY_EPOCHS or evidence.weakness >= POSSIBLE
    names = {name for name, _ in above}
    score = 0.65 if "global_mean" in names else POSSIBLE if "copy_last" in names and settled else NOTE
    step = Step(
        "Compare the data with the reference; let a longer context try.", commands.relaunch(evidence, context=7)
    )
    if score == NOTE:
        step = Step("Worth knowing: predicting the mean of the context is as good.", commands.attach(evidence))
    title = f"worse than {above[-1][0].replace('_', ' ')}, a predictor that learned nothing"
    return Finding(Cause.TRIVIAL, title, score, tuple(lines), step)
