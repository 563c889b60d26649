"""A recorded run as it was at a moment: its log up to there, the events up to there, and a guard that lives.

And all recorded runs with files as old as they say of themselves: a checkout makes every file new.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised, GuardStarted, GuardState, StopEscalated
from amn_tui.run.model import GuardSeen, Logged, RunEvent
from amn_tui.run.session import RunReader

COUNTDOWN_S = 60.0  # recorded runs had nobody attached, and so no countdown
EPOCH = re.compile(r"\b(?:Epoch |epoch=)(\d+)")


class Moment(NamedTuple):
    """So many seconds after the first event of a kind; of what was written in that second, up to an epoch's end.

    Whoever looks does it `later_s` after that.
    """

    kind: type
    after_s: float = 0.0
    last_epoch: int | None = None
    later_s: float = 0.0


class Told:
    """A source that has everything to say at once."""

    def __init__(self, events: Iterable[RunEvent]) -> None:
        """Say these events."""
        self.events = list(events)

    def start(self, deliver: Callable[[list[RunEvent]], None]) -> None:
        """Say them."""
        deliver(self.events)

    def stop(self) -> None:
        """There is nothing to end."""


def tell_time(event: RunEvent) -> float | None:
    """Return when something happened, as far as it was written down."""
    told = event.event if isinstance(event, Logged) else event
    at = getattr(told, "time", None)
    return at if isinstance(at, float) else None


def copy_aged(samples: Path, folder: Path) -> None:
    """Copy recorded runs to `folder`; every file was last changed when the last thing happened of its run."""
    shutil.copytree(samples, folder)
    for run in (path for path in folder.iterdir() if path.is_dir()):
        last_s = max(tell_time(event) or 0.0 for event in RunReader(run).read())
        for path in (*run.rglob("*"), run):
            os.utime(path, (last_s, last_s))


def rewind(sample: Path, folder: Path, moment: Moment) -> tuple[Told, float]:
    """Copy `sample` to `folder` as it was at a moment; return its events and the time at which somebody looks."""
    events = [event for event in RunReader(sample).read() if not isinstance(event, GuardSeen)]
    (first, *_) = [event for event in events if isinstance(event, moment.kind)]
    until = (tell_time(first) or 0.0) + moment.after_s
    after = set(map(id, events[events.index(first) + 1 :])) if not moment.after_s else set()
    kept = [
        event
        for event in events
        if (tell_time(event) or 0.0) <= until
        and not (id(event) in after and not isinstance(event, Logged))
        and not (moment.last_epoch and isinstance(event, Logged) and is_beyond(str(event.event), moment.last_epoch))
    ]
    shutil.copytree(sample, folder)
    log = RunFolder(folder).log
    lines = cut_log(log.read_text("utf-8").splitlines(keepends=True), until, moment.last_epoch) if log.exists() else []
    log.unlink(missing_ok=True)
    if lines:
        log.write_text("".join(lines), "utf-8")
    return Told([*map(_watch, kept), *_live(kept, until)]), until + moment.later_s


def is_beyond(words: str, last_epoch: int) -> bool:
    """Tell whether something is of a later epoch."""
    found = EPOCH.search(words)
    return found is not None and int(found[1]) > last_epoch


def cut_log(lines: Iterable[str], until: float, last_epoch: int | None) -> list[str]:
    """Return the lines that were written by then; a line without a time belongs to the one before."""
    kept: list[str] = []
    for line in lines:
        stamp = line.partition(" ")[0]
        if stamp.endswith("Z") and datetime.fromisoformat(stamp).timestamp() > until:
            break
        if last_epoch and is_beyond(line, last_epoch):
            break
        kept.append(line)
    return kept


def _watch(event: RunEvent) -> RunEvent:
    """Give an alarm and a stop the time that they have when somebody looks."""
    if isinstance(event, AlarmRaised):
        return replace(event, deadline=event.time + COUNTDOWN_S)
    if isinstance(event, StopEscalated):
        return replace(event, next_at=event.time + COUNTDOWN_S / 2)
    return event


def _live(events: Iterable[RunEvent], at: float) -> list[RunEvent]:
    started = [event for event in events if isinstance(event, GuardStarted)]
    return [
        GuardSeen(GuardState(at, one.guard, one.guard, one.host, "guarding"), True, trainer_alive=True)
        for one in started[:1]
    ]
