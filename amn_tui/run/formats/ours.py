"""Our own log line (docs/log-format.md)."""

import re

from trainer.events import LogEvent, parse_line

TIME_CHARS = 20  # of the time with which every line of ours begins; its last one is Z
STEP_LINE = re.compile(rf"\S{{{TIME_CHARS}}} Epoch \d+/\d+ step ", re.ASCII)
BAR = "%|"  # behind a progress bar that did not end its line there may be one of ours


def is_surely_text(line: str) -> bool:
    """Tell, at a tenth of what it takes to read it, that a line says nothing in this dialect."""
    return line[TIME_CHARS - 1 : TIME_CHARS] != "Z" and BAR not in line


class OursDialect:
    """The dialect of python -m trainer; one line is one event, nothing is remembered."""

    name = "amn-tui"

    def read(self, line: str) -> LogEvent:
        """Return what the line says."""
        return parse_line(line)
