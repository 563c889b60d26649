"""The lines of the log themselves: only those in sight are read, in a thread, and drawn as text and nothing else."""

import asyncio
from typing import NamedTuple

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Offset, Region
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip

from amn_tui.ui.keymap import say_key
from amn_tui.ui.line import Line, Part, Tone, cut
from amn_tui.ui.log_lines import CHARACTERS_PER_CELL, KEPT_LINES, LogLines, clip, cut_line, mark_spans
from amn_tui.ui.log_pattern import LinePattern
from amn_tui.ui.quantity import format_count
from amn_tui.ui.widgets.log_window import LogWindow

NO_LOG = "no log yet: it begins when the trainer writes its first line"
NO_ROWS = "no line matches; {} changes the filter, {} the level, {} takes both away"


class Slot(NamedTuple):
    """What stands in one row of the screen: characters of a row of the log, and whether some are left out."""

    row: int
    first: int = 0
    last: int | None = None
    is_cut: bool = False


class LogView(LogWindow):
    """Draws the window; `pattern` is what is marked in it."""

    wraps: reactive[bool] = reactive(False, repaint=False)
    pattern: reactive[LinePattern | None] = reactive(None)
    mark: reactive[int | None] = reactive(None)  # where the line begins that was last found, jumped to or clicked

    def __init__(self, lines: LogLines) -> None:
        """Show lines of this file."""
        super().__init__()
        self.lines = lines
        self._reading = False
        self._laid_out: tuple[object, list[Slot]] = (None, [])
        self._frame: tuple[int, Style, list[Slot]] | None = None

    @property
    def line_width(self) -> int:
        """Return how many cells there are beside the scrollbar."""
        return self.scrollable_content_region.width

    def find_line(self, row: int) -> Line | None:
        """Return what a row shows, if that has been read."""
        return self.lines.find(self.index, self.find_number(row)) if self.index and row < self.total else None

    def is_in_sight(self, start: int) -> bool:
        """Tell whether the line that begins at `start` is on the screen."""
        return self.is_shown(start) and self.find_row(start) in {slot.row for slot in self._list_slots()}

    def bring_in_sight(self, start: int) -> None:
        """Mark the line that begins at `start`, or the next one that is shown; scroll only if it is not in sight."""
        row = min(self.find_row(start), self.total - 1)
        if row < 0:
            return
        self.mark = self.find_start(row)
        if not self.is_in_sight(self.mark):
            self.follow = False
            self.jump(max(0, row - self.size.height // 3))

    def measure_height(self) -> int:
        """Return how many rows can be scrolled through: wrapped, so that the last ones fill the pane at the end."""
        height, room, fitting = self.size.height, self.size.height, 0
        if not self.wraps:
            return super().measure_height()
        while fitting < self.total and (room := room - len(self._wrap(self.total - 1 - fitting))) >= 0:
            fitting += 1
        return max(1, self.total - max(1, fitting) + height)

    def watch_wraps(self) -> None:
        """Lay out anew; the same line stays on top."""
        if self.index is not None:
            self.scroll_to(x=0, animate=False, force=True, immediate=True)
            self.show(self.index, self.rows)

    def _list_slots(self) -> list[Slot]:
        """Return what stands in the rows of the screen, laid out once as long as nothing of it changes."""
        now = (self.scroll_offset.y, self.size, self.wraps, self.lines.reads, self.index, self.rows)
        if self._laid_out[0] != now:
            self._laid_out = (now, self._lay_out())
        return self._laid_out[1]

    def _lay_out(self) -> list[Slot]:
        """Return what stands in the rows of the screen; no more is looked at than fits."""
        top, height = self.scroll_offset.y, self.size.height
        if not self.wraps:
            return [Slot(row) for row in range(top, min(top + height, self.total))]
        slots: list[Slot] = []
        if top >= self.max_scroll_y:  # the end is seen whole, and what stands before it as far as there is room
            row = self.total - 1
            while len(slots) < height and row >= 0:
                slots = self._wrap(row) + slots
                row -= 1
            return slots[-height:]
        while len(slots) < height and top < self.total:
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

    def on_click(self, event: events.Click) -> None:
        """Mark the line under the mouse."""
        slots = self._list_slots()
        if 0 <= event.y < len(slots):
            self.mark = self.find_start(slots[event.y].row)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw rows; what is the same for all of them is asked for once: Textual looks for the place each time."""
        self._frame = self._measure_frame()
        try:
            return super().render_lines(crop)
        finally:
            self._frame = None

    def _measure_frame(self) -> tuple[int, Style, list[Slot]]:
        """Return width, style and what stands in the rows."""
        return self.line_width, self.rich_style, self._list_slots()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width, base, slots = self._frame or self._measure_frame()
        if y >= len(slots):
            return self.make_strip((Part(cut(self._say_empty() if y == 0 else "", width), Tone.DIM),), width, base)
        slot = slots[y]
        line = self.find_line(slot.row)
        if line is None:
            self._want_lines()
            return Strip.blank(width, base)
        if self.mark is not None and self.find_start(slot.row) == self.mark:
            base += self.style_tone(Tone.CHOSEN)
        return self._draw(slot, line, width, base)

    def _say_empty(self) -> str:
        """Say why there is no line."""
        if self.total:
            return ""
        if self.index is None or self.rows is None:  # no file, or nothing in it
            return NO_LOG
        ways = (("log-filter", "&"), ("log-level", "v"), ("log-clear", "esc"))
        return NO_ROWS.format(*(say_key(self.keys, action, key) for action, key in ways))

    def _draw(self, slot: Slot, line: Line, width: int, base: Style) -> Strip:
        """Draw a line, or the part of it that stands in this row; what is cut off leaves a sign at the edge."""
        left = 0 if self.wraps else self.scroll_offset.x
        line = cut_line(line, slot.first, slot.last) if self.wraps else clip(line, left + width)
        if self.pattern is not None:
            line = mark_spans(line, self.pattern.list_spans("".join(part.text for part in line)), Tone.FOUND)
        strip = Strip([Segment(part.text, base + self.style_tone(part.tone)) for part in line])
        selected = self.text_selection.get_span(slot.row) if self.text_selection else None
        if selected is not None:
            start, end = (edge - slot.first if edge >= 0 else edge for edge in selected)
            marked = self.screen.get_component_rich_style("screen--selection")
            strip = _mark_selected(strip, (max(0, start), end if selected[1] == -1 else max(0, end)), marked)
        is_cut = slot.is_cut or strip.cell_length > left + width
        strip = strip.crop_extend(left, left + width, base).apply_offsets(slot.first + left, slot.row)
        return self._draw_edges(slot, strip, base, (left > 0, is_cut))

    def _draw_edges(self, slot: Slot, strip: Strip, base: Style, is_cut: tuple[bool, bool]) -> Strip:
        """Put the signs over the edges, and for how many lines this one stands."""
        width, dim = strip.cell_length, base + self.style_tone(Tone.HERE)
        before = self.glyphs.more_left if is_cut[0] and strip.text.strip() else ""
        size = self._count_folded(slot.row) if slot.first == 0 else 1
        after = f" last of {format_count(size)}" if size > 1 else ""
        after += self.glyphs.more_right if is_cut[1] else ""
        if not (before or after) or width <= cell_len(before + after):
            return strip
        middle = strip.crop(cell_len(before), width - cell_len(after))
        return Strip([Segment(before, dim), *middle, Segment(after, dim)]).adjust_cell_length(width, base)

    def _count_folded(self, row: int) -> int:
        if self.index is None:
            return 1
        in_file = self.rows.count_folded(self.rows[row]) if self.rows is not None else 1
        return max(in_file, self.lines.count_updates(self.index, self.find_number(row)))

    def _want_lines(self) -> None:
        """Have the lines in sight read, unless that is being done."""
        if not self._reading:
            self._reading = True
            self._read_in_sight()

    @work(exit_on_error=False)
    async def _read_in_sight(self) -> None:
        """Let another thread read, then draw: what is in sight by then may be wanted anew."""
        try:
            if self.index is not None:
                top = self.scroll_offset.y
                wanted = [self.find_number(row) for row in range(top, min(top + self.size.height, self.total))]
                await asyncio.to_thread(self.lines.read, self.index, wanted)
        finally:
            self._reading = False
            if self.wraps and self.index is not None:
                self.show(self.index, self.rows)  # how high they are is known only now
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, read from the file; where a selection runs on beyond the pane, what is in sight."""
        if self.index is None:
            return None
        first = selection.start.y if selection.start else self.scroll_offset.y
        last = selection.end.y if selection.end else self.scroll_offset.y + self.size.height - 1
        last = min(last, self.total - 1, first + KEPT_LINES - 1)
        # Who copies lines waits for those that were not in sight.
        self.lines.read(self.index, [self.find_number(row) for row in range(first, last + 1)])
        found = [self.find_line(row) or () for row in range(first, last + 1)]
        text = "\n".join("".join(part.text for part in line) for line in found)
        shift = Offset(0, first)
        start, end = (edge - shift if edge else None for edge in selection)
        return Selection(start, end).extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 (all visible lines are drawn anew)
        """Show what is selected."""
        self.refresh()


def _mark_selected(strip: Strip, span: tuple[int, int], style: Style) -> Strip:
    start, end = span
    end = strip.cell_length if end == -1 else min(end, strip.cell_length)
    before, chosen, after = (
        strip.divide([start, end, strip.cell_length])[:3] if end > start else (strip, Strip([]), Strip([]))
    )
    return Strip.join([before, chosen.apply_style(style), after])
