"""The lines of the log themselves: only those in sight are read, in a thread, and drawn as text and nothing else."""

import asyncio

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Offset, Region
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip

from amn_tui.ui.keymap import say_key
from amn_tui.ui.line import Line, Part, Tone, cut
from amn_tui.ui.log_lines import KEPT_LINES, LogLines, clip, cut_line, mark_spans
from amn_tui.ui.log_pattern import LinePattern
from amn_tui.ui.quantity import format_count
from amn_tui.ui.widgets.log_layout import LogLayout, Slot
from amn_tui.ui.widgets.pane import MARGIN

NO_LOG = "no log yet: it begins when the trainer writes its first line"
NO_ROWS = "no line matches; {} changes the filter, {} the level, {} takes both away"


class LogView(LogLayout):
    """Draws the lines in sight; `pattern` is what is marked in them."""

    pattern: reactive[LinePattern | None] = reactive(None)

    def __init__(self, lines: LogLines) -> None:
        """Show lines of this file."""
        super().__init__(lines)
        self._reading = False
        self._frame: tuple[int, Style, list[Slot]] | None = None

    def on_click(self, event: events.Click) -> None:
        """Mark the line under the mouse."""
        slots = self.list_slots()
        if 0 <= event.y < len(slots):
            self.mark = self.shown.find_start(slots[event.y].row)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw rows; what is the same for all of them is asked for once: Textual looks for the place each time."""
        self._frame = self._measure_frame()
        try:
            return super().render_lines(crop)
        finally:
            self._frame = None

    def _measure_frame(self) -> tuple[int, Style, list[Slot]]:
        """Return width, style and what stands in the rows."""
        return self.line_width, self.rich_style, self.list_slots()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen, and the margin beside it."""
        width, base, slots = self._frame or self._measure_frame()
        return self._draw_row(y, width, base, slots).extend_cell_length(width + MARGIN, base)

    def _draw_row(self, y: int, width: int, base: Style, slots: list[Slot]) -> Strip:
        if y >= len(slots):
            return self.make_strip((Part(cut(self._say_empty() if y == 0 else "", width), Tone.DIM),), width, base)
        slot = slots[y]
        line = self.find_line(slot.row)
        if line is None:
            self._want_lines()
            return Strip.blank(width, base)
        if self.mark is not None and self.shown.find_start(slot.row) == self.mark:
            base += self.style_tone(Tone.CHOSEN)
        return self._draw(slot, line, width, base)

    def _say_empty(self) -> str:
        """Say why there is no line."""
        if self.shown:
            return ""
        if self.shown.index is None or self.shown.rows is None:  # no file, or nothing in it
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
        shown = self.shown
        updates = self.lines.count_updates(shown.index, shown.find_number(row)) if shown.index is not None else 1
        return max(shown.count_folded(row), updates)

    def _want_lines(self) -> None:
        """Have the lines in sight read, unless that is being done."""
        if not self._reading:
            self._reading = True
            self._read_in_sight()

    @work(exit_on_error=False)
    async def _read_in_sight(self) -> None:
        """Let another thread read, then draw: what is in sight by then may be wanted anew."""
        try:
            shown, top = self.shown, self.scroll_offset.y
            if shown.index is not None:
                wanted = [shown.find_number(row) for row in range(top, min(top + self.size.height, len(shown)))]
                await asyncio.to_thread(self.lines.read, shown.index, wanted)
        finally:
            self._reading = False
            if self.wraps:
                self.show(self.shown)  # how high they are is known only now
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, read from the file; where a selection runs on beyond the pane, what is in sight."""
        shown = self.shown
        if shown.index is None:
            return None
        first = selection.start.y if selection.start else self.scroll_offset.y
        last = selection.end.y if selection.end else self.scroll_offset.y + self.size.height - 1
        last = min(last, len(shown) - 1, first + KEPT_LINES - 1)
        # Who copies lines waits for those that were not in sight.
        self.lines.read(shown.index, [shown.find_number(row) for row in range(first, last + 1)])
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
