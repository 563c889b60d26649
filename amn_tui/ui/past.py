"""What belongs to an earlier part of a run, for whoever tells only of the part that was launched just now."""

from amn_tui.run.fold import STAMP_ERROR_S
from amn_tui.run.model import Logged, RunEvent


class Past:
    """What happened before a launch, by the times of the events; from the first later one on all are told.

    So a clock that is set back while the run goes on takes nothing away: only the first look goes by the clock.
    """

    def __init__(self, since_s: float | None) -> None:
        """Hold what came before `since_s` (Unix seconds); None holds nothing."""
        self._since_s = since_s
        self._over: set[bool] = set()  # of the log, and of the other files, each of which is in order

    def holds(self, event: RunEvent) -> bool:
        """Tell whether an event, the next of its file, is past."""
        logged = isinstance(event, Logged)
        told, slack_s = (event.event, STAMP_ERROR_S) if isinstance(event, Logged) else (event, 0.0)
        at_s = getattr(told, "time", None)
        if self._since_s is None or at_s is None or logged in self._over:
            return False
        if at_s + slack_s < self._since_s:
            return True
        self._over.add(logged)
        return False
