"""--inline: under the lines of a run one that is kept up to date, or, where lines cannot be rewritten, one a minute."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from amn_tui.run.model import Run
from amn_tui.run.outcome import Phase
from amn_tui.run.text import sanitize
from amn_tui.ui.eta import estimate_left_s
from amn_tui.ui.quantity import format_duration, format_number

EVERY_S = 60.0  # in a log of a CI server
SHOWN = ("loss", "cosine", "val_cosine", "samples_per_s")


def say_progress(run: Run, now: float) -> str:
    """Say where a run is, in one line of safe text; empty for one that has ended."""
    if run.ended is not None or run.phase is Phase.BLOCKED:
        return ""
    curve = run.curve
    parts = [str(run.phase)]
    if run.alarm is not None:
        left_s = format_duration(run.alarm.deadline - now)
        parts = [f"ALARM {run.alarm.gate}: {run.alarm.words}; stopping in {left_s}"]
    if running := [check for check in run.checks if check.running]:
        parts.append(f"check {running[0].title}")
    if (reading := curve.step or curve.last) is not None:
        epochs = f"/{curve.total_epochs}" if curve.total_epochs else ""
        steps = f" step {reading.step}/{curve.total_steps}" if curve.step and reading.step and curve.total_steps else ""
        parts.append(f"epoch {reading.epoch}{epochs}{steps}")
    values = {**(curve.last.values if curve.last else {}), **(curve.step.values if curve.step else {})}
    parts += [f"{key} {format_number(values[key])}" for key in SHOWN if key in values]
    if (left := estimate_left_s(run, now)) is not None:
        parts.append(f"left {format_duration(left)}")
    return sanitize("  ".join(parts))


def can_rewrite(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a line can be written over: on a terminal that is not a dumb one."""
    return out.isatty() and environment.get("TERM", "dumb") not in ("", "dumb", "unknown")


class ProgressLine:
    """Keeps the line at the end of what is written; `erase` comes before anything else is."""

    def __init__(
        self, out: TextIO, *, rewrites: bool, clock: Callable[[], float] = time.time, columns: int | None = None
    ) -> None:
        """Write to `out`; `rewrites` tells whether a line there can be written over."""
        self._out, self._rewrites, self._clock, self._columns = out, rewrites, clock, columns
        self._shown = ""
        self._shown_at = clock()

    def erase(self) -> None:
        """Take the line away."""
        if self._rewrites and self._shown:
            self._out.write("\r\x1b[K")
            self._shown = ""

    def show(self, run: Run) -> None:
        """Write the line, if it says something else by now."""
        now = self._clock()
        words = say_progress(run, now)
        if self._rewrites:
            from amn_tui.ui.line import cut  # Rich knows how wide a character is; lines alone do without it

            columns = self._columns or shutil.get_terminal_size().columns
            words = cut(words, columns - 1)
            if words != self._shown:
                self._out.write(f"\r\x1b[K{words}")
                self._shown = words
        elif words and now - self._shown_at >= EVERY_S and words != self._shown:
            self._out.write(words + "\n")
            self._shown, self._shown_at = words, now
        self._out.flush()
