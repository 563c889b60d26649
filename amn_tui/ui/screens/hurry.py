"""A second wish to stop: where the stop stands, and whether its next step should come now."""

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.run.guard_events import Rung, StopEscalated
from amn_tui.ui.line import Line, Part, Tone, wrap
from amn_tui.ui.quantity import format_duration
from amn_tui.ui.screens.dialog import Dialog
from amn_tui.ui.widgets.banner import RUNG_WORDS

NEXT_WORDS = {
    Rung.REQUEST: "SIGTERM to the main process",
    Rung.TERM_MAIN: "SIGTERM to every process of the run",
    Rung.TERM_GROUP: "SIGKILL to everything that belongs to the run",
}


class HurryScreen(Dialog[bool]):
    """True takes the next step now."""

    REFUSAL: ClassVar[str] = "answer(False)"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "take the next step now"),
        Binding("n,escape,q,a", "answer(False)", "wait"),  # a pressed once too often changes nothing
    ]

    def __init__(self, rung: StopEscalated, clock: Callable[[], float]) -> None:
        """Ask about the step after `rung`; `clock` gives Unix seconds."""
        number = list(Rung).index(rung.rung) + 1
        left_s = max(0.0, (rung.next_at or 0.0) - clock())
        stands = f"Step {number} of {len(Rung)}: {RUNG_WORDS[rung.rung]}."
        comes = f"By itself the next step comes in {format_duration(left_s)}: {NEXT_WORDS[rung.rung]}."
        rest = "A trainer that is saving its checkpoint may lose it when it is hurried."

        def draw_lines(width: int) -> list[Line]:
            strong = [(Part(line, Tone.STRONG),) for line in wrap(stands, width)]
            return [*strong, *((Part(line),) for words in (comes, rest) for line in wrap(words, width))]

        super().__init__("Being stopped already. Hurry?", draw_lines, (("y", "next step now"), ("n", "wait")))

    def action_answer(self, now: bool) -> None:
        """Give the answer."""
        self.dismiss(now)
