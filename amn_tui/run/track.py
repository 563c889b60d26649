"""The numbers of one run over epochs, steps and time, as its log tells them; bounded, however long the log."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from amn_tui.run.column import Axis, Column, Place
from checks.derived import RESCORE_GAP
from trainer.events import Configured, EpochEnded, LogEvent, Rescored, Stepped

MOST_METRICS = 64


@dataclass(slots=True)
class Track:
    """Columns by metric: `epochs` are what an evaluation ended with, `steps` what was said in between.

    `system` is what the machine was measured to do, placed where the log was at that time.
    """

    epochs: dict[str, Column] = field(default_factory=dict)
    steps: dict[str, Column] = field(default_factory=dict)
    system: dict[str, Column] = field(default_factory=dict)
    total_epochs: int = 0
    steps_an_epoch: int = 0
    began: float | None = None  # Unix seconds of the log's first stamp
    reached: float = 0.0  # the epoch, with its share, that was read last
    version: int = 0

    def take(self, events: Iterable[LogEvent]) -> None:
        """Take in what the log says next."""
        for event in events:
            match event:
                case Stepped(epoch, epochs, step, steps, values, time):
                    place = (epoch - 1 + step / max(steps, 1), (epoch - 1.0) * steps + step, self.time(time))
                    self.take_steps(epochs, steps, [place], {name: [value] for name, value in values.items()})
                case EpochEnded(epoch, epochs, values, time):
                    self.version += 1
                    self._end_epoch(epoch, epochs, values, self.time(time))
                case Configured(_, time):
                    self.time(time)
                case Rescored(_, epoch, _, gap, time):
                    self.version += 1
                    self._add(self.epochs, {RESCORE_GAP: gap}, self._place(epoch, self.time(time)))

    def take_steps(
        self, epochs: int, steps: int, places: Sequence[Place], values: Mapping[str, Sequence[float]]
    ) -> None:
        """Take in steps, in the order of the log: of `epochs` of so many `steps`, every metric with a value at each."""
        self.version += 1
        self.total_epochs, self.steps_an_epoch = epochs, steps
        begin = 0
        for at in range(len(places)):
            if places[at][0] <= (places[at - 1][0] if at else self.reached):  # said again: see _reach
                self._add_steps(places[begin:at], {name: column[begin:at] for name, column in values.items()})
                self._reach(places[at][0])
                begin = at
        self._add_steps(places[begin:], {name: column[begin:] for name, column in values.items()} if begin else values)
        self.reached = places[-1][0]

    def _add_steps(self, places: Sequence[Place], values: Mapping[str, Sequence[float]]) -> None:
        for name, column in values.items():
            if places and (known := find_column(self.steps, name)) is not None:
                known.extend(places, column)

    def take_sample(self, stamp: float, values: Mapping[str, float]) -> None:
        """Take in what the machine did at a time (Unix seconds), after the log was read up to it."""
        self.version += 1
        self._add(self.system, values, self._locate(self.time(stamp)))

    def _locate(self, time: float) -> Place:
        """Return how far the log was at a time: straight between the two rows around it, its end after the last."""
        column = max((*self.steps.values(), *self.epochs.values()), key=len, default=None)
        if column is None or not len(column) or math.isnan(column.at[2][0]):
            return math.nan, math.nan, time
        epochs, steps, times = column.at
        right = bisect_right(times, time)
        if right == len(times):
            return epochs[-1], steps[-1], time
        before = (epochs[right - 1], steps[right - 1], times[right - 1]) if right else (0.0, 0.0, 0.0)
        share = max(0.0, (time - before[2]) / ((times[right] - before[2]) or 1.0))
        return before[0] + share * (epochs[right] - before[0]), before[1] + share * (steps[right] - before[1]), time

    def _reach(self, position: float) -> None:
        """Forget what lies at or after a place: the run went on from there, and says it again."""
        for column in (*self.epochs.values(), *self.steps.values()):
            column.cut(position)

    def _end_epoch(self, epoch: int, epochs: int, values: Mapping[str, float], time: float) -> None:
        self.total_epochs = epochs
        if epoch < self.reached:
            self._reach(epoch)
        for column in self.epochs.values():
            column.cut(epoch)  # said twice, the last word counts
        self.reached = float(epoch)
        self._add(self.epochs, values, self._place(epoch, time))

    def _place(self, epoch: int, time: float) -> Place:
        return float(epoch), epoch * self.steps_an_epoch if self.steps_an_epoch else math.nan, time

    def time(self, stamp: float | None) -> float:
        """Return a stamp (Unix seconds) as seconds since the first one; nan for none."""
        if stamp is None:
            return math.nan
        self.began = stamp if self.began is None else self.began
        return stamp - self.began

    def _add(self, columns: dict[str, Column], values: Mapping[str, float], place: Place) -> None:
        for name, value in values.items():
            if (column := find_column(columns, name)) is not None:
                column.extend((place,), (value,))

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
