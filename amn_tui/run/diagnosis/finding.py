"""What a diagnosis says: findings with a score, the evidence for each, and the next command to type."""

from dataclasses import dataclass
from enum import StrEnum

from amn_tui.run.decision_tree import Tree
from amn_tui.run.diagnosis.evidence import ActionResult

SURE, LIKELY, POSSIBLE, NOTE = 0.95, 0.75, 0.5, 0.25
PROBLEM = POSSIBLE  # a finding with less than this is a note: nothing is wrong because of it


class Cause(StrEnum):
    """What may be behind a run that fails."""

    DATA = "data"
    SETUP = "machine or plan"
    MODEL = "model"
    EVALUATOR = "evaluator"
    TOO_DIVERSE = "too diverse"
    DOMINANCE = "loss dominance"
    LEARNING_RATE = "learning rate"
    PLAN_DRIFT = "plan drift"
    NONFINITE = "nan or inf"
    TRIVIAL = "worse than trivial"
    LEAK = "leak"
    OVERFITTING = "overfitting"
    NOT_CONVERGED = "not yet converged"
    STOPPED = "stopped by somebody"
    KILLED = "killed"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out of memory"
    DISK_FULL = "disk full"
    UNGUARDED = "unguarded"
    NOT_LOOKED_AT = "not looked at"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next, and the command that does it, to be copied as it is."""

    words: str
    command: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One possible cause; `score` is from 0 to 1 by the rule's own words, `evidence` are lines with numbers."""

    cause: Cause
    title: str
    score: float
    evidence: tuple[str, ...]
    next: Step

    @property
    def is_problem(self) -> bool:
        """Tell whether this is wrong, rather than worth knowing."""
        return self.score >= PROBLEM


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where a run stands, what is wrong with it, most likely cause first, and what else could be tried."""

    path: str
    tree: Tree
    findings: tuple[Finding, ...]
    alternatives: tuple[Step, ...]
    actions: tuple[ActionResult, ...] = ()

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the findings that are wrong."""
        return tuple(finding for finding in self.findings if finding.is_problem)

    @property
    def conclusion(self) -> str:
        """Say in one line what comes first."""
        return self.problems[0].title if self.problems else "nothing is wrong"
