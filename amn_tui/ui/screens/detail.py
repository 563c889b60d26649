"""The explanation of a check or a gate: what was measured, what was expected, and what to do."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.run.model import CheckState, GateState, Run
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, fit, wrap
from amn_tui.ui.quantity import NOTHING, format_bound, format_number
from amn_tui.ui.screens.dialog import Dialog
from checks.expression import resolve_bound
from checks.result import Measured

LABEL_CELLS = 12
MOST_MEASURED = 60


def explain_check(state: CheckState, width: int, glyphs: Glyphs) -> list[Line]:
    """Explain one check."""
    ended = state.ended
    if ended is None:
        words = f"runs, {100 * state.share:.0f} % done. {state.note}" if state.running else "waits for its turn"
        return _tell(state.title, words, width)
    lines = _tell_verdict(
        f"{glyphs.of(ended.verdict)} {ended.verdict}", ended.detail, VERDICT_TONES[ended.verdict], width
    )
    lines += _tell("expected", ended.expected, width)
    if ended.overridden:
        lines += _tell("overridden", ended.overridden, width)
    if ended.control is None:
        lines += _tell("control", "none was run: nothing shows that this check can fail", width)
    else:
        held = "it refused, as it must" if ended.control.held else "it did NOT refuse: its verdict proves nothing"
        lines += _tell("control", f"{ended.control.broken}: {ended.control.verdict}, {held}", width)
    lines += _tell("took", f"{ended.seconds:.1f} s", width)
    lines += [(), *_list_measured("measured", ended.measured, width)]
    if ended.control is not None and ended.control.measured:
        lines += [(), *_list_measured("on the broken copy", ended.control.measured, width)]
    return lines


def explain_gate(state: GateState, *, baselines: Mapping[str, float], width: int, glyphs: Glyphs) -> list[Line]:
    """Explain one gate."""
    gate, judgement = state.gate, state.judgement
    word = "not yet" if judgement.verdict is None else str(judgement.verdict)
    lines = _tell_verdict(
        f"{glyphs.of(judgement.verdict)} {word}", judgement.words, VERDICT_TONES[judgement.verdict], width
    )
    if state.waived:
        lines += _tell("waived", state.waived, width)
    if judgement.value is not None:
        lines += _tell("measured", format_number(judgement.value, 6), width)
    lines += _tell("metric", gate.metric, width)
    lines += _tell("judged", f"{gate.when}{f', {gate.patience} misses in a row' if gate.patience > 1 else ''}", width)
    for name, bound in gate.bounds.items():
        value = resolve_bound(bound, baselines)
        known = "not measured yet" if value is None else format_bound(value)
        lines += _tell(name, f"{bound} = {known}" if isinstance(bound, str) else format_bound(bound), width)
    if judgement.margin is not None:
        lines += _tell("margin", format_number(judgement.margin, 6), width)
    lines += _tell(
        "if it fails", {"abort": "the run is stopped"}.get(gate.on_fail, f"{gate.on_fail}: the run goes on"), width
    )
    if gate.advice:
        lines += [(), *_tell("advice", gate.advice, width)]
    return lines


def _tell_verdict(word: str, words: str, tone: Tone, width: int) -> list[Line]:
    lines = wrap(words, width - LABEL_CELLS)
    head = (Part(fit(word, LABEL_CELLS), tone), Part(lines[0], Tone.STRONG))
    return [head, *((Part(" " * LABEL_CELLS), Part(line, Tone.STRONG)) for line in lines[1:]), ()]


def _tell(label: str, words: str, width: int) -> list[Line]:
    lines = wrap(words, width - LABEL_CELLS)
    labels = [label, *[""] * (len(lines) - 1)]
    return [(Part(fit(name, LABEL_CELLS), Tone.DIM), Part(line)) for name, line in zip(labels, lines, strict=True)]


def _list_measured(title: str, measured: Mapping[str, Measured], width: int) -> list[Line]:
    shown = list(measured.items())[:MOST_MEASURED]
    cells = min(max((len(key) for key, _ in shown), default=0), width // 2) + 2
    lines: list[Line] = [(Part(title, Tone.DIM),)]
    for key, value in shown:
        text = wrap(_say(value), width - cells)
        lines.append((Part(fit(key, cells), Tone.DIM), Part(text[0])))
        lines += [(Part(" " * cells), Part(line)) for line in text[1:3]]
    if len(measured) > len(shown):
        lines.append((Part(f"and {len(measured) - len(shown)} more in preflight.jsonl", Tone.DIM),))
    return lines


def _say(value: Measured) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return NOTHING
    return format_number(value, 6) if isinstance(value, float) else str(value)


class DetailScreen(Dialog[None]):
    """Shows an explanation until any of the keys that close it."""

    DEFAULT_CLASSES = "-explains"  # goes by itself when an alarm comes up
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "close"),
        Binding("down,j", "scroll_text(1)", "down"),
        Binding("up,k", "scroll_text(-1)", "up"),
    ]

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)


def explain_choice(run: Run, kind: str, name: str, glyphs: Glyphs) -> DetailScreen | None:
    """Return the explanation of one check or gate; of all checks without a name; None when there is nothing."""
    keys = (("esc", "close"), ("j k", "scroll"))
    if kind == "gate":
        gates = [state for state in run.gates if state.gate.name == name]
        draw = partial(explain_gate, baselines=run.baselines, glyphs=glyphs)
        return DetailScreen(f"gate {name}", lambda width: draw(gates[0], width=width), keys) if gates else None
    checks = [state for state in run.checks if name in ("", state.check)]

    def draw_checks(width: int) -> list[Line]:
        lines = [line for state in checks for line in ((), *explain_check(state, width, glyphs))]
        return lines[1:]

    title = checks[0].title if name and checks else "preflight"
    return DetailScreen(title, draw_checks, keys) if checks else None
