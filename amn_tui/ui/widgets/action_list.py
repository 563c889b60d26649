"""The debug actions: waiting, running with a clock, or what they found."""

from dataclasses import dataclass

from amn_tui.run.diagnosis.actions import DebugAction
from amn_tui.run.diagnosis.evidence import ActionResult
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.keymap import NO_KEYS, Keys, say_key
from amn_tui.ui.line import VERDICT_TONES, Line, Part, Tone, crop, fit, pad, wrap
from amn_tui.ui.widgets.pane import Pane
from checks.verdict import Verdict

WORD_CELLS, TITLE_CELLS = 8, 31
MOST_ROWS = 2  # of what one action found


@dataclass(frozen=True, slots=True)
class ActionState:
    """One action as far as it is; neither running nor with a result it waits to be asked for."""

    action: DebugAction
    running: bool = False
    result: ActionResult | None = None


@dataclass(frozen=True, slots=True)
class ActionsDatum:
    """All of them, and whether the training still goes on beside them."""

    states: tuple[ActionState, ...]
    going: bool


def draw_actions(datum: ActionsDatum, width: int, glyphs: Glyphs, *, tall: bool, keys: Keys = NO_KEYS) -> list[Line]:
    """Draw a row for each action, one more where there is room and something to say; `keys` are a person's own."""
    lines: list[Line] = []
    for state in datum.states:
        lines += _draw_state(state, width, glyphs, MOST_ROWS if tall else 1, say_key(keys, "actions-give-up", "x"))
    if datum.going and not any(state.running or state.result for state in datum.states):
        words = f"{say_key(keys, 'actions-start', 's')} starts them; training goes on beside, on the same machine"
        lines = [*lines, (Part(fit(words, width), Tone.HINT),)]
    return lines


def _draw_state(state: ActionState, width: int, glyphs: Glyphs, most: int, give_up: str) -> list[Line]:
    result = state.result
    if state.running:
        word, tone, words = f"{glyphs.running} run", Tone.HERE, f"{give_up} gives it up"
    elif result is None:
        word, tone, words = f"{glyphs.waiting} wait", Tone.DIM, state.action.command
    elif result.skipped or result.failed:
        word, tone, words = f"{glyphs.unjudged} -", Tone.WARN if result.failed else Tone.DIM, f"not run: {result.found}"
    else:
        verdict = Verdict(result.verdict)
        word, tone, words = f"{glyphs.of(verdict)} {verdict}", VERDICT_TONES[verdict], result.found
    title_cells = min(TITLE_CELLS, max(12, width // 3))
    head = (*pad(word, WORD_CELLS, tone), Part(fit(state.action.title, title_cells, glyphs.ellipsis) + " "))
    told = wrap(words, max(8, width - WORD_CELLS - title_cells - 1))
    if len(told) > most:
        told = [*told[: most - 1], told[most - 1][:-1].rstrip() + glyphs.ellipsis]
    indent = " " * (WORD_CELLS + title_cells + 1)
    plain = Tone.PLAIN if result and result.verdict in ("FAIL", "WARN") else Tone.DIM
    lines: list[Line] = [(*head, Part(told[0], plain))]
    return [crop(line, width) for line in [*lines, *((Part(indent), Part(line, plain)) for line in told[1:])]]


class ActionList(Pane):
    """The three actions; the datum is set by the screen."""

    def draw(self, datum: ActionsDatum, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it must be)
        """Draw them."""
        return draw_actions(datum, width, self.glyphs, tall=self.app.size.height >= 32, keys=self.keys)
