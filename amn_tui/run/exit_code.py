"""What launch and attach exit with, decided from the run alone."""

from amn_tui.run.model import Run
from amn_tui.run.outcome import OUTCOME_CODES, ExitCode, Outcome, Phase
from checks.verdict import Verdict


def decide_exit_code(run: Run) -> int:
    """Return the exit code for a run as it stands; 0 also for one that goes on and was only left."""
    if run.phase is Phase.BLOCKED:
        return ExitCode.BLOCKED
    if run.outcome is None:
        return 0
    if run.outcome is Outcome.COMPLETED and list_broken(run):
        return ExitCode.ERROR
    return OUTCOME_CODES[run.outcome]


def list_broken(run: Run) -> list[str]:
    """Return the gates that did not hold, waived ones too, or that could not be judged."""
    bad = (Verdict.FAIL, Verdict.ERROR)
    return [state.gate.name for state in run.gates if state.judgement.verdict in bad]
