"""The gates: what must hold, when, and how it stands."""

import math
from dataclasses import dataclass
from typing import ClassVar

from amn_tui.run.model import GateState, Run
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, cut, fit
from amn_tui.ui.quantity import format_against, format_bound
from amn_tui.ui.widgets.row_list import RowList
from checks.expression import resolve_bound
from checks.gate import Gate
from checks.verdict import Verdict

WORD_CELLS = 6
NAME_CELLS = (12, 24)  # at least, at most
BOUND_CELLS = (8, 16)
WHEN_CELLS, VALUE_CELLS, MARGIN_CELLS = 12, 8, 9
LEAST_ADVICE = 16


@dataclass(frozen=True, slots=True)
class GatesDatum:
    """The gates with the baselines that their bounds may refer to."""

    gates: tuple[GateState, ...]
    baselines: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide each column is; 0 leaves it out."""

    name: int
    when: int
    margin: int
    bound: int
    advice: int


def choose_columns(width: int, longest_name: int, longest_bound: int) -> Columns:
    """Choose the columns for a width: advice goes first, then when, then margin, then the ends of names."""
    bound = min(max(BOUND_CELLS[0], longest_bound), BOUND_CELLS[1])
    fixed = 2 + WORD_CELLS + 1 + VALUE_CELLS + 1 + bound
    name = min(max(NAME_CELLS[0], longest_name), NAME_CELLS[1])
    for when, margin in ((WHEN_CELLS, MARGIN_CELLS), (0, MARGIN_CELLS), (0, 0)):
        more = width - fixed - name - sum(cells + 1 for cells in (when, margin) if cells)
        if more >= 0:
            return Columns(name, when, margin, bound, more - 2 if more - 2 >= LEAST_ADVICE else 0)
    return Columns(max(4, width - fixed), 0, 0, bound, 0)


def draw_gates(datum: GatesDatum, width: int, glyphs: Glyphs) -> list[tuple[str, Line]]:
    """Return one row a gate."""
    baselines = dict(datum.baselines)
    bounds = {state.gate.name: say_bound(state, baselines, glyphs) for state in datum.gates}
    numbers = [len(words) for words in bounds.values() if words[-1:].isdigit()]
    names = [len(state.gate.name) for state in datum.gates]
    columns = choose_columns(width, max(names, default=0), max(numbers, default=0))
    return [(state.gate.name, _draw_gate(state, bounds[state.gate.name], columns, glyphs)) for state in datum.gates]


def _draw_gate(state: GateState, bound: str, columns: Columns, glyphs: Glyphs) -> Line:
    judgement = state.judgement
    verdict, tone = judgement.verdict, VERDICT_TONES[judgement.verdict]
    word = "wait" if verdict is None else str(verdict)
    plain = Tone.DIM if verdict is None else Tone.PLAIN
    value = format_against(judgement.value, (judgement.floor, judgement.ceiling)) if judgement.value is not None else ""
    if verdict is None and not columns.when:
        value = state.gate.when.replace("epoch", "at") if state.gate.at else ""
    parts = [
        Part(f"{glyphs.of(verdict)} {word:<{WORD_CELLS}}", tone),
        Part(fit(state.gate.name, columns.name, glyphs.ellipsis) + " ", plain),
    ]
    if columns.when:
        parts.append(Part(fit(state.gate.when, columns.when) + " ", Tone.DIM))
    parts.append(Part(fit(value, VALUE_CELLS, right=True) + " ", plain if verdict is Verdict.PASS else tone))
    bound = bound if len(bound) <= columns.bound else bound.partition(" ")[0] + f" {glyphs.ellipsis}"
    parts.append(Part(fit(bound, columns.bound), Tone.DIM))
    if columns.margin:
        parts.append(Part(" " + fit(_say_margin(judgement.margin, glyphs), MARGIN_CELLS, right=True), tone))
    if columns.advice and verdict not in (None, Verdict.PASS):
        words = f"waived: {state.waived}" if state.waived else state.gate.advice
        parts.append(Part("  " + cut(words, columns.advice, glyphs.ellipsis), Tone.DIM))
    if state.waived:
        parts[0] = Part(f"{glyphs.of(verdict)} {'WAIVE':<{WORD_CELLS}}", Tone.WARN)
    return tuple(parts)


def _say_margin(margin: float | None, glyphs: Glyphs) -> str:
    if margin is None or not math.isfinite(margin):
        return ""
    sign = "+" if margin > 0 else glyphs.minus if margin < 0 else ""
    return sign + (f"{abs(margin):.4f}" if round(margin, 4) or not margin else f"{abs(margin):.6f}")


def say_bound(state: GateState, baselines: dict[str, float], glyphs: Glyphs) -> str:
    """Say what must hold: ≥ 0.45; a bound whose baseline was not measured is said by its name."""
    gate = state.gate
    floor, ceiling = _resolve(gate, "floor", state, baselines), _resolve(gate, "ceiling", state, baselines)
    words = [f"{sign} {text}" for sign, text in ((glyphs.at_least, floor), (glyphs.at_most, ceiling)) if text]
    return " ".join(words)


def _resolve(gate: Gate, side: str, state: GateState, baselines: dict[str, float]) -> str:
    bound = gate.bounds.get(side)
    if bound is None:
        return ""
    judged = state.judgement.floor if side == "floor" else state.judgement.ceiling
    value = judged if judged is not None else resolve_bound(bound, baselines)
    return str(bound).removeprefix("baseline.") if value is None else format_bound(value)


def count_verdicts(gates: tuple[GateState, ...], glyphs: Glyphs) -> str:
    """Count what the gates say: 4 ✓ 1 ! 6 ·."""
    verdicts = [state.judgement.verdict for state in gates]
    kinds = [verdict for verdict in (*Verdict, None) if verdict in verdicts]
    return "  ".join(f"{verdicts.count(kind)} {glyphs.of(kind)}" for kind in kinds)


class GateList(RowList):
    """One row a gate, in the order of the plan."""

    kind: ClassVar[str] = "gate"

    def pick(self, run: Run, now: float) -> GatesDatum:  # noqa: ARG002 (the clock changes nothing here)
        """Return the gates."""
        return GatesDatum(run.gates, tuple(run.baselines.items()))

    def draw_rows(self, datum: GatesDatum, width: int) -> list[tuple[str, Line]]:
        """Draw them."""
        if not datum.gates:
            return [("", (Part("no plan, so no gates", Tone.DIM),))]
        return draw_gates(datum, width, self.glyphs)

    def watch_datum(self) -> None:
        """Count the verdicts in the title."""
        counts = count_verdicts(self.datum.gates, self.glyphs) if self.datum else ""
        self.border_title = f"gates  {counts}" if counts else "gates"
        super().watch_datum()
