"""The commands that a finding proposes, with the run's own paths."""

import shlex
from collections.abc import Mapping

from amn_tui.run.diagnosis.evidence import Evidence


def relaunch(evidence: Evidence, **changed: object) -> str:
    """Return the command that launches the run's plan again, with these flags of our trainer changed."""
    if not evidence.has_plan:
        return attach(evidence)
    values = {f"train.{key}": value for key, value in changed.items()} if evidence.ours else {}
    return set_values(f"amn-tui launch {quote(evidence.path)}/plan.toml", values)


def set_values(command: str, values: Mapping[str, object]) -> str:
    """Add --set KEY=VALUE to a command."""
    return " ".join([command, *(f"--set {quote(f'{key}={value}')}" for key, value in values.items())])


def resume(evidence: Evidence) -> str:
    """Return the command that goes on from the last checkpoint; from the start where only our trainer could."""
    if evidence.ours and evidence.checkpoint:
        return f"amn-tui launch --resume {quote(evidence.path)}"
    return relaunch(evidence)


def preflight(evidence: Evidence) -> str:
    """Return the command that runs the checks of the plan alone."""
    if not evidence.has_plan or not evidence.data.train:
        return inspect(evidence)
    return f"amn-tui preflight {quote(evidence.path)}/plan.toml"


def verify(evidence: Evidence) -> str:
    """Return the command of the first debug action."""
    names = [evidence.data.train or "DATA", *evidence.data.ood]
    return f"amn-tui data verify {' '.join(map(quote, names))}"


def check_model(evidence: Evidence) -> str:
    """Return the command of the second debug action."""
    return f"amn-tui model check {quote(evidence.path)}"


def compare(evidence: Evidence) -> str:
    """Return the command of the third debug action."""
    return (
        f"amn-tui data compare {quote(evidence.data.reference or 'REFERENCE')} {quote(evidence.data.train or 'DATA')}"
    )


def inspect(evidence: Evidence) -> str:
    """Return the command that says what the training data are."""
    return f"amn-tui data inspect {quote(evidence.data.train or 'DATA')}"


def filter_junk(evidence: Evidence) -> str:
    """Return the command that says what a filter would take out of the training data."""
    return f"amn-tui data filter {quote(evidence.data.train or 'DATA')} OUT --dry-run"


def attach(evidence: Evidence) -> str:
    """Return the command that shows the run."""
    return f"amn-tui attach {quote(evidence.path)}"


def read_log(evidence: Evidence) -> str:
    """Return the command that prints the end of the log."""
    return f"tail -n 40 {quote(evidence.log or evidence.path)}"


def quote(text: str) -> str:
    """Return a word as a shell reads it."""
    return shlex.quote(text)
