"""Our own log line (docs/log-format.md)."""

from trainer.events import LogEvent, parse_line

Z_AT = 19  # the end of the time with which every line of ours begins
BAR = "%|"  # behind a progress bar that did not end its line there may be one of ours


def is_surely_text(line: str) -> bool:
    """Tell, at a tenth of what it takes to read it, that a line says nothing in this dialect."""
    return line[Z_AT : Z_AT + 1] != "Z" and BAR not in line


class OursDialect:
    """The dialect of python -m trainer; one line is one event, nothing is remembered."""

    name = "amn-tui"

    def read(self, line: str) -> LogEvent:
        """Return what the line says."""
        return parse_line(line)
