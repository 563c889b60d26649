"""Which rows and characters of the log stand where on the screen: a line a row, or wrapped."""

from typing import NamedTuple

from rich.cells import chop_cells
from textual.reactive import reactive

from amn_tui.ui.line import Line
from amn_tui.ui.log_lines import CHARACTERS_PER_CELL, LogLines
from amn_tui.ui.widgets.log_window import LogWindow
from amn_tui.ui.widgets.pane import MARGIN


class Slot(NamedTuple):
    """What stands in one row of the screen: characters of a row of the log, and whether some are left out."""

    row: int
    first: int = 0
    last: int | None = None
    is_cut: bool = False


class LogLayout(LogWindow):
    """Lays the lines out that are in sight; `mark` is one of them, and is brought there."""

    wraps: reactive[bool] = reactive(False, repaint=False)
    mark: reactive[int | None] = reactive(None)  # where the line begins that was last found, jumped to or clicked

    def __init__(self, lines: LogLines) -> None:
        """Lay out lines of this file."""
        super().__init__()
        self.lines = lines
        self._laid_out: tuple[object, list[Slot]] = (None, [])

    @property
    def line_width(self) -> int:
        """Return how many cells there are for a line."""
        return max(0, self.scrollable_content_region.width - MARGIN)

    def find_line(self, row: int) -> Line | None:
        """Return what a row shows, if that has been read."""
        shown = self.shown
        return self.lines.find(shown.index, shown.find_number(row)) if shown.index and row < len(shown) else None

    def is_in_sight(self, start: int) -> bool:
        """Tell whether the line that begins at `start` is on the screen."""
        return self.shown.is_shown(start) and self.shown.find_row(start) in {slot.row for slot in self.list_slots()}

    def bring_in_sight(self, start: int) -> None:
        """Mark the line that begins at `start`, or the next one that is shown; scroll only if it is not in sight."""
        row = min(self.shown.find_row(start), len(self.shown) - 1)
        if row < 0:
            return
        self.mark = self.shown.find_start(row)
        if not self.is_in_sight(self.mark):
            self.follow = False
            self.jump(max(0, row - self.size.height // 3))

    def measure_height(self) -> int:
        """Return how many rows can be scrolled through: wrapped, so that the last ones fill the pane at the end."""
        height, room, fitting = self.size.height, self.size.height, 0
        if not self.wraps:
            return super().measure_height()
        while fitting < len(self.shown) and (room := room - len(self._wrap(len(self.shown) - 1 - fitting))) >= 0:
            fitting += 1
        return max(1, len(self.shown) - max(1, fitting) + height)

    def watch_wraps(self) -> None:
        """Lay out anew; the same line stays on top."""
        if self.shown.index is not None:
            self.scroll_to(x=0, animate=False, force=True, immediate=True)
            self.show(self.shown)

    def list_slots(self) -> list[Slot]:
        """Return what stands in the rows of the screen, laid out once as long as nothing of it changes."""
        now = (self.scroll_offset.y, self.size, self.wraps, self.lines.reads, self.shown)
        if self._laid_out[0] != now:
            self._laid_out = (now, self._lay_out())
        return self._laid_out[1]

    def _lay_out(self) -> list[Slot]:
        """Return what stands in the rows of the screen; no more is looked at than fits."""
        top, height = self.scroll_offset.y, self.size.height
        if not self.wraps:
            return [Slot(row) for row in range(top, min(top + height, len(self.shown)))]
        slots: list[Slot] = []
        if top >= self.max_scroll_y:  # the end is seen whole, and what stands before it as far as there is room
            row = len(self.shown) - 1
            while len(slots) < height and row >= 0:
                slots = self._wrap(row) + slots
                row -= 1
            return slots[-height:]
        while len(slots) < height and top < len(self.shown):
            slots += self._wrap(top)
            top += 1
        return slots[:height]

    def _wrap(self, row: int) -> list[Slot]:
        """Return a line in as many rows as it takes, but no more than the pane has."""
        width, most = max(1, self.line_width), max(1, self.size.height)
        line = self.find_line(row)
        whole = "".join(part.text for part in line or ())
        text = whole[: width * most * CHARACTERS_PER_CELL]
        slots, at = [], 0
        for piece in chop_cells(text, width)[:most] or [""]:
            slots.append(Slot(row, at, at + len(piece)))
            at += len(piece)
        return [*slots[:-1], slots[-1]._replace(is_cut=at < len(whole))]
