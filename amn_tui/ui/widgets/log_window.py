"""Where one is in the log: it follows the end until one scrolls up, and stays on its lines while others come and go."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from amn_tui.run.text import LINE_BYTES, TRUNCATED
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_rows import LogRows
from amn_tui.ui.widgets.pane import Shows

WIDEST = LINE_BYTES + len(TRUNCATED)


class LogWindow(Shows, ScrollView, can_focus=True):
    """A window on the log file. `follow` keeps the end in sight; scrolling up lets go of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "line down", id="log-down", show=False),
        Binding("up,k", "scroll_up", "line up", id="log-up", show=False),
        Binding("left,h", "shift(-8)", "left", id="log-left", show=False),
        Binding("right,l", "shift(8)", "right", id="log-right", show=False),
        Binding("pagedown,space", "page_down", "page down", id="log-page-down", show=False),
        Binding("pageup,b", "page_up", "page up", id="log-page-up", show=False),
        Binding("home,g", "first", "first line", id="log-first", show=False),
        Binding("end,G", "last", "last line, and follow", id="log-last", show=False),
    ]
    follow: reactive[bool] = reactive(True, repaint=False)

    def __init__(self) -> None:
        """Start without a log; its index comes from LogWatch."""
        super().__init__()
        self.index: LogIndex | None = None
        self.rows: LogRows | None = None  # None: every line is shown
        self.paused_at = 0  # how long the file was then

    @property
    def total(self) -> int:
        """Return how many rows there are."""
        return len(self.rows) if self.rows is not None else self.index.count if self.index else 0

    def find_number(self, row: int) -> int:
        """Return which line of the index a row shows."""
        return row if self.rows is None or self.index is None else self.index.find_line(self.rows[row])

    def find_start(self, row: int) -> int:
        """Return where in the file the line of a row begins."""
        return self.rows[row] if self.rows is not None else self.index.starts[row] if self.index else 0

    def find_row(self, start: int) -> int:
        """Return which row shows the line that begins at `start`, or the next one that is shown."""
        if self.rows is not None:
            return self.rows.find_row(start)
        return self.index.find_line(start) if self.index else 0

    def is_shown(self, start: int) -> bool:
        """Tell whether a row shows the line that begins at `start`."""
        row = self.find_row(start)
        return row < self.total and self.find_start(row) == start

    @property
    def top(self) -> int:
        """Return where the line begins that is on top."""
        return self.find_start(min(self.scroll_offset.y, self.total - 1)) if self.total else 0

    def show(self, index: LogIndex, rows: LogRows | None) -> None:
        """Take a newer index and what is shown of it; the view stays on the same lines, or at the end if it follows."""
        before, top = self.index, self.scroll_offset.y
        same = before is not None and before.starts is index.starts and before.generation == index.generation
        same &= rows is self.rows is None or (
            rows is not None and self.rows is not None and rows.starts is self.rows.starts
        )
        anchor = self.find_start(min(top, self.total - 1)) if self.total else 0
        self.index, self.rows = index, rows
        self._take_size(Size(min(WIDEST, max(1, index.widest)), self.measure_height()))
        if self.follow:
            self.jump(self.total)
        elif before is None or before.generation != index.generation:
            self.jump(0)
        elif not same:  # lines were found, let go of, or left out
            self.jump(self.find_row(anchor))
        self.refresh(self.size.region)

    def _take_size(self, size: Size) -> None:
        """Take the size of the text; what Textual does for it by itself lays the whole screen out anew."""
        self.set_reactive(LogWindow.virtual_size, size)
        self._scroll_update(size)

    def jump(self, row: int) -> None:
        """Scroll without animation."""
        self.scroll_to(y=row, animate=False, force=True, immediate=True)

    def measure_height(self) -> int:
        """Return how many rows can be scrolled through."""
        return max(1, self.total)

    def watch_follow(self) -> None:
        """Go to the end, or remember where it was when the view stayed."""
        self.set_class(self.follow, "-following")
        self.paused_at = self.index.end if self.index else 0
        # Not when the end is where one has just scrolled to: Textual fails when a scroll begins within another.
        if self.follow and self.index and self.scroll_y < self.max_scroll_y:
            self.jump(self.total)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Let go of the end when one scrolls up, take hold of it again at the bottom."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value < self.max_scroll_y:
            self.follow = False
        elif new_value >= self.max_scroll_y and new_value > old_value:
            self.follow = True

    def action_shift(self, by: int) -> None:
        """Look further to the right, or back."""
        self.scroll_to(x=self.scroll_offset.x + by, animate=False, force=True, immediate=True)

    def action_first(self) -> None:
        """Go to the first line."""
        self.jump(0)

    def action_last(self) -> None:
        """Go to the last line and follow."""
        self.follow = True
        self.jump(self.total)

    def on_resize(self) -> None:
        """Keep the end in sight."""
        if self.index is not None:
            self.show(self.index, self.rows)
