"""Attendance: whether somebody is attached who could answer an alarm."""

from collections.abc import Callable

from amn_tui.run.control import ControlEvent, MonitorAttached, MonitorDetached
from amn_tui.run.guard_events import ProcessIdentity
from amn_tui.run.process import is_gone


class Attendance:
    """The monitors that said they came, less those that left or are gone."""

    def __init__(self, gone: Callable[[ProcessIdentity], bool] = is_gone) -> None:
        """Begin with nobody; `gone` tells whether a process has ended."""
        self._gone = gone
        self._monitors: set[ProcessIdentity] = set()

    def hear(self, event: ControlEvent) -> None:
        """Take note of who comes and goes."""
        if isinstance(event, MonitorAttached):
            self._monitors.add(event.monitor)
        elif isinstance(event, MonitorDetached):
            self._monitors.discard(event.monitor)

    def is_attended(self) -> bool:
        """Tell whether somebody is there; one that was killed without a word is not."""
        self._monitors = {monitor for monitor in self._monitors if not self._gone(monitor)}
        return bool(self._monitors)
