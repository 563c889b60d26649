"""Where one is in the log: it follows the end until one scrolls up, and stays on its lines while others come and go."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from amn_tui.run.text import LINE_BYTES, TRUNCATED
from amn_tui.ui.log_shown import ShownLog
from amn_tui.ui.widgets.pane import MARGIN, Shows

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
        self.shown = ShownLog()
        self.paused_at = 0  # how long the file was then

    @property
    def top(self) -> int:
        """Return where the line begins that is on top."""
        return self.shown.find_start(min(self.scroll_offset.y, len(self.shown) - 1)) if self.shown else 0

    def show(self, shown: ShownLog) -> None:
        """Take what is shown by now; the view stays on the same lines, or at the end if it follows."""
        if shown.index is None:
            return
        before, anchor = self.shown, self.top
        self.shown = shown
        self._take_size(Size(min(WIDEST, max(1, shown.index.widest)) + MARGIN, self.measure_height()))
        if self.follow:
            self.jump(len(shown))
        elif not shown.is_of_same_file(before):
            self.jump(0)
        elif not shown.has_same_rows(before):  # lines were found, let go of, or left out
            self.jump(shown.find_row(anchor))
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
        return max(1, len(self.shown))

    def watch_follow(self) -> None:
        """Go to the end, or remember where it was when the view stayed."""
        self.set_class(self.follow, "-following")
        self.paused_at = self.shown.index.end if self.shown.index else 0
        # Not when the end is where one has just scrolled to: Textual fails when a scroll begins within another.
        if self.follow and self.shown.index and self.scroll_y < self.max_scroll_y:
            self.jump(len(self.shown))

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
        self.jump(len(self.shown))

    def on_resize(self) -> None:
        """Keep the end in sight."""
        self.show(self.shown)
