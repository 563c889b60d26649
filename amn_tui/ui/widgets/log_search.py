"""The log with what is typed beneath it: searching, and leaving out what does not match."""

from dataclasses import replace
from typing import TYPE_CHECKING

from amn_tui.ui.keymap import say_key
from amn_tui.ui.line import Part, Tone
from amn_tui.ui.log_finding import Wanted
from amn_tui.ui.log_lines import LogLines
from amn_tui.ui.log_pattern import LinePattern, PlainPattern, RegexpPattern
from amn_tui.ui.messages import Asked, TypingEnded, WordsTyped
from amn_tui.ui.widgets.log_body import LogBody
from amn_tui.ui.widgets.log_state import say_filter, say_search

if TYPE_CHECKING:
    from amn_tui.ui.widgets.log_prompt import LogPrompt

MOST_REMEMBERED = 100


def make_pattern(words: str, *, is_regexp: bool) -> LinePattern | None:
    """Return what matches these words, None for no words; raises ValueError."""
    if not words:
        return None
    return RegexpPattern(words) if is_regexp else PlainPattern(words)


class LogSearch(LogBody):
    """Opens the prompt, and wants what is typed there while it is typed."""

    def __init__(self, lines: LogLines, *, id: str) -> None:  # noqa: A002 (Textual's word)
        """Show this file."""
        super().__init__(lines, id=id)
        self.prompt: LogPrompt | None = None
        self._before = Wanted()  # what was wanted before the prompt was opened
        self._origin = 0  # and the line on top then
        self._history: dict[Asked, list[str]] = {asked: [] for asked in Asked}
        self._is_regexp = False

    @property
    def place(self) -> int | None:
        """Return where the line begins that one is at: the marked one, as long as it is in sight."""
        mark = self.view.mark
        return mark if mark is not None and self.view.is_in_sight(mark) else None

    async def action_ask(self, asked: str) -> None:
        """Let something be typed, at once: the next key is meant for it."""
        from amn_tui.ui.widgets.log_prompt import LogPrompt  # with Textual's own field, which takes a while to import

        if self.prompt is None:
            self._before, self._origin = self.finding.wanted, self.view.top
            self.add_class("-asking")
            self.prompt = LogPrompt(Asked(asked), self._history[Asked(asked)], is_regexp=self._is_regexp)
            await self.mount(self.prompt)

    def on_typing_ended(self, message: TypingEnded) -> None:
        """Go back to what there was."""
        message.stop()
        self.want(self._before)
        self.close_prompt()

    def on_words_typed(self, message: WordsTyped) -> None:
        """Mark and find what is typed, while it is typed."""
        message.stop()
        if self.prompt is None:
            return
        words, is_search = message.words, message.asked is Asked.SEARCH
        if message.entered and not words and is_search:
            words = next(reversed(self._history[message.asked]), "")
        try:
            pattern = make_pattern(words, is_regexp=message.is_regexp)
        except ValueError as error:
            self.prompt.say((Part(f" no regular expression: {error}", Tone.FAIL),))
            return
        self._is_regexp = message.is_regexp
        self.want(replace(self._before, search=pattern) if is_search else replace(self._before, filter=pattern))
        if message.entered:
            self.close_prompt(message.asked, words)
            if pattern is not None and is_search:
                self.go_when_found(self._origin, 0)

    def close_prompt(self, asked: Asked | None = None, words: str = "") -> None:
        """Take the prompt away, and remember what was typed."""
        if asked is not None and words:
            history = self._history[asked]
            history[:] = [*(old for old in history if old != words), words][-MOST_REMEMBERED:]
        if self.prompt is not None:
            self.prompt.remove()
            self.prompt = None
        self.remove_class("-asking")
        self.screen.set_focus(self.view)  # at once: the next key is meant for it
        self.say()

    def want(self, wanted: Wanted) -> None:
        """Want something else to be shown or found."""
        self.note, self.then = (), None
        self.finding.want(wanted)
        self.view.pattern = wanted.search
        if self.index is not None:
            if self.finding.is_done(self.index) or not wanted.is_filtered:
                self.show()
            self.look()
        self.say()

    def say(self) -> None:
        """Say it in the prompt too, while there is one."""
        super().say()
        if self.prompt is not None and self.prompt.is_mounted and self.index is not None:
            is_search = self.prompt.asked is Asked.SEARCH
            said = say_search(self.finding, self.index, None) if is_search else say_filter(self.finding, self.index)
            self.prompt.say(said[2:])  # without the sign and the words, which stand beside it

    def note_down(self, words: str, tone: Tone = Tone.WARN) -> None:
        """Say what a key came to, until the next one."""
        self.note = (Part(words, tone),) if words else ()
        self.say()

    def action_find(self, by: int) -> None:
        """Go to the next line that was searched for, or to the one before."""
        history = self._history[Asked.SEARCH]
        if self.finding.wanted.search is None:
            if not history:
                self.note_down(f"nothing was searched for yet: {say_key(self.keys, 'log-search', '/')} does")
                return
            self.want(replace(self.finding.wanted, search=make_pattern(history[-1], is_regexp=self._is_regexp)))
        place = self.place
        self.go_when_found(place if place is not None else self.view.top - (by > 0), by)

    def go_when_found(self, start: int, by: int) -> None:
        """Go to the line that was searched for as soon as it is known; all of a long log takes a while."""

        def go() -> bool:
            if self.index is None:
                return True
            hit = self.finding.find_hit(start, by) if by else self.finding.find_nearest(start)
            done = self.finding.is_done(self.index)
            if hit is None or not (done or (by >= 0 and hit.start >= start)):
                return done
            self.view.bring_in_sight(hit.start)
            self.note_down("" if not hit.wrapped else "went on from the top" if by > 0 else "went on from the end")
            return True

        self.then = go
        self.try_then()
