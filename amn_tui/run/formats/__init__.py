"""Log dialects: each turns lines of a log into the events of trainer.events; the first that answers is kept."""

from typing import Protocol

from trainer.events import LogEvent


class Dialect(Protocol):
    """Reads one log from its first line on; it may remember lines, since some trainers spread an epoch over many."""

    name: str

    def read(self, line: str) -> LogEvent:
        """Return what the line says; text that says nothing comes back as Text. Never raises."""
        ...
