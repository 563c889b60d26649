"""A bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import TextIO

BAR_CELLS = 30
LINE_EVERY_S = 30.0


class Progress:
    """Tells how far a long piece of work is; `begun` units were done by an earlier process."""

    def __init__(
        self, total: int, begun: int, unit: str, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start the clock."""
        self._total, self._begun, self._unit = total, begun, unit
        self._stream, self._clock = stream, clock
        self._started_s = self._told_s = clock()
        self._live = stream.isatty()

    def show(self, done: int) -> None:
        """Tell that `done` units of the total are done."""
        now = self._clock()
        finished = done >= self._total
        if self._live:
            self._stream.write(f"\r{self._say(done, now)}\x1b[K" + ("\n" if finished else ""))
        elif finished or now - self._told_s >= LINE_EVERY_S:
            self._told_s = now
            self._stream.write(self._say(done, now) + "\n")
        self._stream.flush()

    def _say(self, done: int, now: float) -> str:
        share = done / self._total if self._total else 1.0
        filled = int(share * BAR_CELLS)
        bar = "#" * filled + "-" * (BAR_CELLS - filled)
        text = f"[{bar}] {share:4.0%}  {done:,}/{self._total:,} {self._unit}"
        speed = (done - self._begun) / (now - self._started_s) if now > self._started_s else 0.0
        if speed > 0:
            text += f"  {speed:,.1f}/s  {_say_seconds((self._total - done) / speed)} left"
        return text


def _say_seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
