"""What a check says of its numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from checks.result import Measured
from checks.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, what had to hold, and why it does or does not, in words."""

    verdict: Verdict
    expected: str
    detail: str


class Findings:
    """Collects what is wrong with numbers; what is not found wrong passes."""

    def __init__(self, numbers: Mapping[str, Measured]) -> None:
        """Begin with nothing wrong."""
        self.numbers = numbers
        self.found: list[tuple[Verdict, str]] = []

    def get(self, key: str) -> float:
        """Return a number, nan where it was not measured or is not one."""
        value = self.numbers.get(key)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan

    def has(self, key: str) -> bool:
        """Tell whether a number was measured."""
        return self.numbers.get(key) is not None

    def demand(self, holds: bool, words: str, verdict: Verdict = Verdict.FAIL) -> bool:
        """Note `words` unless it holds; comparisons with nan never hold, so ask for what must be."""
        if not holds:
            self.found.append((verdict, words))
        return holds

    def conclude(self, expected: str, well: str) -> Finding:
        """Give the worst verdict and every reason, the worst first; `well` is said when nothing is wrong."""
        if not self.found:
            return Finding(Verdict.PASS, expected, well)
        ordered = sorted(self.found, key=lambda found: -found[0].severity)
        return Finding(ordered[0][0], expected, "; ".join(words for _, words in ordered))
