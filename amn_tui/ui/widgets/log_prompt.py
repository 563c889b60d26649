"""Where a person types what to search for, what to show, or where to go: one line at the foot of the log."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from amn_tui.ui.line import Line, Part, Tone
from amn_tui.ui.log_pattern import LONGEST_PATTERN
from amn_tui.ui.messages import Asked, TypingEnded, WordsTyped
from amn_tui.ui.widgets.log_state import LogState
from amn_tui.ui.widgets.text_field import TextField


class LogPrompt(Horizontal):
    """Asks for one line of text. Enter keeps it, Escape gives it up; both say so, and so does every key."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "go back, as if nothing had been typed"),
        Binding("alt+r", "change_kind", "take what is typed as a regular expression, or as plain text"),
        Binding("up", "recall(-1)", "what was typed before"),
        Binding("down", "recall(1)", "what was typed after that"),
    ]

    def __init__(self, asked: Asked, history: list[str], *, is_regexp: bool) -> None:
        """Ask; `history` is what was typed before, oldest first."""
        super().__init__()
        self.asked, self.is_regexp = asked, is_regexp
        self._history, self._recalled = history, len(history)

    def compose(self) -> ComposeResult:
        """Lay out: the sign, the text, and what there is to say about it."""
        yield LogState("-sign")
        yield TextField(compact=True, max_length=LONGEST_PATTERN)
        yield LogState("-hint")

    def on_mount(self) -> None:
        """Type at once."""
        self.screen.set_focus(self.query_one(Input))
        self._say_sign()

    def _say_sign(self) -> None:
        kind = "" if self.asked is Asked.EPOCH else " regexp" if self.is_regexp else " text"
        self.query_one(".-sign", LogState).say((Part(self.asked, Tone.HERE), Part(f"{kind} ", Tone.DIM)))

    def say(self, line: Line) -> None:
        """Say something about what is typed."""
        keys = () if self.asked is Asked.EPOCH else (Part("  alt+r ", Tone.HERE), Part("regexp", Tone.DIM))
        self.query_one(".-hint", LogState).say((*line, *(keys if not self.is_regexp else ())))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hand it on."""
        event.stop()
        self._hand_on(entered=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Hand it on as confirmed."""
        event.stop()
        self._hand_on(entered=True)

    def _hand_on(self, *, entered: bool) -> None:
        words = self.query_one(Input).value
        self.post_message(WordsTyped(self.asked, words, is_regexp=self.is_regexp, entered=entered))

    def action_change_kind(self) -> None:
        """Take it as a regular expression, or not."""
        if self.asked is not Asked.EPOCH:
            self.is_regexp = not self.is_regexp
            self._say_sign()
            self._hand_on(entered=False)

    def action_recall(self, by: int) -> None:
        """Show what was typed before."""
        self._recalled = min(max(0, self._recalled + by), len(self._history))
        field = self.query_one(Input)
        field.value = self._history[self._recalled] if self._recalled < len(self._history) else ""
        field.cursor_position = len(field.value)

    def action_give_up(self) -> None:
        """Go back."""
        self.post_message(TypingEnded())
