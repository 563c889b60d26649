"""The gates: what must hold, when, and how it stands."""

import math
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from amn_tui.run.model import GateState, Run
from amn_tui.run.outcome import Phase
from amn_tui.ui.countdown import Countdown, count_down
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, cut, fit, measure, pad, wrap
from amn_tui.ui.messages import EpochWanted
from amn_tui.ui.quantity import format_against, format_bound
from amn_tui.ui.widgets.gate_columns import WORD_CELLS, Cells, Columns, choose_columns
from amn_tui.ui.widgets.row_list import RowList
from checks.expression import resolve_bound
from checks.gate import Gate
from checks.verdict import Verdict

IN_LOG = Binding(
    "l", "show_in_log", "in log", id="gate-in-log", show=False,
    tooltip="of a gate, on its page too: the line in the log of the epoch at which it was judged",
)  # fmt: skip
NO_GATES = "no plan, so no gates: a run that amn-tui launch starts has them (amn-tui launch --help)"


@dataclass(frozen=True, slots=True)
class GatesDatum:
    """The gates with the baselines that their bounds may refer to, and which comes next."""

    gates: tuple[GateState, ...]
    baselines: tuple[tuple[str, float], ...]
    next: Countdown | None = None
    over: bool = False  # nothing is judged any more
    last: float = math.inf  # nor beyond this epoch


def draw_gates(datum: GatesDatum, width: int, glyphs: Glyphs) -> list[tuple[str, Line]]:
    """Return one row a gate."""
    baselines = dict(datum.baselines)
    rows = [_say_gate(state, baselines, glyphs, datum) for state in datum.gates]
    columns = choose_columns(width, [state.gate.name for state in datum.gates], rows)
    return [
        (state.gate.name, _draw_gate(state, row, columns, width, glyphs))
        for state, row in zip(datum.gates, rows, strict=True)
    ]


def _is_next(state: GateState, following: Countdown | None) -> bool:
    return following is not None and state.gate.at == following.epoch and state.judgement.verdict is None


def _say_gate(state: GateState, baselines: dict[str, float], glyphs: Glyphs, datum: GatesDatum) -> Cells:
    judgement, gate = state.judgement, state.gate
    value = format_against(judgement.value, (judgement.floor, judgement.ceiling)) if judgement.value is not None else ""
    if value.startswith("-"):
        value = glyphs.minus + value[1:]
    when = f"epoch {gate.at}" if gate.at else "every" if gate.start == 1 else f"from {gate.start}"
    bound, margin = say_bound(state, baselines, glyphs), _say_margin(judgement.margin, glyphs)
    to_go = f"in {datum.next.epochs} ep." if datum.next and _is_next(state, datum.next) else ""
    return Cells(when, value, bound, margin, "n/a" if datum.over or (gate.at or 0) > datum.last else "wait", to_go)


def _draw_gate(state: GateState, row: Cells, columns: Columns, width: int, glyphs: Glyphs) -> Line:
    """Draw one row; a bound that is a name may reach to its end where nothing else stands there."""
    verdict, is_next = state.judgement.verdict, bool(row.to_go)
    tone = Tone.HERE if is_next else VERDICT_TONES[verdict]
    plain = Tone.DIM if verdict is None and not is_next else Tone.PLAIN
    head = f"{glyphs.running} next" if is_next else _say_verdict(verdict, glyphs, row.unjudged)
    if state.waived:
        head = f"{glyphs.of(verdict)} WAIVE"
    value = row.value
    if verdict is None and not columns.when and state.gate.at:
        value = row.to_go or f"at {state.gate.at}"
    parts = [
        *pad(head, 2 + WORD_CELLS, Tone.WARN if state.waived else tone),
        Part(fit(state.gate.name, columns.name, glyphs.ellipsis) + " ", plain),
    ]
    if columns.when:
        parts.append(Part(fit(row.when, columns.when) + " ", plain if is_next else Tone.DIM))
    value_tone = plain if verdict is Verdict.PASS else tone
    parts += [*pad(value, columns.value, value_tone, glyphs.ellipsis, right=True), Part(" ")]
    free = width - measure(tuple(parts)) if verdict is None else columns.bound
    bound = _shorten_bound(row.bound, free, glyphs)
    cells = max(columns.bound, cell_len(bound))
    parts.append(Part(fit(bound, cells), plain if is_next else Tone.DIM))
    if columns.margin and cells == columns.bound:
        parts += [Part(" "), *pad(row.margin, columns.margin, tone, glyphs.ellipsis, right=True)]
    if columns.advice and verdict not in (None, Verdict.PASS):
        words = f"waived: {state.waived}" if state.waived else state.gate.advice
        parts.append(Part("  " + cut(words, columns.advice, glyphs.ellipsis), Tone.DIM))
    return tuple(parts)


def _shorten_bound(bound: str, cells: int, glyphs: Glyphs) -> str:
    """Return a bound that fits; of one whose number is not known yet, and whose name is too long, the sign alone."""
    return bound if cell_len(bound) <= cells else bound.partition(" ")[0] + f" {glyphs.ellipsis}"


def _say_verdict(verdict: Verdict | None, glyphs: Glyphs, unjudged: str) -> str:
    return f"{glyphs.of(verdict)} {unjudged if verdict is None else verdict}"


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


def want_epoch(state: GateState) -> EpochWanted:
    """Return what asks for the line in the log of the epoch at which a gate was judged."""
    return EpochWanted(state.judgement.epoch, f"{state.gate.name} was not judged yet")


def count_verdicts(gates: tuple[GateState, ...], glyphs: Glyphs) -> str:
    """Count what the gates say: 4 ✓ 1 ! 6 ·."""
    verdicts = [state.judgement.verdict for state in gates]
    kinds = [verdict for verdict in (*Verdict, None) if verdict in verdicts]
    return "  ".join(f"{verdicts.count(kind)} {glyphs.of(kind)}" for kind in kinds)


class GateList(RowList):
    """One row a gate, in the order of the plan; the title counts the verdicts and says what comes next."""

    BINDINGS: ClassVar[list[BindingType]] = [IN_LOG]
    TICKS = True
    kind: ClassVar[str] = "gate"
    noun: ClassVar[str] = "gates"

    def pick(self, run: Run, now: float) -> GatesDatum:
        """Return the gates."""
        over = run.ended is not None or run.phase is Phase.BLOCKED
        last = run.curve.total_epochs or math.inf
        return GatesDatum(run.gates, tuple(run.baselines.items()), count_down(run, now), over, last)

    def action_show_in_log(self) -> None:
        """Ask for the line of the epoch at which the gate under the cursor was judged."""
        if self.datum is None or not self.datum.gates:
            return
        (state,) = (one for one in self.datum.gates if one.gate.name == self.names[self.cursor])
        self.post_message(want_epoch(state))

    def draw_rows(self, datum: GatesDatum, width: int) -> list[tuple[str, Line]]:
        """Draw them."""
        if not datum.gates:
            return [("", (Part(line, Tone.DIM),)) for line in wrap(NO_GATES, max(1, width))]
        return draw_gates(datum, width, self.glyphs)

    def say_title(self, width: int) -> str:
        """Count the verdicts; where there is room, say which gate comes next and when."""
        if not self.datum or not self.datum.gates:
            return self.noun
        title = f"{self.noun}  {count_verdicts(self.datum.gates, self.glyphs)}"
        if self.datum.next is None:
            return title
        following = f"{self.glyphs.running} epoch {self.datum.next.epoch} {self.datum.next.words}"
        ways = (f"{title}   {following}", f"{title}   {following.partition(',')[0]}")
        return next((way for way in ways if cell_len(way) <= width), title)
