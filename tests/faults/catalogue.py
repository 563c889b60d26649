"""The catalogue of faults, what its tests saw, and both as one table."""

import textwrap
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")
NARROWEST, WIDEST = 100, 160
SHARES = (0.26, 0.32, 0.42)
HEADINGS = ("", "fault", "what must happen", "what happened", "verdict")


class Outcome(StrEnum):
    """How a test ended, or all tests of a row."""

    HOLDS = "holds"
    SKIPPED = "skipped"
    FAILS = "FAILS"
    NO_TEST = "NO TEST"


@dataclass(frozen=True)
class Fault:
    """One row: what goes wrong, and what must happen then."""

    row: int
    section: str
    fault: str
    expected: str


@dataclass(frozen=True)
class Seen:
    """What one test of a row saw."""

    outcome: Outcome
    words: tuple[str, ...]


def read_catalogue() -> tuple[Fault, ...]:
    """Return every row of the catalogue."""
    return tuple(Fault(**fault) for fault in tomllib.loads(FILE.read_text())["faults"])


def judge(seen: Sequence[Seen]) -> Outcome:
    """Return how a row stands: one failure is enough to fail it, one test that was run to hold it."""
    outcomes = {one.outcome for one in seen}
    for outcome in (Outcome.FAILS, Outcome.HOLDS, Outcome.SKIPPED):
        if outcome in outcomes:
            return outcome
    return Outcome.NO_TEST


def write_table(faults: Iterable[Fault], seen: Mapping[int, Sequence[Seen]], columns: int) -> list[str]:
    """Return the lines of the table, no wider than `columns`."""
    columns = min(max(columns, NARROWEST), WIDEST)
    free = columns - len("NN") - len(Outcome.NO_TEST) - 4 * len("  ")
    widths = [2, *(int(free * share) for share in SHARES), len(Outcome.NO_TEST)]
    lines = ["", *_write_row(HEADINGS, widths)]
    section = ""
    for fault in faults:
        if fault.section != section:
            section = fault.section
            lines += ["", f"{section} ".ljust(columns, "-")]
        of_row = seen.get(fault.row, ())
        words = "; ".join(dict.fromkeys(word for one in of_row for word in one.words))
        lines += _write_row((str(fault.row), fault.fault, fault.expected, words, judge(of_row)), widths)
    return lines


def _write_row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(column) for column in columns)
    filled = [column + [""] * (height - len(column)) for column in columns]
    rows = zip(*filled, strict=True)
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def summarise(faults: Iterable[Fault], seen: Mapping[int, Sequence[Seen]], cases: int) -> str:
    """Return one line of totals."""
    outcomes = [judge(seen.get(fault.row, ())) for fault in faults]
    totals = ", ".join(f"{outcomes.count(outcome)} {outcome.lower()}" for outcome in Outcome)
    tests = sum(len(of_row) for of_row in seen.values())
    return f"{len(outcomes)} rows: {totals}; {tests} tests, {cases:,} generated cases"
