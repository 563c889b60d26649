"""The plan's tree behind `abort`: data issue, model issue, too diverse, and at which of them a run stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from amn_tui.run.decision_tree import Node, Stand
from amn_tui.run.diagnosis.finding import Cause, Finding

DATA = {Cause.DATA, Cause.LEAK}
MODEL = {Cause.MODEL, Cause.EVALUATOR, Cause.NONFINITE, Cause.DOMINANCE, Cause.LEARNING_RATE, Cause.PLAN_DRIFT,
         Cause.OVERFITTING, Cause.NOT_CONVERGED}  # fmt: skip
DIVERSE = {Cause.TOO_DIVERSE, Cause.TRIVIAL}


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on from `abort`: the node, what to do there, and the score of the finding that leads to it."""

    node: Node
    todo: str
    score: float


def list_branches(findings: Sequence[Finding]) -> tuple[Branch, ...]:
    """Return the three branches; a run stands at the one of its first problem, if that is one of theirs."""
    problems = [finding for finding in findings if finding.is_problem]
    ways = (
        ("data issue", "fix the data, launch again", DATA),
        ("model issue", "check architecture, loss and learning rate", MODEL),
        ("too diverse", "context = 7, or a filter", DIVERSE),
    )
    return tuple(
        Branch(
            Node(words, Stand.HERE if problems and problems[0].cause in causes else Stand.AHEAD), todo,
            max((finding.score for finding in findings if finding.cause in causes), default=0.0),
        )
        for words, todo, causes in ways
    )  # fmt: skip
