"""Signals that end a piece of work so that it cleans up, once, however often they come."""

import signal
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A signal asked to end; `code` is the exit code that tells so."""

    def __init__(self, number: int) -> None:
        """Keep the signal's number as the shell does."""
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.code = 128 + number


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def install_interrupts() -> None:
    """Let the first of the signals raise Interrupted and the others be ignored, so that nothing stops the cleaning."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # what nohup or a shell ignores stays ignored
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)
