"""How a run stands and how it ended."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a run stands; each word is shown as it is."""

    PREFLIGHT = "PREFLIGHT"
    BLOCKED = "BLOCKED"
    STARTING = "STARTING"
    TRAINING = "TRAINING"
    STOPPING = "STOPPING"
    ENDED = "ENDED"


class Outcome(StrEnum):
    """How a run ended, recorded by whoever saw it."""

    COMPLETED = "COMPLETED"
    ABORTED_BY_GATE = "ABORTED_BY_GATE"
    ABORTED_BY_OPERATOR = "ABORTED_BY_OPERATOR"
    CRASHED = "CRASHED"
    LOST = "LOST"


class ExitCode:
    """What launch and attach exit with; stable, for scripts."""

    COMPLETED = 0
    ERROR = 1  # also: completed, but a gate that was waived or could not be judged did not hold
    USAGE = 2
    BLOCKED = 3
    STOPPED_BY_GATE = 4
    STOPPED_BY_OPERATOR = 5
    CRASHED = 6
    LOST = 7


OUTCOME_CODES = {
    Outcome.COMPLETED: ExitCode.COMPLETED,
    Outcome.ABORTED_BY_GATE: ExitCode.STOPPED_BY_GATE,
    Outcome.ABORTED_BY_OPERATOR: ExitCode.STOPPED_BY_OPERATOR,
    Outcome.CRASHED: ExitCode.CRASHED,
    Outcome.LOST: ExitCode.LOST,
}
