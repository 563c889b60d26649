"""The terminal: what is typed costs nothing until something is, and a terminal that is gone is noticed and borne.

Textual's own input thread wakes ten times a second, which was half of what a monitor cost on which nothing happens.
"""

import os
import re
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Any, cast

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from amn_tui.ui.terminal_streams import READ_BYTES, LossyStream, SelectableEvent

TICK_S = 0.1  # as often as Textual's: an escape that nothing follows is a key of its own
# What a terminal answers late, to a question of the program before us (vim asks for its colours), is no keys.
ANSWER = re.compile(r"\x1b[\]PX^_][\x20-\x7e]*(?:\x07|\x1b\\)")
ALERT_S = 0.5 + 2 * constants.ESCAPE_DELAY  # how long after the last byte a sequence may still want to time out


def has_terminal() -> bool:
    """Tell whether there still is a terminal: one that was closed answers nothing."""
    try:
        termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else -1)
    except (OSError, ValueError, termios.error):
        return False
    return True


class TerminalDriver(LinuxDriver):
    """Textual's driver with an input thread that costs nothing while nobody types, and an output that cannot fail.

    Whoever leads the terminal's session may keep SIGHUP from us: a terminal that is gone sends it here.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what Textual gives its driver."""
        super().__init__(*arguments, **options)
        self._at_work = False
        self._stop_asked = self.exit_event = SelectableEvent()
        if self._file is not None:
            self._file = cast("Any", LossyStream(self._file))

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._at_work = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def stop_application_mode(self) -> None:
        """Give it back."""
        super().stop_application_mode()
        self._at_work = False

    def _sigcont_application(self, *_: object) -> None:
        """Go on, after giving back what SIGSTOP left no time to give back.

        Taken twice, the terminal would be read by two threads, of which one never ends, and be left raw, as it was
        found the second time.
        """
        if self._auto_restart and self._at_work:
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Hand on what is typed until input is disabled or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        alert_until_s = 0.0
        while not self._stop_asked.is_set():
            ready = self._wait(TICK_S if time.monotonic() < alert_until_s else None)
            if self.fileno in ready:
                typed = self._read()
                if not typed and not has_terminal():
                    os.kill(os.getpid(), signal.SIGHUP)
                    break
                alert_until_s = time.monotonic() + ALERT_S
                if text := decode(typed):  # nothing, while half a character has come; to the parser that is the end
                    parser = self._parse(parser, ANSWER.sub("", text))
                elif not typed:
                    self._stop_asked.wait(TICK_S)
            self._hand_on(parser.tick())
        self._end(parser)

    def _parse(self, parser: XTermParser, text: str) -> XTermParser:
        """Hand on what `text` comes to; return the parser that goes on.

        Some sequences that no terminal sends, but a paste or a torn line may, are errors to Textual's, and its end.
        """
        try:
            if text:
                self._hand_on(parser.feed(text))
        except (ArithmeticError, ValueError):
            after = XTermParser(self._debug)
            if parser.terminal_pixel_size and all(parser.terminal_pixel_size):
                after.terminal_size, after.terminal_pixel_size = parser.terminal_size, parser.terminal_pixel_size
                after.mouse_pixels = parser.mouse_pixels
            return after
        return parser

    def _wait(self, most_s: float | None) -> list[int]:
        return select.select([self.fileno, self._stop_asked.descriptor], [], [], most_s)[0]

    def _read(self) -> bytes:
        """Return what was typed; nothing when it was taken from us, or the terminal is gone."""
        try:
            return os.read(self.fileno, READ_BYTES)
        except OSError:
            return b""

    def _hand_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if not isinstance(message, Resize) or message.size:  # on a terminal without a cell nothing can be drawn
                self.process_message(message)

    def _end(self, parser: XTermParser) -> None:
        """Let what was begun be: a sequence that is cut off is no key."""
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            return
