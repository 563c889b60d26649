"""What ctrl+c asks: leave the run alone, stop it, or stay."""

from enum import Enum
from typing import ClassVar

from textual.binding import Binding, BindingType

from amn_tui.ui.line import Part, wrap
from amn_tui.ui.screens.dialog import Dialog

WORDS = "Leaving never touches the training. Stopping ends it."


class Leaving(Enum):
    """What to do."""

    DETACH = "detach"
    ABORT = "abort"
    STAY = "stay"


class LeaveScreen(Dialog[Leaving]):
    """Asks; abort is offered only to who may."""

    REFUSAL: ClassVar[str] = "answer('stay')"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,q,ctrl+c", "answer('detach')", "detach"),
        Binding("a", "answer('abort')", "abort"),
        Binding("c,n,escape", "answer('stay')", "cancel"),
    ]

    def __init__(self, *, can_abort: bool) -> None:
        """Ask."""
        abort = (("a", "abort: stop the run"),) if can_abort else ()
        keys = (("d", "detach: training goes on"), *abort, ("c", "cancel"))
        super().__init__("Leave?", lambda width: [(Part(line),) for line in wrap(WORDS, width)], keys)
        self.can_abort = can_abort

    def action_answer(self, answer: str) -> None:
        """Give the answer."""
        leaving = Leaving(answer)
        if leaving is not Leaving.ABORT or self.can_abort:
            self.dismiss(leaving)
