"""Which dialect a log is in: the first whose line says something."""

import re

from amn_tui.run.formats import Dialect
from amn_tui.run.formats.original import OriginalDialect
from amn_tui.run.formats.ours import OursDialect
from trainer.events import LogEvent, Text

# What tqdm draws without ending its line, so that the next print begins behind it: ` 50%|███  | 5/10 [00:01<00:01, …]`.
_BAR = re.compile(r"[^%|]{0,200}\d%\|[^|]{0,500}\|[^|\[\]]{0,80}\[[^\[\]]{0,200}\] {0,8}(?=\S)", re.ASCII)


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
        """Return what the line says; a progress bar that stands before it says nothing."""
        event = self._read(line)
        if isinstance(event, Text) and "%|" in line and (bar := _BAR.match(line)):
            behind = self._read(line[bar.end() :])
            return event if isinstance(behind, Text) else behind
        return event

    def _read(self, line: str) -> LogEvent:
        for dialect in self.candidates:
            event = dialect.read(line)
            if not isinstance(event, Text):
                self.candidates = [dialect]
                break
        return event
