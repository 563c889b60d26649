"""What the dialogs share: a box in the middle with a title, lines of text, and an answer."""

from collections.abc import Callable, Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from amn_tui.run.text import sanitize
from amn_tui.ui.line import Line, Part, Tone
from amn_tui.ui.widgets.pane import TONE_CLASSES, Pane

Answer = TypeVar("Answer")
DrawLines = Callable[[int], list[Line]]


class Sheet(Pane):
    """Lines that do not change while they are shown."""

    def __init__(self, draw_lines: DrawLines) -> None:
        """Show what `draw_lines` returns for a width."""
        super().__init__()
        self.draw_lines = draw_lines
        self.datum = True

    def draw(self, datum: bool, width: int, height: int) -> list[Line]:  # noqa: ARG002 (as high as it must be)
        """Draw the lines."""
        return self.draw_lines(width)


class Dialog(ModalScreen[Answer]):
    """A question or an explanation over the screen, which goes on beneath."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES

    def __init__(self, title: str, draw_lines: DrawLines, keys: Iterable[tuple[str, str]]) -> None:
        """Ask `title`; `keys` are (key, what it does), shown at the bottom."""
        super().__init__()
        self.words = title
        self.draw_lines = draw_lines
        self.keys = tuple(keys)

    def compose(self) -> ComposeResult:
        """Lay out the box."""
        with VerticalScroll(id="dialog") as box:
            box.border_title = Content(sanitize(self.words))
            yield Sheet(self.draw_lines)
            yield from self.compose_answer()
            yield Sheet(lambda _width: [(), self.draw_keys()])

    def on_mount(self) -> None:
        """Look whether all of it is in sight."""
        self.watch(self.query_one("#dialog"), "show_vertical_scrollbar", lambda scrolls: self.say_keys(scrolls=scrolls))

    def say_keys(self, *, scrolls: bool) -> None:
        """Have the keys in the edge of the box while it scrolls: their line is at its end, often out of sight."""
        words = "   ".join(f"{key} {words}" for key, words in self.keys)
        self.query_one("#dialog").border_subtitle = Content(words if scrolls else "")

    def compose_answer(self) -> Iterable[Widget]:
        """Yield what stands between text and keys: nothing, unless there is something to type."""
        return ()

    def action_scroll_text(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#dialog").scroll_relative(y=by, animate=False)

    def draw_keys(self) -> Line:
        """Draw the keys in one line."""
        parts: list[Part] = []
        for key, words in self.keys:
            parts += [Part(key, Tone.HERE), Part(f" {words}   ", Tone.DIM)]
        return tuple(parts)
