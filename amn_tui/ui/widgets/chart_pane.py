"""The full chart: draws what a view shows."""

from dataclasses import replace
from functools import cached_property

from textual.geometry import Region
from textual.strip import Strip

from amn_tui.run.model import Run
from amn_tui.ui.chart.compose import Composed, Composer
from amn_tui.ui.chart.figure_plot import draw_figure
from amn_tui.ui.chart.legend import draw_legend, draw_title
from amn_tui.ui.chart.memory import ChartMemory
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.line import Line, cut
from amn_tui.ui.widgets.chart_mouse import ChartMouse
from amn_tui.ui.widgets.header import say_epoch
from amn_tui.ui.widgets.pane import list_changed

LEGEND_SHARE = 5  # the legend takes at most one line in so many


class ChartPane(ChartMouse):
    """Drawn from the run, the tracks read beside it, and a view; only rows that changed are painted."""

    def __init__(self, memory: ChartMemory) -> None:
        """Show what is remembered."""
        super().__init__()
        self.memory = memory
        self.lines: list[Line] = []
        self.set_reactive(ChartPane.view, memory.view)

    def pick(self, run: Run, now: float) -> tuple[object, ...]:  # noqa: ARG002 (the clock changes nothing)
        """Return what of a run the chart is drawn from."""
        curve = run.curve
        gates = tuple(state.gate for state in run.gates)
        return curve.epochs, curve.total_epochs, curve.restarts, run.plan, run.baselines, gates, self._say_title(run)

    def _say_title(self, run: Run) -> str:
        epochs = f"  epoch {seen}" if (seen := say_epoch(run)) else ""
        return f"{run.name}  {run.outcome or run.phase}{epochs}"

    def watch_datum(self) -> None:
        """Draw anew."""
        self.draw_anew()

    def watch_view(self) -> None:
        """Draw the other view, and keep it."""
        self.memory.view = self.view
        self.draw_anew()

    def watch_hover(self) -> None:
        """Show the values under the mouse."""
        self.draw_anew()

    def on_resize(self) -> None:
        """Draw at the new size."""
        self.draw_anew()

    def draw_anew(self) -> None:
        """Compose and draw; paint the rows that differ."""
        width, height = self.content_size
        if self.datum is not None:
            self.entitle(cut(self.datum[-1], width - 4, self.glyphs.ellipsis))
        before = self.lines
        self.lines = [] if self.run is None or not width or not height else self._draw(self.run, width, height)
        if len(before) != len(self.lines):
            self.refresh()
        elif rows := list_changed(before, self.lines):
            self.refresh(*(Region(0, row, width, 1) for row in rows))

    @cached_property
    def composer(self) -> Composer:
        """Return what composes, with what it remembers."""
        return Composer(self.glyphs.marks)

    def find_composed(self) -> Composed | None:
        """Return what is drawn, or what is about to be: keys may come before there is a picture."""
        if self.composed is None and self.run is not None:
            self.composed = self._compose_view(self.run, self.view)
        return self.composed

    def _compose_view(self, run: Run, view: ChartView) -> Composed:
        readers = self.memory.library.readers
        others = {overlay.path: readers[overlay.path] for overlay in view.overlays if overlay.path in readers}
        return self.composer.compose(run, view, readers.get(self.memory.path), others)

    def _draw(self, run: Run, width: int, height: int) -> list[Line]:
        view = self.view if self.hover is None else replace(self.view, cursor=self.hover)
        self.composed = composed = self._compose_view(run, view)
        head = [draw_title(composed, view, width, self.glyphs)] if height > 4 else []
        if height > 7:
            head += draw_legend(composed, view, width, max(1, height // LEGEND_SHARE), self.glyphs)
        self.plot_top = len(head)
        return [*head, *draw_figure(composed.figure, width, height - len(head), self.glyphs, self.composer.cache)]

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        width, base = self.content_size.width, self.rich_style
        return self.make_strip(self.lines[y], width, base) if y < len(self.lines) else Strip.blank(width, base)
