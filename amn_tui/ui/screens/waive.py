"""Why an alarm is waived: no reason, no waiver."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from amn_tui.run.guard_events import AlarmRaised
from amn_tui.ui.line import Line, Part, Tone, wrap
from amn_tui.ui.screens.dialog import Dialog
from amn_tui.ui.widgets.text_field import TextField

LONGEST_REASON = 300


class WaiveScreen(Dialog[str | None]):
    """Answers with the reason, None when it is given up."""

    REFUSAL: ClassVar[str] = "give_up"
    is_typed_in: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "go back")]

    def __init__(self, alarm: AlarmRaised) -> None:
        """Ask for this alarm."""

        def draw_lines(width: int) -> list[Line]:
            words = [(Part(line, Tone.STRONG),) for line in wrap(f"{alarm.gate}: {alarm.words}", width)]
            rest = wrap("The run goes on, and this gate stays waived. The reason is recorded.", width)
            return [*words, *((Part(line),) for line in rest), ()]

        super().__init__("Waive the alarm?", draw_lines, (("enter", "waive"), ("escape", "go back")))

    def compose_answer(self) -> Iterable[Widget]:
        """Yield the field for the reason."""
        yield TextField(placeholder="why the run should go on", max_length=LONGEST_REASON)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take a reason that says something."""
        reason = event.value.strip()
        if reason:
            self.dismiss(reason)
        else:
            self.app.bell()

    def action_give_up(self) -> None:
        """Go back without an answer."""
        self.dismiss(None)
