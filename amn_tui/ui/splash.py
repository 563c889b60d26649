"""The first picture: the run's name and the end of its log, on the terminal before Textual is even imported.

To import Textual and to style a screen takes some hundred milliseconds; what was logged last can be read until then.
Only the standard library and the reading of a file's end are needed for it.
"""

import locale
import os
import signal
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from amn_tui.run.folder import RunFolder
from amn_tui.run.tail import read_end
from amn_tui.run.text import decode_log_line, sanitize

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[J", "\x1b[?25h\x1b[?1049l"
TAIL_BYTES = 1 << 15
LOG_SHARE = 3  # the log has about a third of the screen, at its lower end, and it is shown where it will be
ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT)
_shown: list[bool] = []  # not empty while it is on the terminal and nobody else has taken that over


@contextmanager
def splash(path: Path) -> Iterator[None]:
    """Show the first picture of the run folder or bare log at `path`.

    An exception takes it away again; after `hand_over` it is for others to leave the terminal as it was.
    """
    stream = sys.__stderr__  # where Textual draws, and where it leaves the terminal's other screen in the end
    if stream is None or not stream.isatty():
        yield
        return
    before = {number: signal.signal(number, _end) for number in ENDING}
    try:
        lines = read_lines(RunFolder(path).log if path.is_dir() else path)
        picture = draw_splash(path.name, lines, *os.get_terminal_size(stream.fileno()))
        _shown.append(True)
        _write(ENTER + picture)
        yield
    finally:
        lift()
        for number, handler in before.items():
            signal.signal(number, handler)


def hand_over() -> None:
    """Let the screen that is about to begin be drawn over the picture, and leave the terminal when it ends."""
    _shown.clear()


def lift() -> None:
    """Take the picture away, if it is there: something is to be said on the terminal itself."""
    if _shown:
        _shown.clear()
        _write(LEAVE)


def read_lines(log: Path) -> list[str]:
    """Return the last lines of a log, safe to show; none where there is no such file."""
    try:
        raw = read_end(log, TAIL_BYTES)
    except OSError:
        return []
    lines = raw.split(b"\n")
    whole = lines if len(raw) < TAIL_BYTES else lines[1:]
    return [decode_log_line(line) for line in (whole if whole and whole[-1] else whole[:-1])]


def draw_splash(name: str, lines: list[str], columns: int, rows: int) -> str:
    """Return what draws the name at the top, and the newest lines at the bottom, on a cleared screen."""
    room = max(1, min(len(lines), rows // LOG_SHARE))
    first = rows - 1 - room
    drawn = [f"\x1b[1;2H\x1b[1m{_cut(sanitize(name), columns - 12)}\x1b[0m  \x1b[2mopening\x1b[0m"]
    for row, line in enumerate(lines[-room:] if rows > LOG_SHARE else ()):
        drawn.append(f"\x1b[{first + row};3H\x1b[2m{_cut(line, columns - 4)}\x1b[0m")
    return "".join(drawn)


def _cut(text: str, cells: int) -> str:
    """Return as much of a text as has room: wide characters take two cells."""
    text = text[: max(0, cells)]
    if text.isascii():
        return text
    wide = [2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text]
    while wide and sum(wide) > cells:
        wide.pop()
    return text[: len(wide)]


def _write(words: str) -> None:
    stream = sys.__stderr__
    if stream is not None:
        with suppress(OSError):  # a terminal that was closed
            os.write(stream.fileno(), words.encode(locale.getencoding(), "replace"))


def _end(number: int, _frame: FrameType | None) -> None:
    """End with 128 + the signal's number, on a terminal that is itself again."""
    lift()
    os._exit(128 + number)
