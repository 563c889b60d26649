"""`compare` as people read it: two tables side by side, and what their differences mean."""

import shlex
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from checks.adjacency import LOW_COSINE
from checks.printer import mask_controls
from checks.verdict import Verdict, worst
from trainer.tables.drift import Drift
from trainer.tables.inspection import GAP, draw_cosines, draw_lengths, draw_norms, find_floor, join_columns, print_head
from trainer.tables.measures import Measures, Spread, Values
from trainer.tables.numbers import say, say_change, say_share
from trainer.tables.page import Page

LABEL, COLUMN = 34, 15
INDENT = " " * 17
CONCLUSIONS = {
    Verdict.PASS: "B can be trained on as A was",
    Verdict.WARN: "B differs from A: read on before training on it",
    Verdict.FAIL: "B must not be trained on as A was: mend it first",
    Verdict.ERROR: "it cannot be told whether B can be trained on as A was",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A measure of both, and how to say it."""

    label: str
    before: float
    after: float
    digits: int = 3
    share: bool = False

    def show(self) -> str:
        """Return the line."""
        if self.share:
            points = say_change(100 * self.before, 100 * self.after, 1)
            cells = (say_share(self.before), say_share(self.after), f"{points} pt" if points != "–" else points)
        else:
            change = say_change(self.before, self.after, self.digits)
            cells = (say(self.before, self.digits), say(self.after, self.digits), change)
        return self.label.ljust(LABEL) + "".join(cell.rjust(COLUMN) for cell in cells)


def print_comparison(
    a: tuple[Measures, Values], b: tuple[Measures, Values], drifts: Sequence[Drift], page: Page
) -> list[str]:
    """Return the lines of a page about two tables: numbers, histograms, verdicts."""
    head = "".join(word.rjust(COLUMN) for word in ("A", "B", "B − A"))
    return [
        *print_head("A  ", a[0], page)[:1],
        *print_head("B  ", b[0], page),
        page.paint(" " * LABEL + head, "dim"),
        *(row.show() for row in _list_rows(a[0], b[0])),
        *_draw_pairs(a[1], b[1], page),
        page.paint("─" * page.width, "dim"),
        *(line for drift in drifts for line in _print_drift(drift, page)),
        *_conclude(drifts, page),
    ]


def _list_rows(a: Measures, b: Measures) -> list[_Row]:
    def row(label: str, get: Callable[[Measures], float], digits: int = 3, *, share: bool = False) -> _Row:
        return _Row(label, get(a), get(b), digits, share)

    def length(get: Callable[[Spread], float]) -> Callable[[Measures], float]:
        return lambda measures: get(measures.lengths) if measures.lengths else float("nan")

    return [
        row("vectors", lambda m: m.rows or float("nan"), 0),
        row("articles", lambda m: m.articles or float("nan"), 0),
        row("windows", lambda m: m.windows, 0),
        row("article length: median", length(lambda spread: spread.p50), 0),
        row("article length: longest", length(lambda spread: spread.max), 0),
        row("numbers: mean", lambda m: m.number_mean, 5),
        row("numbers: std", lambda m: m.number_std, 5),
        row("norm: mean", lambda m: m.norms.mean, 4),
        row("norm: std", lambda m: m.norms.std, 4),
        row(
            "rows with nan, inf or only zeros",
            lambda m: m.nan_rows + m.inf_rows + m.zero_rows if m.rows else float("nan"),
            0,
        ),
        row("rows that repeat an earlier one", lambda m: m.copied_share, share=True),
        row("cos(t, t+1): mean", lambda m: m.adjacency.mean),
        row("cos(t, t+1): std", lambda m: m.adjacency.std),
        row("cos(t, t+1): p10", lambda m: m.adjacency.p10),
        row("cos(t, t+1): p50", lambda m: m.adjacency.p50),
        row("cos(t, t+1): p90", lambda m: m.adjacency.p90),
        row(f"cos(t, t+1): below {LOW_COSINE:.2f}", lambda m: m.low_share, share=True),
        *(
            row(f"cosine of chunks {offset} apart", lambda m, offset=offset: m.profile[offset - 1])  # type: ignore[misc]
            for offset in range(2, 6)
        ),
        row("cosine of any two rows", lambda m: m.random),
    ]


def _draw_pairs(a: Values, b: Values, page: Page) -> list[str]:
    """Draw every distribution of A and of B beside each other, on one axis."""
    width = (page.width - GAP) // 2
    floor = find_floor(a.adjacency, b.adjacency)
    longest = float(max(a.lengths.max(initial=1), b.lengths.max(initial=1)))
    norms = _find_norms(a.norms, b.norms)
    pairs = [
        (draw_cosines(side.adjacency, floor, width, page), draw_norms(side.norms, norms, width, page),
         draw_lengths(side.lengths, longest, width, page))
        for side in (a, b)
    ]  # fmt: skip
    return [line for left, right in zip(*pairs, strict=True) for line in ("", *_title_sides(left, right, width))]


def _title_sides(left: list[str], right: list[str], width: int) -> list[str]:
    return join_columns([f"A  {left[0]}", *left[1:]], [f"B  {right[0]}", *right[1:]], width)


def _find_norms(*values: NDArray[np.float32]) -> tuple[float, float]:
    """Return an axis for norms, at least from 0.99 to 1.01: what is nearer to 1 is rounding."""
    ends = [float(end) for norms in values if len(norms) for end in (norms.min(), norms.max())]
    return min([*ends, 0.99]), max([*ends, 1.01])


def _print_drift(drift: Drift, page: Page) -> list[str]:
    room = page.width - len(INDENT)
    first, *more = textwrap.wrap(mask_controls(drift.found), room)
    lines = [f"{page.paint(drift.verdict.ljust(6), drift.verdict)}{drift.about.ljust(11)}{first}"]
    lines += [INDENT + line for line in [*more, *textwrap.wrap(drift.meaning, room, initial_indent="→ ")]]
    return lines if drift.verdict is Verdict.PASS else [*lines, *_print_next(drift.next, INDENT, page)]


def _print_next(command: str, indent: str, page: Page) -> list[str]:
    """Print a command so that it can be copied: a line that is too long goes on behind a backslash."""
    lines = ["next:"]
    for word in map(shlex.quote, shlex.split(mask_controls(command))):
        if len(indent) + len(lines[-1]) + len(word) + 3 > page.width:
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {word}"
    return [indent + page.paint(line, "dim") for line in lines]


def _conclude(drifts: Sequence[Drift], page: Page) -> list[str]:
    verdict = worst(drift.verdict for drift in drifts)
    lines = ["", f"{page.paint(verdict.ljust(6), verdict)}{page.paint(CONCLUSIONS[verdict], 'bold')}"]
    return [*lines, *_print_next(drifts[0].next, " " * 6, page)] if verdict is Verdict.PASS else lines
