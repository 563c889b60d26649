"""The four words a check or a gate can answer with."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a check or a gate says: ERROR is "could not be judged", which is never a pass."""

    PASS = "PASS"  # noqa: S105 (a verdict, not a password)
    WARN = "WARN"
    FAIL = "FAIL"
    ERROR = "ERROR"

    @property
    def severity(self) -> int:
        """Order the words: PASS 0, WARN 1, FAIL 2, ERROR 3."""
        return list(Verdict).index(self)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most severe verdict; PASS when there is none."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.PASS)
