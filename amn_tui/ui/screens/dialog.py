"""What the dialogs share: a box in the middle with a title, lines of text, and an answer."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from amn_tui.run.text import sanitize
from amn_tui.ui.keymap import show_key
from amn_tui.ui.line import Line, Part, Tone, measure
from amn_tui.ui.widgets.pane import TONE_CLASSES, Pane

Answer = TypeVar("Answer")
EDGE_GAP, EDGE_END = "   ", 3  # between two keys in the edge, and from the last to the corner
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


class DialogKeys(Pane):
    """The keys of a dialog in one line; a click is as good as the key."""

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        """Show these: (keys by Textual's names, what they do)."""
        super().__init__()
        self.datum = tuple(keys)

    def draw(self, datum: Sequence[tuple[str, str]], width: int, height: int) -> list[Line]:  # noqa: ARG002
        """Draw them beneath an empty line."""
        return [(), tuple(part for pair in datum for part in draw_dialog_key(*pair))]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        at = event.x if event.y == 1 else -1
        for keys, words in self.datum if at >= 0 else ():
            at -= measure(draw_dialog_key(keys, words))
            if at < 0:
                self.app.simulate_key(keys.partition(",")[0])
                return


def say_keys(keys: str) -> str:
    """Return keys, by Textual's names, as they are written on the screen."""
    return " ".join(map(show_key, keys.split(",")))


def draw_dialog_key(keys: str, words: str) -> Line:
    """Draw one key, or two that undo each other, with what it does."""
    return (Part(say_keys(keys), Tone.HERE), Part(f" {words}   ", Tone.DIM))


class Dialog(ModalScreen[Answer]):
    """A question or an explanation over the screen, which goes on beneath."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    REFUSAL: ClassVar[str]  # the action of a click beside it: what changes nothing
    is_typed_in: ClassVar[bool] = False  # then nothing takes the focus from its field

    def __init__(self, title: str, draw_lines: DrawLines, keys: Iterable[tuple[str, str]]) -> None:
        """Ask `title`; `keys` are (keys by Textual's names, what they do), shown at the bottom."""
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
            yield DialogKeys(self.list_keys())

    def list_keys(self) -> tuple[tuple[str, str], ...]:
        """Return (keys, what they do)."""
        return self.keys

    def on_mount(self) -> None:
        """Look whether all of it is in sight."""
        box = self.query_one("#dialog")
        box.can_focus = not self.is_typed_in
        self.watch(box, "show_vertical_scrollbar", lambda scrolls: self.say_in_edge(scrolls=scrolls))

    async def on_click(self, event: events.Click) -> None:
        """Take a click beside the box for one that changes nothing; press the key under the mouse in its edge."""
        if self.get_widget_at(event.screen_x, event.screen_y)[0] is self:
            await self.run_action(self.REFUSAL)
            return
        edge = self.query_one("#dialog").region
        at = event.screen_x - (edge.right - EDGE_END - cell_len(str(self.query_one("#dialog").border_subtitle or "")))
        for keys, words in self.list_keys() if event.screen_y == edge.bottom - 1 and at >= 0 else ():
            at -= cell_len(f"{say_keys(keys)} {words}{EDGE_GAP}")
            if at < 0 and self.query_one("#dialog").border_subtitle:
                self.app.simulate_key(keys.partition(",")[0])
                return

    def say_in_edge(self, *, scrolls: bool) -> None:
        """Have the keys in the edge of the box while it scrolls: their line is at its end, often out of sight."""
        words = EDGE_GAP.join(f"{say_keys(keys)} {words}" for keys, words in self.list_keys())
        self.query_one("#dialog").border_subtitle = Content(words if scrolls else "")

    def compose_answer(self) -> Iterable[Widget]:
        """Yield what stands between text and keys: nothing, unless there is something to type."""
        return ()

    def action_scroll_text(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one("#dialog").scroll_relative(y=by, animate=False)
