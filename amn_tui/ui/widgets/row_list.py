"""A list of rows with a cursor: scrolls, and says which row was chosen."""

from typing import Any, ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from amn_tui.ui.line import Line, Tone
from amn_tui.ui.messages import RowChosen
from amn_tui.ui.widgets.pane import MARGIN, Shows, list_changed

EDGE_CELLS = 6  # corners, and a blank at each side of the title


class RowList(Shows, ScrollView, can_focus=True):
    """Rows drawn from the datum; a row may belong to an entry (a check, a gate) that Enter explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "next row", id="row-down", show=False),
        Binding("up,k", "move(-1)", "row before", id="row-up", show=False),
        Binding("home,g", "move(-1000000)", "first row", id="row-first", show=False),
        Binding("end,G", "move(1000000)", "last row", id="row-last", show=False),
        Binding("enter", "choose", "explain", id="explain", show=False),
    ]
    kind: ClassVar[str] = "row"
    noun: ClassVar[str] = "rows"
    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, *, id: str) -> None:  # noqa: A002 (Textual's word)
        """Start without rows."""
        super().__init__(id=id)
        self.rows: list[tuple[str, Line]] = []
        self.names: list[str] = []  # of the entries, in order

    def draw_rows(self, datum: Any, width: int) -> list[tuple[str, Line]]:
        """Return (name of the entry, line) for every row; rows of one entry stand together."""
        raise NotImplementedError

    def watch_datum(self) -> None:
        """Draw all rows at the width there is; only those that changed are painted again."""
        width = max(0, self.scrollable_content_region.width - MARGIN)
        before, self.rows = self.rows, [] if self.datum is None else self.draw_rows(self.datum, width)
        self.names = list(dict.fromkeys(name for name, _ in self.rows))
        self.virtual_size = Size(width, len(self.rows))
        self.cursor = min(self.cursor, max(0, len(self.names) - 1))
        if len(before) != len(self.rows):
            self.refresh()
        elif rows := list_changed(before, self.rows):
            self.refresh_lines(rows[0], rows[-1] - rows[0] + 1)
        self._retitle()

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        self.watch_datum()

    def watch_show_vertical_scrollbar(self) -> None:
        """Lay the rows out beside the scrollbar, or where it was."""
        self.watch_datum()

    def say_title(self, width: int) -> str:  # noqa: ARG002 (others have more to say)
        """Return the title, in `width` cells."""
        return self.noun

    def _retitle(self) -> None:
        """Say in the title what there is, and how many entries are out of sight."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        seen = {name for name, _ in self.rows[top : top + height]}
        hidden = len(self.names) - len(seen) if height else 0
        more = f"  +{hidden} more" if hidden > 0 else ""
        self.entitle(self.say_title(self.outer_size.width - EDGE_CELLS - len(more)) + more)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Count what is out of sight anew."""
        super().watch_scroll_y(old_value, new_value)
        self._retitle()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's)
        """Return how many rows there are at this width; those that are laid out may still be of another screen."""
        return 0 if self.datum is None else len(self.draw_rows(self.datum, max(0, width - MARGIN)))

    def render_line(self, y: int) -> Strip:
        """Draw one row; the chosen entry is marked while the list has the focus."""
        number = y + self.scroll_offset.y
        width = self.size.width
        if number >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        name, line = self.rows[number]
        chosen = self.has_focus and self.names[self.cursor] == name
        base = self.rich_style + (self.style_tone(Tone.CHOSEN) if chosen else Style.null())
        return self.make_strip(line, max(0, width - MARGIN), base).extend_cell_length(width, self.rich_style)

    def watch_cursor(self) -> None:
        """Keep the chosen entry in sight."""
        if not self.rows:
            return
        at = [number for number, (name, _) in enumerate(self.rows) if name == self.names[self.cursor]]
        self.scroll_to_region(Region(0, at[0], 1, len(at)), animate=False)
        self.refresh()

    def watch_has_focus(self, _value: bool) -> None:
        """Show or hide the cursor."""
        super().watch_has_focus(_value)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.cursor = min(max(0, self.cursor + by), max(0, len(self.names) - 1))

    def action_choose(self) -> None:
        """Ask for the explanation of the chosen entry."""
        if self.rows:
            self.post_message(RowChosen(self.kind, self.names[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """Explain the row under the mouse."""
        number = event.y - self.gutter.top + self.scroll_offset.y
        if 0 <= number < len(self.rows):
            self.cursor = self.names.index(self.rows[number][0])
            self.action_choose()
