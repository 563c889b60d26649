"""Our own log line (docs/log-format.md)."""

from trainer.events import LogEvent, parse_line


class OursDialect:
    """The dialect of python -m trainer; one line is one event, nothing is remembered."""

    name = "amn-tui"

    def read(self, line: str) -> LogEvent:
        """Return what the line says."""
        return parse_line(line)
