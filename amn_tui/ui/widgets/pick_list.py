"""Rows to pick one of: filtered by what is typed, with a cursor that stays in sight."""

from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from amn_tui.ui.line import Line, Part, Tone
from amn_tui.ui.widgets.pane import Shows

WHEEL_ROWS = 3
OTHER_ROWS = 13  # of a dialog, which takes nine tenths of the screen


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in the list: `key` names it to whoever asked, `words` are what the filter is held against."""

    key: str
    words: str
    line: Line


class PickList(Shows, Widget):
    """Draws the rows; the screen that asks moves the cursor."""

    most: reactive[int] = reactive(0, layout=True)  # rows there are before any filter
    rows: reactive[tuple[Row, ...]] = reactive((), repaint=True)
    cursor: reactive[int] = reactive(0, repaint=True)
    empty: reactive[str] = reactive("nothing", repaint=True)

    class Picked(Message):
        """A row was clicked."""

    class Fitted(Message):
        """Other rows are in sight, or out of it."""

    @property
    def picked(self) -> Row | None:
        """Return the row under the cursor."""
        return self.rows[min(self.cursor, len(self.rows) - 1)] if self.rows else None

    @property
    def hidden(self) -> int:
        """Return how many rows are out of sight."""
        return max(0, len(self.rows) - self.size.height) if self.size.height else 0

    @property
    def top(self) -> int:
        """Return the first row in sight."""
        return max(0, min(self.cursor - self.size.height // 2, len(self.rows) - self.size.height))

    def move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(0, self.cursor + by), max(0, len(self.rows) - 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's)
        """Return a height that does not change while one types, and leaves room for the rest of the dialog."""
        return max(2, min(self.most, viewport.height * 9 // 10 - OTHER_ROWS))

    def watch_rows(self) -> None:
        """Keep the cursor on a row."""
        self.cursor = min(self.cursor, max(0, len(self.rows) - 1))
        self.post_message(self.Fitted())

    def on_resize(self) -> None:
        """Tell that there is more room, or less."""
        self.post_message(self.Fitted())

    def render_line(self, y: int) -> Strip:
        """Draw one row, the chosen one on another ground and behind a mark."""
        width, base, number = self.size.width, self.rich_style, self.top + y
        if not self.rows and y == 0:
            return self.make_strip((Part(self.empty, Tone.DIM),), width, base)
        if number >= len(self.rows):
            return Strip.blank(width, base)
        chosen = number == self.cursor
        mark = Part(f"{self.glyphs.running if chosen else ' '} ", Tone.HERE)
        ground = base + self.style_tone(Tone.CHOSEN) if chosen else base
        return self.make_strip((mark, *self.rows[number].line), width, ground)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go on through the rows."""
        event.stop()
        self.move(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go back through them."""
        event.stop()
        self.move(-WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Pick the row under the mouse."""
        if 0 <= self.top + event.y < len(self.rows):
            self.cursor = self.top + event.y
            self.post_message(self.Picked())
