"""The log itself, as it is on disk: only the lines in sight are read, and it follows the end until one scrolls up."""

import asyncio
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from amn_tui.run.text import LINE_BYTES, TRUNCATED
from amn_tui.ui.line import Part, Tone
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_lines import KEPT_LINES, LogLines, clip
from amn_tui.ui.quantity import format_count
from amn_tui.ui.widgets.pane import Shows

WIDEST = LINE_BYTES + len(TRUNCATED)


class LogPane(Shows, ScrollView, can_focus=True):
    """A window on the log file. `follow` keeps the end in sight; scrolling up lets go of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_down", "line down", show=False),
        Binding("up,k", "scroll_up", "line up", show=False),
        Binding("left,h", "shift(-8)", "left", show=False),
        Binding("right,l", "shift(8)", "right", show=False),
        Binding("pagedown,space", "page_down", "page down", show=False),
        Binding("pageup,b", "page_up", "page up", show=False),
        Binding("home,g", "first", "first line", show=False),
        Binding("end,G", "last", "last line, and follow", show=False),
    ]
    follow: reactive[bool] = reactive(True, repaint=False)
    index: reactive[LogIndex | None] = reactive(None, repaint=False)

    def __init__(self, lines: LogLines, *, id: str) -> None:  # noqa: A002 (Textual's word)
        """Show this file; its index comes from LogWatch."""
        super().__init__(id=id)
        self.lines = lines
        self._reading = False

    def watch_index(self, before: LogIndex | None, index: LogIndex | None) -> None:
        """Take a newer index; the view stays on the same lines, or at the end while it follows."""
        if index is None:
            return
        top = self.scroll_offset.y
        self._take_size(Size(min(WIDEST, max(1, index.widest)), max(1, index.count)))
        if self.follow:
            self.jump(index.count)
        elif before is None or before.generation != index.generation:
            self.jump(0)
        elif before.count and before.starts is not index.starts:  # lines were found, or let go of, at the top
            self.jump(index.find_line(before.starts[min(top, before.count - 1)]))
        self._say_title()
        self.refresh(self.size.region)

    def _take_size(self, size: Size) -> None:
        """Take the size of the text; what Textual does for it by itself lays the whole screen out anew."""
        self.set_reactive(LogPane.virtual_size, size)
        self._scroll_update(size)

    def jump(self, line: int) -> None:
        """Scroll without animation."""
        self.scroll_to(y=line, animate=False, force=True, immediate=True)

    def _say_title(self) -> None:
        """Say where the view is, only while it stands still: a number that always changes is paint for nothing."""
        title = "log"
        if not self.follow and self.index:
            known = "" if self.index.whole else "the last "
            line = format_count(self.scroll_offset.y + 1)
            title = f"log  line {line} of {known}{format_count(self.index.count)}, paused: f follows"
        if title != self.border_title:
            self.border_title = title

    def watch_follow(self) -> None:
        """Go to the end, or say that the view stays."""
        self.set_class(self.follow, "-following")
        # Not when the end is where one has just scrolled to: Textual fails when a scroll begins within another.
        if self.follow and self.index and self.scroll_y < self.max_scroll_y:
            self.jump(self.index.count)
        self._say_title()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Let go of the end when one scrolls up, take hold of it again at the bottom."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and new_value < self.max_scroll_y:
            self.follow = False
        elif new_value >= self.max_scroll_y and new_value > old_value:
            self.follow = True
        self._say_title()

    def action_shift(self, by: int) -> None:
        """Look further to the right, or back."""
        self.scroll_to(x=self.scroll_offset.x + by, animate=False, force=True, immediate=True)

    def action_first(self) -> None:
        """Go to the first line."""
        self.jump(0)

    def action_last(self) -> None:
        """Go to the last line and follow."""
        self.follow = True
        self.jump(self.index.count if self.index else 0)

    def on_resize(self) -> None:
        """Keep the end in sight."""
        if self.follow and self.index:
            self.jump(self.index.count)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the file."""
        width, base = self.size.width, self.rich_style
        left, top = self.scroll_offset
        number = top + y
        if self.index is None or number >= self.index.count:
            words = (
                "no log yet: it begins when the trainer writes its first line" if y == 0 and self.index is None else ""
            )
            return self.make_strip((Part(words[:width], Tone.DIM),), width, base)
        line = self.lines.find(self.index, number)
        if line is None:
            self._want_lines()
            return Strip.blank(width, base)
        selected = self.text_selection.get_span(number) if self.text_selection else None
        strip = Strip([Segment(part.text, base + self.style_tone(part.tone)) for part in clip(line, left + width)])
        if selected is not None:
            strip = _mark_selected(strip, selected, self.screen.get_component_rich_style("screen--selection"))
        return strip.crop_extend(left, left + width, base).apply_offsets(left, number)

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
                await asyncio.to_thread(self.lines.read, self.index, top, top + self.size.height)
        finally:
            self._reading = False
            self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text, read from the file; where a selection runs on beyond the pane, what is in sight."""
        if self.index is None:
            return None
        first = selection.start.y if selection.start else self.scroll_offset.y
        last = selection.end.y if selection.end else self.scroll_offset.y + self.size.height - 1
        last = min(last, self.index.count - 1, first + KEPT_LINES - 1)
        self.lines.read(self.index, first, last + 1)  # who copies lines waits for those that were not in sight
        found = [self.lines.find(self.index, number) or () for number in range(first, last + 1)]
        text = "\n".join("".join(part.text for part in line) for line in found)
        shift = Offset(0, first)
        start, end = (edge - shift if edge else None for edge in selection)
        return Selection(start, end).extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 (all visible lines are drawn anew)
        """Show what is selected."""
        self.refresh()


def _mark_selected(strip: Strip, span: tuple[int, int], style: Style) -> Strip:
    start, end = span
    end = strip.cell_length if end == -1 else end
    before, chosen, after = (
        strip.divide([start, end, strip.cell_length])[:3] if end > start else (strip, Strip([]), Strip([]))
    )
    return Strip.join([before, chosen.apply_style(style), after])
