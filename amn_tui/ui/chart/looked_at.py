"""Which epoch one looks at in a chart, whatever it is drawn over."""

import math
from bisect import bisect_left

from amn_tui.run.column import Axis
from amn_tui.run.model import Run
from amn_tui.run.track import Track
from amn_tui.ui.chart.view import ChartView


def find_epoch_at(view: ChartView, run: Run | None, track: Track | None) -> int | None:
    """Return the epoch that the cursor is in, the newest one without a cursor; None before there is any."""
    newest = run.curve.last.epoch if run is not None and run.curve.last else None
    if view.cursor is None:
        return newest
    if view.axis is Axis.EPOCH:
        return max(1, math.ceil(view.cursor))  # an epoch's end lies at its number
    columns = (*track.steps.values(), *track.epochs.values()) if track else ()
    column = max(columns, key=len, default=None)
    if column is None or not len(column):
        return newest
    row = min(bisect_left(column.place(view.axis), view.cursor), len(column) - 1)
    return max(1, math.ceil(column.place(Axis.EPOCH)[row]))
