"""Where the cursor goes: an epoch, or a step, by its number."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from amn_tui.ui.screens.dialog import Dialog
from amn_tui.ui.widgets.text_field import TextField


class JumpScreen(Dialog[float | None]):
    """Answers with the number, None when it is given up."""

    DEFAULT_CLASSES = "-explains"  # goes by itself when an alarm comes up
    REFUSAL: ClassVar[str] = "give_up"
    is_typed_in: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "go back")]

    def __init__(self, what: str) -> None:
        """Ask for the number of `what`."""
        super().__init__(f"Go to {what}", lambda _: [], (("enter", "go"), ("escape", "go back")))
        self.what = what

    def compose_answer(self) -> Iterable[Widget]:
        """Yield the field for the number."""
        yield TextField(placeholder=f"{self.what}, by its number", type="number", max_length=12)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a number."""
        try:
            self.dismiss(float(event.value))
        except ValueError:
            self.app.bell()

    def action_give_up(self) -> None:
        """Go back without an answer."""
        self.dismiss(None)
