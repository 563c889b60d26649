"""The explanation of a check or a gate: what was measured, what was expected, and what to do."""

from collections.abc import Mapping

from amn_tui.run.model import CheckState, Run
from amn_tui.ui.fact import tell, tell_verdict
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, fit, wrap
from amn_tui.ui.quantity import NOTHING, format_number
from amn_tui.ui.screens.explanation import Explanation
from checks.explanation import read_explanations
from checks.printer import say_cached
from checks.result import CheckEnded, Measured

MOST_MEASURED = 60


def explain_check(state: CheckState, width: int, glyphs: Glyphs) -> list[Line]:
    """Explain one check: what it says, its page, and all that it measured."""
    page = state.page or read_explanations().get(state.check)
    pages = [((), *tell(heading, text, width)) for heading, text in page.parts] if page else []
    written = [line for lines in pages for line in lines]
    ended = state.ended
    if ended is None:
        words = f"runs, {100 * state.share:.0f} % done. {state.note}" if state.running else "waits for its turn"
        return tell(state.title, words, width) + written
    return _tell_verdict(ended, width, glyphs) + written + _tell_numbers(ended, width)


def _tell_verdict(ended: CheckEnded, width: int, glyphs: Glyphs) -> list[Line]:
    lines = tell_verdict(
        f"{glyphs.of(ended.verdict)} {ended.verdict}", ended.detail, VERDICT_TONES[ended.verdict], width
    )
    lines += tell("expected", ended.expected, width)
    if ended.overridden:
        lines += tell("overridden", ended.overridden, width)
    if ended.control is None:
        lines += tell("control", "none was run: nothing shows that this check can fail", width)
    else:
        held = "it refused, as it must" if ended.control.held else "it did NOT refuse: its verdict proves nothing"
        lines += tell("control", f"{ended.control.broken}: {ended.control.verdict}, {held}", width)
    lines += tell("took", say_seconds(ended), width)
    return lines


def _tell_numbers(ended: CheckEnded, width: int) -> list[Line]:
    lines: list[Line] = [(), *_list_measured("measured", ended.measured, width)]
    if ended.control is not None and ended.control.measured:
        lines += [(), *_list_measured("on the broken copy", ended.control.measured, width)]
    return lines


def say_seconds(ended: CheckEnded) -> str:
    """Say how long a check took, or when its numbers were measured that were kept of the same data."""
    if ended.measured_at is not None:
        return f"{say_cached(ended.measured_at)}, of the same data; --no-cache measures anew"
    control = f", of that {ended.control_seconds:.1f} s for the control" if ended.control_seconds else ""
    return f"{ended.seconds:.1f} s{control}"


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


class DetailScreen(Explanation):
    """Shows the explanation of a check or a gate."""


def explain_choice(run: Run, kind: str, name: str, glyphs: Glyphs, now: float) -> DetailScreen | None:
    """Return the explanation of one check or gate; of all checks without a name; None when there is nothing."""
    if kind == "gate":
        from amn_tui.ui.screens.gate_detail import GateScreen

        gates = [state for state in run.gates if state.gate.name == name]
        return GateScreen(run, gates[0], now=now, glyphs=glyphs) if gates else None
    checks = [state for state in run.checks if name in ("", state.check)]

    def draw_checks(width: int) -> list[Line]:
        if name:
            return explain_check(checks[0], width, glyphs)
        pages = [((), (Part(state.title, Tone.STRONG),), *explain_check(state, width, glyphs)) for state in checks]
        return [line for page in pages for line in page][1:]

    title = checks[0].title if name and checks else "preflight"
    return DetailScreen(title, draw_checks) if checks else None
