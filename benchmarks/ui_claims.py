"""What is claimed of the monitor's speed, held against what was measured, and how both are printed."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim: a value that must not be above its limit, in a unit; `note` says what else there is to know."""

    claim: str
    value: float
    limit: float | None  # None: told, not claimed
    unit: str
    note: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the claim holds; nan never does."""
        return self.limit is None or self.value <= self.limit

    def describe(self) -> str:
        """Write it as a row."""
        limit = "" if self.limit is None else f"<= {self.limit:g} {self.unit}"
        verdict = "" if self.limit is None else "holds" if self.holds else "DOES NOT HOLD"
        return f"{self.claim:44}{limit:>18}{self.value:11.4g} {self.unit:10}{verdict:15}{self.note}".rstrip()


@dataclass(frozen=True, slots=True)
class PeerRow:
    """What one program took, in the columns of COLUMNS; None is a column that was not measured, `note` says why."""

    name: str
    first_paint_ms: float | None = None
    attach_1e5_ms: float | None = None
    attach_1e6_ms: float | None = None
    cpu_s_at_1e6: float | None = None
    rss_mb_at_1e6: float | None = None
    append_ms: float | None = None
    idle_percent: float | None = None
    steady_percent: float | None = None
    steady_kb_per_s: float | None = None
    note: str = ""


COLUMNS = {
    "first paint ms": "first_paint_ms",
    "1e5 lines ms": "attach_1e5_ms",
    "1e6 lines ms": "attach_1e6_ms",
    "CPU s at 1e6": "cpu_s_at_1e6",
    "MB at 1e6": "rss_mb_at_1e6",
    "append ms": "append_ms",
    "idle %": "idle_percent",
    "20 lines/s %": "steady_percent",
    "kB/s": "steady_kb_per_s",
}


def format_findings(findings: Iterable[Finding]) -> str:
    """Write the claims below each other."""
    head = f"{'claim':44}{'limit':>18}{'measured':>11}"
    return "\n".join([head, *(finding.describe() for finding in findings)])


def format_rows(rows: Iterable[PeerRow]) -> str:
    """Write programs below each other, medians."""
    lines = [f"{'':22}" + "".join(f"{column:>15}" for column in COLUMNS)]
    for row in rows:
        cells = (getattr(row, attribute) for attribute in COLUMNS.values())
        line = f"{row.name:22}" + "".join(f"{'' if cell is None else format(cell, '.4g'):>15}" for cell in cells)
        lines.append(f"{line}  {row.note}".rstrip())
    return "\n".join(lines)
