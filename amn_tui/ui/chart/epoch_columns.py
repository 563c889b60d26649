"""Every epoch of a run that is watched as columns: made once, and only added to while the run goes on."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from amn_tui.run.column import Column
from checks.derived import RESCORE_GAP
from checks.gate import Reading


@dataclass(slots=True)
class Gathered:
    """Epochs of the run as columns, made once for every curve that they are taken from."""

    readings: tuple[Reading, ...] = ()
    columns: dict[str, Column] = field(default_factory=dict)
    version: int = 0

    def take(self, readings: tuple[Reading, ...], metric: str) -> Column:
        """Return a metric of these readings, every epoch of it."""
        if readings is not self.readings:
            known, self.readings = self.readings, readings
            self.version += 1
            added = readings[len(known) :]
            goes_on = bool(known) and bool(added) and readings[len(known) - 1] is known[-1] and readings[0] is known[0]
            self.columns = {name: column for name, column in self.columns.items() if goes_on and name != RESCORE_GAP}
            for name, column in self.columns.items():
                _extend(column, added, name)
        if metric not in self.columns:
            self.columns[metric] = Column(most=sys.maxsize)
            _extend(self.columns[metric], readings, metric)
        return self.columns[metric]


def _extend(column: Column, readings: Sequence[Reading], metric: str) -> None:
    rows = [(float(r.epoch), r.values[metric]) for r in readings if metric in r.values]
    column.extend([(epoch, math.nan, math.nan) for epoch, _ in rows], [value for _, value in rows])
