"""The curve: what the run learns, epoch for epoch, against everything that it is held against."""

import math
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from amn_tui.run.model import Run
from amn_tui.ui.chart.gather import CosineDatum, pick_cosine
from amn_tui.ui.chart.plot import LEAST_PLOT, draw_chart
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, cut, join_parts, measure
from amn_tui.ui.messages import ChartAsked
from amn_tui.ui.quantity import format_number
from amn_tui.ui.widgets.pane import Pane
from checks.derived import MAIN_METRIC


def draw_cosine(datum: CosineDatum, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw the newest values, the words on the trivial predictor, and the chart in what is left."""
    lines = [_draw_legend(datum, width)] if height > LEAST_PLOT[1] + 2 else []
    if datum.trivial_words and height - len(lines) > LEAST_PLOT[1] + 1:
        tone = Tone.PASS if datum.beaten else Tone.WARN
        words = next((words for words in datum.trivial_words if cell_len(words) <= width), datum.trivial_words[-1])
        lines.append((Part(cut(words, width, glyphs.ellipsis), tone),))
    chart = draw_chart(datum.chart, width, max(1, height - len(lines)), glyphs)
    if datum.empty and len(chart) > LEAST_PLOT[1]:
        chart[len(chart) // 2] = _overlay(chart[len(chart) // 2], datum.empty, width, glyphs)
    elif datum.empty:
        chart = [(Part(cut(datum.empty, width, glyphs.ellipsis), Tone.DIM),)]
    return [*lines, *chart]


def _overlay(line: Line, words: str, width: int, glyphs: Glyphs) -> Line:
    """Set words into the middle of a row of the plot, behind its axis."""
    axis = line[:1] if len(line[0].text) > 5 else line[:2]
    used = sum(cell_len(part.text) for part in axis)
    return (*axis, Part(cut(words, width - used - 2, glyphs.ellipsis).center(max(0, width - used)), Tone.DIM))


def _draw_legend(datum: CosineDatum, width: int) -> Line:
    """Write the newest value of every series in its colour, and the best."""
    fields: list[Line] = []
    for series in datum.chart.series:
        points = datum.chart.list_points(series.metric)
        if points:
            fields.append((Part(f"{series.label} ", Tone.DIM), Part(format_number(points[-1][1]), series.tone)))
    best = [(value, epoch) for epoch, value in datum.chart.list_points(datum.metric) if math.isfinite(value)]
    if best and datum.metric == MAIN_METRIC:
        value, epoch = max(best, key=lambda pair: (pair[0], -pair[1]))
        fields.append((Part("best ", Tone.DIM), Part(f"{format_number(value)} at {epoch}", Tone.PLAIN)))
    if datum.chart.trivial:
        fields.append(
            (Part(f"{datum.chart.trivial.label} ", Tone.DIM), Part(f"{datum.chart.trivial.value:.3f}", Tone.TRIVIAL))
        )
    while fields and measure(join_parts(fields, Part("   "))) > width:
        fields.pop()
    return join_parts(fields, Part("   "))


class Cosine(Pane, can_focus=True):
    """The chart with its legend; Enter or a click asks for all of it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "full chart", id="open-chart", show=False)]
    TICKS = True

    def action_open(self) -> None:
        """Ask for the full chart."""
        self.post_message(ChartAsked())

    def on_click(self) -> None:
        """Ask for it."""
        self.action_open()

    def pick(self, run: Run, now: float) -> CosineDatum:
        """Gather what is drawn."""
        return pick_cosine(run, now)

    def watch_datum(self) -> None:
        """Name metric and scale in the title."""
        if self.datum is not None:
            name = self.datum.metric.removeprefix("val_").replace("_", " ")
            self.entitle(cut(f"{name} by epoch  {self.datum.chart.scale.words}", 40))
        super().watch_datum()

    def draw(self, datum: CosineDatum, width: int, height: int) -> list[Line]:
        """Draw it."""
        return draw_cosine(datum, width, height, self.glyphs)
