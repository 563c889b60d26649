"""Which metric the chart shows: everything that the log carries, with its newest value."""

from collections.abc import Iterable, Mapping

from amn_tui.run.column import Column
from amn_tui.run.model import Run
from amn_tui.run.track import Track
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Part, Tone, fit
from amn_tui.ui.quantity import format_number
from amn_tui.ui.screens.pick import PickScreen
from amn_tui.ui.widgets.pick_list import Row

NAME_CELLS = 34


def list_metrics(run: Run, track: Track | None, glyphs: Glyphs) -> list[Row]:
    """Return a row a metric: those of epochs first, then what is said only within them."""
    newest = dict(run.curve.last.values) if run.curve.last else {}
    within = _read_newest(track.steps if track else {}) | (dict(run.curve.step.values) if run.curve.step else {})
    newest = _read_newest(track.epochs if track else {}) | newest
    return [
        Row(name, f"{name} {where}", (
            Part(fit(name, NAME_CELLS, glyphs.ellipsis), Tone.STRONG), Part(f"{format_number(value):>12}  ", Tone.VAL),
            Part(where, Tone.DIM),
        ))
        for name, value, where in (
            *((name, value, "by epoch and step" if name in within else "by epoch") for name, value in newest.items()),
            *((name, value, "by step") for name, value in within.items() if name not in newest),
            *((name, value, "of the machine") for name, value in _read_newest(track.system if track else {}).items()),
        )
    ]  # fmt: skip


def _read_newest(columns: Mapping[str, Column]) -> dict[str, float]:
    return {name: column.newest for name, column in columns.items() if len(column)}


class PickMetricScreen(PickScreen):
    """Answers with a metric's name."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Offer these."""
        super().__init__(
            "Metric", lambda _: [], (("enter", "show it"), ("escape", "go back")), placeholder="part of its name"
        )
        self.offered = tuple(rows)

    def on_mount(self) -> None:
        """Offer them at once."""
        super().on_mount()
        self.list.empty = "no metric has come yet"
        self.show(self.offered)
