"""The one confirmation before a run is stopped without an alarm."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.ui.line import Part, wrap
from amn_tui.ui.screens.dialog import Dialog

WORDS = "The trainer is asked to save its last checkpoint and to end. If it does not, it is stopped step by step."


class ConfirmScreen(Dialog[bool]):
    """True stops the run."""

    REFUSAL: ClassVar[str] = "answer(False)"
    BINDINGS: ClassVar[list[BindingType]] = [
        # y alone: a command typed into the wrong window has an a in it, more of them behind it, and enter at its end
        Binding("y", "answer(True)", "stop the run"),
        Binding("n,escape,q", "answer(False)", "let it go on"),
    ]

    def __init__(self, name: str) -> None:
        """Ask for the run of this name."""
        keys = (("y", "stop the run"), ("n", "let it go on"))
        super().__init__(f"Stop {name}?", lambda width: [(Part(line),) for line in wrap(WORDS, width)], keys)

    def action_answer(self, stop: bool) -> None:
        """Give the answer."""
        self.dismiss(stop)
