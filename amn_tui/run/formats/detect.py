"""Which dialect a log is in: the first whose line says something."""

from amn_tui.run.formats import Dialect
from amn_tui.run.formats.original import OriginalDialect
from amn_tui.run.formats.ours import OursDialect
from trainer.events import LogEvent, Text


class DetectedDialect:
    """Reads with every known dialect until one answers, then with that one alone."""

    def __init__(self) -> None:
        """Start with all dialects."""
        self.candidates: list[Dialect] = [OursDialect(), OriginalDialect()]

    @property
    def name(self) -> str:
        """Name the dialect, or say that none has answered yet."""
        return self.candidates[0].name if len(self.candidates) == 1 else "unknown"

    def read(self, line: str) -> LogEvent:
        """Return what the line says."""
        for dialect in self.candidates:
            event = dialect.read(line)
            if not isinstance(event, Text):
                self.candidates = [dialect]
                return event
        return Text(line)
