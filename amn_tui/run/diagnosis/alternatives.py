"""What else can be tried when the squared error alone has a ceiling, each as a command; only what was not tried yet."""

from amn_tui.run.diagnosis import commands
from amn_tui.run.diagnosis.evidence import Evidence
from amn_tui.run.diagnosis.finding import Cause, Finding, Step

# Nothing else is worth a try before these are mended.
FIRST = {
    Cause.DATA,
    Cause.SETUP,
    Cause.MODEL,
    Cause.EVALUATOR,
    Cause.NONFINITE,
    Cause.LEAK,
    Cause.KILLED,
    Cause.CRASHED,
    Cause.OUT_OF_MEMORY,
    Cause.DISK_FULL,
    Cause.LEARNING_RATE,
    Cause.STOPPED,
    Cause.UNGUARDED,
}


def list_alternatives(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[Step, ...]:
    """Return them for a run of our trainer that learned, with nothing to mend first; empty otherwise."""
    problems = [finding for finding in findings if finding.is_problem]
    if (
        not evidence.ours
        or not (evidence.reached or evidence.checks)
        or any(found.cause in FIRST for found in problems)
    ):
        return ()
    if not any(found.cause in (Cause.TOO_DIVERSE, Cause.TRIVIAL, Cause.DOMINANCE) for found in findings):
        return ()
    ways = [_try_context(evidence), _try_curriculum(evidence), _try_filter(evidence), _try_blend(evidence),
            _try_contrastive(evidence)]  # fmt: skip
    return tuple(step for step in ways if step is not None)


def _try_context(evidence: Evidence) -> Step | None:
    now = int(evidence.get_setting("context") or 5)
    if now >= 9:
        return None
    return Step(f"A longer context: {now + 2} vectors instead of {now}.",
                commands.relaunch(evidence, context=now + 2))  # fmt: skip


def _try_curriculum(evidence: Evidence) -> Step | None:
    if evidence.planned.get("curriculum"):
        return None
    return Step("A curriculum: the most coherent windows first, then more.",
                commands.relaunch(evidence, curriculum='["0.3@1", "0.7@6", "1.0@11"]'))  # fmt: skip


def _try_filter(evidence: Evidence) -> Step | None:
    if evidence.planned.get("filter_junk"):
        return None
    return Step("A junk filter: without lists, disambiguation pages and stubs.",
                commands.relaunch(evidence, filter_junk="true"))  # fmt: skip


def _try_blend(evidence: Evidence) -> Step | None:
    if evidence.planned.get("pretrained") or not evidence.checkpoint:
        return None
    return Step("A blend: from this run's best on, on the new articles alone (put your own START: in).",
                commands.relaunch(evidence, pretrained=evidence.checkpoint, train_on="50:"))  # fmt: skip


def _try_contrastive(evidence: Evidence) -> Step | None:
    if evidence.planned.get("balance") == "adaptive":
        return None
    command = commands.relaunch(evidence, balance="adaptive", lambda_mse=0.5, lambda_info=0.5, memory=8192)
    return Step(
        "Adaptive contrastive: InfoNCE, weighed by what the squared error weighs, with 8,192 negatives.", command
    )
