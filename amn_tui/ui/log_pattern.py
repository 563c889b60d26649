"""What lines of the log are looked for by: words, a regular expression, or what kind of line it is."""

import re
from enum import StrEnum
from typing import Any, Protocol

from amn_tui.run.text import sanitize

LONGEST_PATTERN = 500
LINE_S = 0.05  # so long may a regular expression take for one line
MOST_SLOW = 10  # lines that take longer; after so many the expression is given up
HIGHLIGHT_S = 0.005
MOST_SPANS = 200  # so many matches are marked in one line
Span = tuple[int, int]


class SlowPatternError(Exception):
    """A regular expression takes too long."""


class LinePattern(Protocol):
    """Tells which lines match.

    A line without any of the `needles` does not (none given: every line is asked); they are lower case where the case
    is ignored. Where they are `sufficient`, printable text with one of them in it matches and need not be asked.
    """

    words: str
    needles: tuple[bytes, ...]
    ignores_case: bool
    sufficient: bool

    def holds(self, text: str) -> bool:
        """Tell whether a line matches, as it is shown; raises SlowPatternError."""
        ...

    def list_spans(self, text: str) -> list[Span]:
        """Return where the matches are, to be marked."""
        ...


def has_small_letters_only(words: str) -> bool:
    """Tell whether the case is ignored: it is until a capital letter is typed."""
    return words == words.lower()


class PlainPattern:
    """Words, taken literally."""

    def __init__(self, words: str) -> None:
        """Look for these."""
        self.words = sanitize(words)
        self.ignores_case = has_small_letters_only(self.words)
        # Letters beyond ASCII have other bytes as capitals: then every line is asked.
        known = self.words.isascii() or not self.ignores_case or self.words.upper() == self.words
        self.needles: tuple[bytes, ...] = (self.words.encode(),) if known else ()
        self.sufficient = self.words.isascii()
        self._search = re.compile(re.escape(self.words), re.IGNORECASE if self.ignores_case else 0)

    def holds(self, text: str) -> bool:
        """Tell whether the words are in a line."""
        return self._search.search(text) is not None

    def list_spans(self, text: str) -> list[Span]:
        """Return where they are."""
        return [found.span() for found, _ in zip(self._search.finditer(text), range(MOST_SPANS), strict=False)]


class RegexpPattern:
    """A regular expression that somebody types: the library `regex` keeps to a time limit, and lets go of the GIL.

    Python's own `re` does neither: `(a+)+$` on one line would stop the whole screen for ever. The limit is looked at
    about every 50 ms, so that a slow expression costs the screen that once, and the searching thread ten times.
    """

    ignores_case = sufficient = False
    needles: tuple[bytes, ...] = ()

    def __init__(self, words: str) -> None:
        """Compile it; raises ValueError with the reason when it is none."""
        import regex  # takes 20 ms, and hardly anybody needs it

        self.words = words
        small = has_small_letters_only(re.sub(r"\\.", "", words))
        try:
            self._search: Any = regex.compile(words, regex.IGNORECASE if small else 0)
        except (regex.error, RecursionError, OverflowError, MemoryError) as error:
            raise ValueError(sanitize(str(error) or type(error).__name__)) from None
        self.slow_lines = 0

    def holds(self, text: str) -> bool:
        """Tell whether a line matches; one that takes too long does not, too many of them raise SlowPatternError."""
        try:
            return self._search.search(text, timeout=LINE_S) is not None
        except (TimeoutError, MemoryError):
            self.slow_lines += 1
            if self.slow_lines > MOST_SLOW:
                raise SlowPatternError(f"more than {MOST_SLOW} lines took longer than {LINE_S * 1000:.0f} ms") from None
            return False

    def list_spans(self, text: str) -> list[Span]:
        """Return where the matches are; after the first line that takes too long to be drawn, none."""
        if self.slow_lines:
            return []
        try:
            matches = self._search.finditer(text, timeout=HIGHLIGHT_S)
            return [found.span() for found, _ in zip(matches, range(MOST_SPANS), strict=False) if found[0]]
        except (TimeoutError, MemoryError):
            self.slow_lines += 1
            return []


class Level(StrEnum):
    """What kinds of lines can be shown alone; a warning is less than an error, so that it comes with them."""

    ERRORS = "errors"
    WARNINGS = "warnings and errors"
    EPOCHS = "epochs"
    STEPS = "steps"


_TROUBLE = (b"error", b"exception", b"traceback", b"fatal", b"critical", b"killed", b"aborted", b"oom", b"nan")
_ERROR = r"\b(?i:error|exception|traceback|fatal|critical|killed|aborted|oom|nan)\b|[a-z](?:Error|Exception)\b"
_STAMP = r"^(?:\S+Z )?"
_LEVELS = {
    Level.ERRORS: (_TROUBLE, _ERROR),
    Level.WARNINGS: ((*_TROUBLE, b"warn"), f"{_ERROR}|(?i:warn)"),
    Level.EPOCHS: (
        (b"epoch", b"train loss:", b"val loss:"),
        rf"{_STAMP}\s*Epoch \d+/\d+(?: done\b|:|\s*$)|^\s*(?:Train|Val) Loss:",
    ),
    Level.STEPS: ((b"step", b"batch"), rf"{_STAMP}Epoch \d+/\d+ step |^\s*Batch \d+/\d+|(?i:\bstep\b\W{{0,3}}\d)"),
}


class KindPattern:
    """Lines of one kind: those in which one of the needles is, in any case, and that an expression of ours accepts."""

    ignores_case, sufficient = True, False

    def __init__(self, words: str, needles: tuple[bytes, ...], source: str) -> None:
        """Look for them; `words` is what the screen calls them."""
        self.words, self.needles = words, needles
        self._search = re.compile(source)

    def holds(self, text: str) -> bool:
        """Tell whether a line is one."""
        return self._search.search(text) is not None

    def list_spans(self, text: str) -> list[Span]:  # noqa: ARG002 (all of the line is what was meant)
        """Mark nothing."""
        return []


def match_level(level: Level) -> KindPattern:
    """Return what matches lines of this level."""
    return KindPattern(str(level), *_LEVELS[level])


def match_epoch(epoch: int, *, ended: bool) -> KindPattern:
    """Return what matches the lines that name an epoch, or only that with which it ended."""
    needles = (f"epoch {epoch}/".encode(), *(() if ended else (f"epoch {epoch}:".encode(),)))
    return KindPattern(f"epoch {epoch}", needles, rf"(?i:\bepoch) {epoch}" + (r"/\d+ done\b" if ended else r"[/:]"))
