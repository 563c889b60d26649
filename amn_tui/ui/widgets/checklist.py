"""The preflight checklist: every check, whether its control failed as it must, and the number that decides."""

from dataclasses import dataclass
from typing import ClassVar

from amn_tui.run.model import CheckState, Run
from amn_tui.run.outcome import Outcome, Phase
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, crop, cut, fit, pad, wrap
from amn_tui.ui.quantity import format_share
from amn_tui.ui.widgets.pane import ROOMY_ROWS
from amn_tui.ui.widgets.row_list import RowList
from checks.printer import say_cached
from checks.verdict import Verdict, worst

WORD_CELLS = 6
TITLE_CELLS = 19
CONTROL_CELLS = 11  # with two blanks behind
NO_PREFLIGHT = "no preflight was recorded: amn-tui preflight PLAN runs the checks alone"
ROWS_A_CHECK = 6  # rows of the screen for each check that has nothing to say
REASON_ROWS = 3  # a check that does not pass may say why in this many rows
MOST_DETAIL = 3  # and one that passes how, where gates leave room
UPPER_SHARE = 9 / 13  # of the rows between banner and keys: monitor.tcss


def draw_checklist(
    checks: tuple[CheckState, ...], width: int, glyphs: Glyphs, budget: int = 0
) -> list[tuple[str, Line]]:
    """Return the rows of all checks; those that pass say all of it below while there are `budget` rows for that."""
    for detail_rows in (*range(MOST_DETAIL, 0, -1), 0):
        rows = [
            (state.check, crop(line, width))
            for state in checks
            for line in _draw_check(state, width, glyphs, detail_rows)
        ]
        if len(rows) <= budget:
            break
    return rows


def _draw_check(state: CheckState, width: int, glyphs: Glyphs, detail_rows: int) -> list[Line]:
    title_cells = min(TITLE_CELLS, max(10, width - 2 - WORD_CELLS - CONTROL_CELLS + 1))
    title = Part(fit(state.title, title_cells, glyphs.ellipsis) + " ", Tone.PLAIN)
    if state.ended is None:
        return [_draw_pending(state, title, width, glyphs)]
    verdict = state.ended.verdict
    tone = VERDICT_TONES[verdict]
    head = (*pad(f"{glyphs.of(verdict)} {verdict}", 2 + WORD_CELLS, tone), title, *_draw_control(state, glyphs))
    used = 2 + WORD_CELLS + title_cells + 1 + CONTROL_CELLS
    room = width - used
    words = f"overridden: {state.ended.overridden}" if state.ended.overridden else state.ended.detail
    if state.ended.measured_at is not None:
        words = f"{say_cached(state.ended.measured_at)}; {words}"
    passed = verdict is Verdict.PASS
    if (passed and not detail_rows) or room >= len(words):
        return [(*head, Part(fit(words, room, glyphs.ellipsis) if room > 6 else "", Tone.DIM))]
    indent = 2 + WORD_CELLS
    most = detail_rows if passed else REASON_ROWS
    why = wrap(words, width - indent)
    if len(why) > most:
        why = [*why[: most - 1], cut(f"{why[most - 1]} {why[most]}", width - indent, glyphs.ellipsis)]
    return [head, *((Part(" " * indent), Part(line, Tone.DIM if passed else Tone.PLAIN)) for line in why)]


def _draw_pending(state: CheckState, title: Part, width: int, glyphs: Glyphs) -> Line:
    if not state.running:
        return (Part(f"{glyphs.waiting} {'wait':<{WORD_CELLS}}", Tone.DIM), title._replace(tone=Tone.DIM))
    word = format_share(state.share) if state.share > 0 else "run"
    room = width - 2 - WORD_CELLS - len(title.text)
    note = Part(fit(state.note, room, glyphs.ellipsis) if room > 0 else "", Tone.DIM)
    return (Part(f"{glyphs.running} {word:<{WORD_CELLS}}", Tone.HERE), title, note)


def _draw_control(state: CheckState, glyphs: Glyphs) -> Line:
    """Say whether the broken copy was refused; a check without control has proved nothing."""
    control = state.ended.control if state.ended else None
    if control is None:
        return (Part(fit("no control", CONTROL_CELLS), Tone.DIM),)
    if control.held:
        return pad(f"{glyphs.passed} control", CONTROL_CELLS, Tone.PASS)
    return pad(f"{glyphs.failed} control", CONTROL_CELLS, Tone.FAIL)


def draw_summary(checks: tuple[CheckState, ...], glyphs: Glyphs) -> Line:
    """Return all checks in one line: for a small screen once there is nothing left to read."""
    verdicts = [state.ended.verdict for state in checks if state.ended]
    word = worst(verdicts)
    passed = verdicts.count(Verdict.PASS)
    held = sum(bool(state.ended and state.ended.control and state.ended.control.held) for state in checks)
    tone = VERDICT_TONES[word]
    return (
        *pad(f"{glyphs.of(word)} {word}", 2 + WORD_CELLS, tone),
        Part(f"{passed} of {len(checks)} checks", Tone.PLAIN),
        Part(", controls held" if held == len(checks) else f", {held} controls held", Tone.DIM),
        Part(", cached" if all(state.ended and state.ended.measured_at for state in checks) else "", Tone.DIM),
    )


def draw_names(checks: tuple[CheckState, ...], width: int, glyphs: Glyphs) -> list[Line]:
    """Return the names of all checks, each with its mark, in as many columns as there is room for."""
    cells = 2 + TITLE_CELLS + 2
    columns = max(1, width // cells)
    lines: list[Line] = []
    for first in range(0, len(checks), columns):
        parts: list[Part] = []
        for state in checks[first : first + columns]:
            verdict = state.ended.verdict if state.ended else None
            parts.append(Part(f"{glyphs.of(verdict)} ", VERDICT_TONES[verdict]))
            parts.append(Part(fit(cut(state.title, TITLE_CELLS, glyphs.ellipsis), cells - 2), Tone.DIM))
        lines.append(crop(tuple(parts), width))
    return lines


def needs_rows(run: Run) -> bool:
    """Tell whether the checklist says more than its summary: it runs, or something did not pass."""
    return run.phase in (Phase.PREFLIGHT, Phase.BLOCKED) or any(
        state.ended is None or state.ended.verdict is not Verdict.PASS for state in run.checks
    )


def find_room(height: int, gates: int, *, pressing: bool) -> int:
    """Return how many rows the gates leave to the checks on a screen of `height` rows.

    `pressing` is a banner of many lines: it takes rows from both.
    """
    if height < ROOMY_ROWS:
        return 0
    return int((height - (9 if pressing else 7)) * UPPER_SHARE) - 4 - gates


@dataclass(frozen=True, slots=True)
class ChecklistDatum:
    """The checks, whether one line could say it all, and what else wants room."""

    checks: tuple[CheckState, ...]
    in_short: bool
    gates: int = 0
    pressing: bool = False


class Checklist(RowList):
    """One row a check, more where a check has to say why; on a low screen one row in all once all is well."""

    kind: ClassVar[str] = "check"
    noun: ClassVar[str] = "preflight"

    def pick(self, run: Run, now: float) -> ChecklistDatum:  # noqa: ARG002 (the clock changes nothing here)
        """Return the checks."""
        failed = run.outcome not in (None, Outcome.COMPLETED)
        return ChecklistDatum(run.checks, not needs_rows(run), len(run.gates), failed or run.alarm is not None)

    def draw_rows(self, datum: ChecklistDatum, width: int) -> list[tuple[str, Line]]:
        """Draw them."""
        if not datum.checks:
            return [("", (Part(line, Tone.DIM),)) for line in wrap(NO_PREFLIGHT, max(1, width))]
        height = self.app.size.height
        budget = find_room(height, datum.gates, pressing=datum.pressing)
        if datum.in_short and len(datum.checks) > max(height // ROWS_A_CHECK, budget):
            names = draw_names(datum.checks, width, self.glyphs)
            lines = [draw_summary(datum.checks, self.glyphs), *(names if len(names) < budget else [])]
            return [("", line) for line in lines]
        return draw_checklist(datum.checks, width, self.glyphs, budget)
