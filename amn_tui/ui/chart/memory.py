"""What stays of a chart while it is not on the screen: how it is looked at, and what was read for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from amn_tui.ui.chart.view import ChartView

if TYPE_CHECKING:
    from amn_tui.ui.chart.library import TrackLibrary


@dataclass
class ChartMemory:
    """The run's path, the view, and the tracks that were read."""

    path: str
    view: ChartView = field(default_factory=ChartView)

    def compare(self, runs: Iterable[Path]) -> None:
        """Lay these runs over the chart."""
        for run in dict.fromkeys(run.resolve() for run in runs):
            self.view = self.view.toggle(str(run))

    @cached_property
    def library(self) -> "TrackLibrary":
        """Return the tracks; what reads them is imported when the chart is opened."""
        from amn_tui.ui.chart.library import TrackLibrary

        return TrackLibrary()
