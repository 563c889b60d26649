"""The numbers of one run over epochs, steps and time, as its log tells them; bounded, however long the log."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from amn_tui.run.column import Axis, Column, Place
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Stepped

MOST_METRICS = 64
Pending = dict[str, tuple[list[Place], list[float]]]


@dataclass(slots=True)
class Track:
    """Columns by metric: `epochs` are what an evaluation ended with, `steps` what was said in between."""

    epochs: dict[str, Column] = field(default_factory=dict)
    steps: dict[str, Column] = field(default_factory=dict)
    total_epochs: int = 0
    steps_an_epoch: int = 0
    began: float | None = None  # Unix seconds of the log's first stamp
    reached: float = 0.0  # the epoch, with its share, that was read last
    version: int = 0

    def take(self, events: Iterable[LogEvent]) -> None:
        """Take in what the log says next."""
        waiting: Pending = {}
        for event in events:
            self.version += 1
            match event:
                case Stepped(epoch, epochs, step, steps, values, time):
                    self.total_epochs, self.steps_an_epoch = epochs, steps
                    self._reach(epoch - 1 + step / max(steps, 1), waiting)
                    place = (self.reached, (epoch - 1.0) * steps + step, self._time(time))
                    for name, value in values.items():
                        places, numbers = waiting.setdefault(name, ([], []))
                        places.append(place)
                        numbers.append(value)
                case EpochEnded(epoch, epochs, values, time):
                    self._end_epoch(epoch, epochs, values, self._time(time), waiting)
                case Configured(_, time):
                    self._time(time)
                case Rescored(_, epoch, _, gap, time):
                    self._add(self.epochs, {"rescore_gap": gap}, self._place(epoch, self._time(time)))
        self._flush(waiting)

    def _reach(self, position: float, waiting: Pending) -> None:
        """Move on; back means that the run went on from an earlier point, and says again what came after it."""
        if position <= self.reached:
            self._flush(waiting)
            for column in (*self.epochs.values(), *self.steps.values()):
                column.cut(position)
        self.reached = position

    def _end_epoch(self, epoch: int, epochs: int, values: Mapping[str, float], time: float, waiting: Pending) -> None:
        self.total_epochs = epochs
        if epoch < self.reached:
            self._reach(epoch, waiting)
        for column in self.epochs.values():
            column.cut(epoch)  # said twice, the last word counts
        self.reached = float(epoch)
        self._add(self.epochs, values, self._place(epoch, time))

    def _place(self, epoch: int, time: float) -> Place:
        return float(epoch), epoch * self.steps_an_epoch if self.steps_an_epoch else math.nan, time

    def _time(self, stamp: float | None) -> float:
        if stamp is None:
            return math.nan
        self.began = stamp if self.began is None else self.began
        return stamp - self.began

    def _add(self, columns: dict[str, Column], values: Mapping[str, float], place: Place) -> None:
        for name, value in values.items():
            if (column := find_column(columns, name)) is not None:
                column.extend((place,), (value,))

    def _flush(self, waiting: Pending) -> None:
        for name, (places, values) in waiting.items():
            if (column := find_column(self.steps, name)) is not None:
                column.extend(places, values)
        waiting.clear()

    def list_axes(self) -> tuple[Axis, ...]:
        """Return the axes on which this log places its values."""
        columns = [column for column in (*self.epochs.values(), *self.steps.values()) if len(column)]
        return tuple(
            axis
            for axis in Axis
            if axis is Axis.EPOCH or any(not math.isnan(column.place(axis)[-1]) for column in columns)
        )


def find_column(columns: dict[str, Column], name: str) -> Column | None:
    """Return a metric's column, a new one if need be; None when there are so many that they are no metrics."""
    if name not in columns and len(columns) < MOST_METRICS:
        columns[name] = Column()
    return columns.get(name)
