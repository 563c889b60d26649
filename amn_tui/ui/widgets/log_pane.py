"""The log with all its keys."""

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from amn_tui.ui.line import Part, Tone
from amn_tui.ui.log_pattern import Level
from amn_tui.ui.messages import Asked, WordsTyped
from amn_tui.ui.widgets.log_search import LogSearch

LEVELS = (None, Level.WARNINGS, Level.ERRORS, Level.EPOCHS, Level.STEPS)


class LogPane(LogSearch):
    """The pane of the log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask('/')", "search", id="log-search", show=False,
                tooltip="search; small letters match capitals too"),
        Binding("n", "find(1)", "next match", id="log-next", show=False),
        Binding("N", "find(-1)", "match before", id="log-before", show=False),
        Binding("ampersand", "ask('&')", "filter", id="log-filter", show=False, tooltip="show only lines that match"),
        Binding("v", "level", "level", id="log-level", show=False,
                tooltip="show only warnings, errors, epochs or steps, in turn"),
        Binding("e", "ask('epoch')", "epoch", id="log-epoch", show=False, tooltip="go to the line of an epoch"),
        Binding("right_square_bracket", "epoch(1)", "next epoch", id="log-epoch-next", show=False),
        Binding("left_square_bracket", "epoch(-1)", "epoch before", id="log-epoch-before", show=False),
        Binding("W", "wrap", "wrap", id="log-wrap", show=False, tooltip="wrap long lines, or cut them"),
        Binding("F", "fold", "fold", id="log-fold", show=False,
                tooltip="fold progress bars into their last line, or not"),
        Binding("y", "copy", "copy", id="log-copy", show=False,
                tooltip="copy what is selected, or the line one is at"),
        Binding("p", "page", "pager", id="log-pager", show=False, tooltip="open the log in $PAGER"),
        Binding("escape", "clear", "clear", id="log-clear", show=False, tooltip="end the search, then the filter"),
    ]  # fmt: skip

    def on_words_typed(self, message: WordsTyped) -> None:
        """Go to the epoch whose number was typed; what else is typed LogSearch hears of, without being called here."""
        if message.asked is not Asked.EPOCH:
            return
        message.prevent_default()
        words = message.words.strip()
        if self.prompt is not None and not words.isdecimal():
            self.prompt.say((Part(" a number is expected" if words else " its number", Tone.WARN),))
        elif message.entered:
            self.close_prompt(message.asked, words)
            self.show_epoch(int(words))

    def action_level(self) -> None:
        """Show lines of the next level."""
        level = LEVELS[(LEVELS.index(self.finding.wanted.level) + 1) % len(LEVELS)]
        self.want(replace(self.finding.wanted, level=level))

    def action_fold(self) -> None:
        """Fold progress bars, or show every line of them."""
        folds = not self.finding.wanted.folds
        self.lines.take_apart(not folds)
        self.want(replace(self.finding.wanted, folds=folds))
        self.note_down("progress bars are folded" if folds else "every line of a progress bar is shown", Tone.DIM)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.view.wraps = not self.view.wraps

    def action_clear(self) -> None:
        """End the search, or what lines are left out."""
        wanted = self.finding.wanted
        self.view.mark = None
        self.want(replace(wanted, search=None) if wanted.search else replace(wanted, level=None, filter=None))

    def action_copy(self) -> None:
        """Copy what is selected, or the line one is at, by way of the terminal (OSC 52)."""
        text = self.screen.get_selected_text()
        if text is None:
            view, place = self.view, self.place
            last = len(view.shown) - 1
            row = view.shown.find_row(place) if place is not None else last if view.follow else view.scroll_offset.y
            text = "".join(part.text for part in view.find_line(row) or ())
        if not text:
            self.note_down("there is nothing to copy")
            return
        self.app.copy_to_clipboard(text)
        lines = text.count("\n") + 1
        what = f"{lines} lines" if lines > 1 else f"a line of {len(text)} characters"
        self.note_down(f"copied {what} to the terminal's clipboard (by OSC 52)", Tone.DIM)

    def action_page(self) -> None:
        """Open the log in the pager; the screen comes back when one leaves it."""
        from textual.app import SuspendNotSupported

        from amn_tui.ui.pager import open_pager

        try:
            with self.app.suspend():
                place = self.place
                problem = open_pager(self.lines.log.path, self.view.top if place is None else place)
        except OSError as error:
            problem = f"cannot open the log: {error.strerror or error}"
        except SuspendNotSupported:
            problem = "no pager can be opened here: this terminal cannot be given away"
        self.note_down(problem)

    def show_epoch(self, epoch: int) -> None:
        """Go to the line of an epoch; whoever shows an epoch may ask for it."""
        self._look_for_epoch(epoch, 0)

    def action_epoch(self, by: int) -> None:
        """Go to the next epoch, or to the one before."""
        self._look_for_epoch(None, by)

    @work(exclusive=True, exit_on_error=False)
    async def _look_for_epoch(self, epoch: int | None, by: int) -> None:
        if self.index is None:
            return
        index, place, top = self.index, self.place, self.view.top
        from amn_tui.ui.log_epoch import find_epoch, find_epoch_beside

        def find() -> int | None:
            if epoch is not None:
                return find_epoch(self.lines.log, index, epoch)
            return find_epoch_beside(self.lines.log, index, place if place is not None else top - (by > 0), by)

        found = await asyncio.to_thread(find)
        if found is None:
            what = f"epoch {epoch}" if epoch is not None else f"epoch line {'after' if by > 0 else 'before'} this one"
            self.note_down(f"the log has no {what}")
            return
        shown = self.view.shown.is_shown(found)
        self.view.bring_in_sight(found)
        self.note_down("" if shown else "its line is left out; this is the next one that is shown")
