"""The log as far as it needs no key: its lines, what is found in them, and a line that says so."""

import asyncio
from collections.abc import Callable

from rich.cells import cell_len
from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from amn_tui.ui.keymap import name_key, say_key, show_key
from amn_tui.ui.line import Line, Part, join_parts
from amn_tui.ui.log_finding import LogFinding
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_lines import LogLines
from amn_tui.ui.log_shown import ShownLog
from amn_tui.ui.quantity import format_count
from amn_tui.ui.widgets.log_state import LogState, say_filter, say_search
from amn_tui.ui.widgets.log_view import LogView
from amn_tui.ui.widgets.pane import Shows

EDGE = (
    ("/", "search"), ("&", "filter"), ("v", "level"), ("e", "epoch"), ("W", "wrap"), ("y", "copy"), ("p", "pager"),
)  # fmt: skip
EDGE_GAP, EDGE_END = "  ", 3  # cells between two keys, and from the last to the corner


class LogBody(Shows, Vertical):
    """Shows the log; what is found in it is found by another thread, a slice at a time."""

    ALLOW_MAXIMIZE = True
    index: reactive[LogIndex | None] = reactive(None, repaint=False)

    def __init__(self, lines: LogLines, *, id: str) -> None:  # noqa: A002 (Textual's word)
        """Show this file; its index comes from LogWatch."""
        super().__init__(id=id)
        self.lines = lines
        self.view = LogView(lines)
        self.finding = LogFinding(lines.log)
        self.note: Line = ()  # what the last key came to
        self._scanning = False
        self.then: Callable[[], bool] | None = None  # tried again with every slice until it is done

    def compose(self) -> ComposeResult:
        """Lay out the lines and what is said about them."""
        yield self.view
        yield LogState("-state")

    def on_mount(self) -> None:
        """Say where the view is whenever that changes."""
        self.border_subtitle = Content(EDGE_GAP.join(words for _, words in self.list_edge_keys()))
        for name in ("scroll_y", "follow", "mark"):
            self.watch(self.view, name, self.say, init=False)
        self.say()

    def list_edge_keys(self) -> list[tuple[str, str]]:
        """Return (key, what is said of it) for the lower edge: a person's own keys where there are any."""
        own = [(self.keys.get(f"log-{words}", (key,))[0], words) for key, words in EDGE]
        return [(name_key(key), f"{show_key(name_key(key))} {words}") for key, words in own]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse in the lower edge; follow again by the upper one, which says how."""
        if self.screen.get_widget_at(event.screen_x, event.screen_y)[0] is not self or not self.gutter.bottom:
            return
        if event.y == 0 and not self.view.follow:
            self.view.action_last()
        at = event.x - (self.outer_size.width - EDGE_END - cell_len(str(self.border_subtitle)))
        for key, words in self.list_edge_keys() if event.y == self.outer_size.height - 1 and at >= 0 else ():
            if at < cell_len(words):
                self.screen.set_focus(self.view)
                self.app.simulate_key(key)
                return
            at -= cell_len(words + EDGE_GAP)

    def watch_index(self, index: LogIndex | None) -> None:
        """Take a newer index: show it at once, or what of it is to be shown as soon as that is known."""
        if index is None:
            return
        if self.finding.is_done(index) or self.finding.view is None or not self.finding.wanted.is_filtered:
            self.show()
        self.look()

    def show(self) -> None:
        """Show what is known."""
        if self.index is not None:
            self.view.show(ShownLog(self.index, self.finding.pick_rows(self.index)))
            self.say()

    def look(self) -> None:
        """Have everything found that is wanted, unless that is going on."""
        if self.index is not None and not self._scanning and not self.finding.is_done(self.index):
            self._scanning = True
            self._scan()

    @work(exit_on_error=False)
    async def _scan(self) -> None:
        """Go through the log slice by slice; what is wanted, and the log itself, may change between two of them."""
        try:
            while self.index is not None and not self.finding.is_done(self.index):
                await asyncio.to_thread(self.finding.advance, self.index)
                self.try_then()
                self.show()
        finally:
            self._scanning = False

    def try_then(self) -> None:
        """Do what waits for something to be found, if that is so by now."""
        done = self.index is not None and self.finding.is_done(self.index)
        if self.then is not None and (self.then() or done):
            self.then = None

    def say(self) -> None:
        """Say in the title where the view is, and beneath the lines what is shown and found."""
        index, view = self.index, self.view
        title = "log"
        if index is not None and not view.follow and len(view.shown):
            row, known = view.scroll_offset.y, "" if index.whole else "the last "
            fresh = max(0, len(view.shown) - view.shown.find_row(view.paused_at))
            news = f", {format_count(fresh)} new {'line' if fresh == 1 else 'lines'}" if fresh else ""
            where = f"line {format_count(row + 1)} of {known}{format_count(len(view.shown))}"
            last, follow = say_key(self.keys, "log-last", "G"), say_key(self.keys, "follow", "f")
            title = f"log  {where}  paused{news}: {last} or {follow} follows"
        self.entitle(title)
        state: Line = ()
        if index is not None and not self.has_class("-asking"):  # then the prompt says it
            parts = (say_filter(self.finding, index), say_search(self.finding, index, view.mark), self.note)
            state = join_parts(parts, Part("   "))
        for line in self.query(LogState).filter(".-state"):  # there once it is mounted
            line.say(state)
