"""What operators ask for: the lines of control.jsonl, each one append by any monitor."""

from dataclasses import dataclass
from typing import TypeAlias

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import ProcessIdentity, Rung
from checks.jsonl import append_line


@dataclass(frozen=True, slots=True)
class AbortAsked:
    """Somebody wants the run stopped; our trainer reads this line itself and saves `last`."""

    time: float
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WaiveAsked:
    """Somebody lets the run go on past alarm number `alarm`; the reason is recorded."""

    time: float
    by: str
    alarm: int
    reason: str


@dataclass(frozen=True, slots=True)
class MonitorAttached:
    """A monitor that can answer an alarm watches the run: the countdown is worth waiting for."""

    time: float
    by: str
    monitor: ProcessIdentity


@dataclass(frozen=True, slots=True)
class MonitorDetached:
    """That monitor left."""

    time: float
    monitor: ProcessIdentity


@dataclass(frozen=True, slots=True)
class HurryAsked:
    """Somebody does not want to wait on this rung of the stop: the next one comes now; on another it means nothing."""

    time: float
    by: str
    rung: Rung


ControlEvent: TypeAlias = AbortAsked | WaiveAsked | MonitorAttached | MonitorDetached | HurryAsked
CONTROL_EVENTS: tuple[type[ControlEvent], ...] = (AbortAsked, WaiveAsked, MonitorAttached, MonitorDetached, HurryAsked)


def ask(folder: RunFolder, event: ControlEvent) -> None:
    """Append one request; raises OSError when the folder cannot be written."""
    append_line(folder.control, event)
