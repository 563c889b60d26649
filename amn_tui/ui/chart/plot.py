"""Draw a chart in rows of characters: several rows of Braille, or one row of bars where there is no more room."""

from collections.abc import Sequence

from amn_tui.ui.chart.canvas import Canvas
from amn_tui.ui.chart.chart import Chart, Series, interpolate_band
from amn_tui.ui.chart.decimate import Column, place_epoch, spread_points
from amn_tui.ui.chart.scale import Scale, list_ticks
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop
from amn_tui.ui.quantity import format_number

LABEL_CELLS = 6  # "0.70 ┤"
FLOOR_CELLS = 2  # how far a bound's mark reaches to either side of its epoch
LEAST_PLOT = (12, 3)  # cells across and up below which bars in one row say more


def draw_chart(chart: Chart, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return `height` lines of at most `width` cells: the plot, its labelled axis, and the epochs below."""
    if width < LABEL_CELLS + LEAST_PLOT[0] or height < LEAST_PLOT[1] + 1:
        return draw_bars(chart, width, height, glyphs)
    canvas = Canvas(width - LABEL_CELLS, height - 1, braille=glyphs.braille)
    _shade_bands(canvas, chart)
    _draw_restarts(canvas, chart)
    _draw_trivial(canvas, chart)
    for series in reversed(chart.series[1:]):
        _draw_series(canvas, chart, series, glyphs)
    _draw_floors(canvas, chart)
    for series in chart.series[:1]:
        _draw_series(canvas, chart, series, glyphs)
    ticks = list_ticks(chart.scale, canvas.height)
    lines = [(*_label_row(canvas.height - 1 - i, ticks, glyphs), *line) for i, line in enumerate(canvas.list_lines())]
    return [*lines, _label_epochs(chart, canvas.width)]


def _shade_bands(canvas: Canvas, chart: Chart) -> None:
    """Lay a ground where a healthy run lies: every cell that the band covers by half, and at least one a column."""
    bands = sorted(chart.bands, key=lambda band: band.epoch)
    cell = (chart.scale.high - chart.scale.low) / canvas.height
    for column in range(canvas.width):
        epoch = 1 + column / max(1, canvas.width - 1) * (chart.epochs - 1)
        band = interpolate_band(bands, epoch)
        if band is None:
            continue
        rows = {
            row: min(band[1], bottom + cell) - max(band[0], bottom)
            for row in range(canvas.height)
            for bottom in [chart.scale.low + row * cell]
        }
        most = max(rows.values())
        for row, covered in rows.items():
            if covered > 0 and (covered >= cell / 2 or covered == most):
                canvas.shade(column, row, Tone.BAND)


def _draw_restarts(canvas: Canvas, chart: Chart) -> None:
    """Divide what one session of the run measured from what the next did; before the first epoch there is nothing."""
    for epoch in chart.restarts:
        if epoch > 1:
            x = place_epoch(epoch - 0.5, chart.epochs, canvas.dots_across)
            for y in range(0, canvas.dots_up, 2):
                canvas.dot(x, y, Tone.TRACK)


def _draw_trivial(canvas: Canvas, chart: Chart) -> None:
    if chart.trivial is None:
        return
    y = chart.scale.place(chart.trivial.value, canvas.dots_up)
    for x in range(0, canvas.dots_across, 3 if canvas.braille else 2):
        canvas.dot(x, y, Tone.TRIVIAL)


def _draw_floors(canvas: Canvas, chart: Chart) -> None:
    reach = FLOOR_CELLS * canvas.across
    for floor in chart.floors:
        if floor.epoch > chart.epochs:
            continue  # a run that is shorter than its plan's gates never comes there
        x = place_epoch(floor.epoch, chart.epochs, canvas.dots_across)
        y = chart.scale.place(floor.value, canvas.dots_up)
        canvas.draw_line((x - reach, y), (x + reach, y), Tone.FLOOR if floor.stops else Tone.HINT)


def _draw_series(canvas: Canvas, chart: Chart, series: Series, glyphs: Glyphs) -> None:
    columns = spread_points(chart.list_points(series.metric), chart.epochs, canvas.dots_across)
    before: tuple[int, int] | None = None
    for x, column in columns.items():
        if column.first is None or column.last is None:
            before = None  # a line across nan would claim values that nobody measured
            continue
        places = {
            key: chart.scale.place(getattr(column, key), canvas.dots_up) for key in ("first", "last", "low", "high")
        }
        if before:
            canvas.draw_line(before, (x, places["first"]), series.tone)
        canvas.draw_line((x, places["low"]), (x, places["high"]), series.tone)
        before = x, places["last"]
    _mark_columns(canvas, chart.scale, columns, series, glyphs)


def _mark_columns(canvas: Canvas, scale: Scale, columns: dict[int, Column], series: Series, glyphs: Glyphs) -> None:
    """Set what dots cannot say: values that are no numbers, values beyond the scale, and where the curve is now."""
    top = canvas.height - 1
    for x, column in columns.items():
        at = x // canvas.across
        if column.high > scale.high:
            canvas.mark(at, top, glyphs.above, series.tone)
        if column.low < scale.low:
            canvas.mark(at, 0, glyphs.below, series.tone)
        if column.nonfinite:
            canvas.mark(at, 0, glyphs.nonfinite, Tone.FAIL)
    last = max(columns, default=None)
    if last is not None and series.tone is Tone.VAL:
        value = columns[last].last
        if value is not None and scale.holds(value) and not columns[last].nonfinite:
            row = scale.place(value, canvas.dots_up) // canvas.up
            canvas.mark(last // canvas.across, row, glyphs.last, series.tone)


def _label_row(row: int, ticks: dict[int, float], glyphs: Glyphs) -> Line:
    if row not in ticks:
        return (Part(" " * (LABEL_CELLS - 1) + glyphs.axis, Tone.TRACK),)
    number = f"{ticks[row]:.2f}" if abs(ticks[row]) < 100 else f"{ticks[row]:.0f}"
    return (Part(f"{number[: LABEL_CELLS - 1]:>{LABEL_CELLS - 2}} ", Tone.DIM), Part(glyphs.tick, Tone.TRACK))


def _label_epochs(chart: Chart, width: int) -> Line:
    """Write the epochs that something happens at below the plot: the first, the last, those of gates."""
    wanted = [1, chart.epochs, *(floor.epoch for floor in chart.floors), *(band.epoch for band in chart.bands)]
    wanted += [round(chart.epochs * i / 4) for i in (1, 2, 3)]
    row = [" "] * (width + 2)
    for epoch in dict.fromkeys(wanted):
        text = str(epoch)
        at = place_epoch(epoch, chart.epochs, width) - (len(text) - 1) // 2 + 1
        at = min(max(at, 1), width + 1 - len(text))
        if 1 <= epoch <= chart.epochs and all(cell == " " for cell in row[at - 1 : at + len(text) + 1]):
            row[at : at + len(text)] = text
    return (Part(" " * LABEL_CELLS + "".join(row[1 : width + 1]), Tone.DIM),)


def draw_bars(chart: Chart, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return one row of eighth blocks a series, on the chart's fixed scale, its newest value behind it."""
    lines: list[Line] = []
    for series in chart.series[:height]:
        points = chart.list_points(series.metric)
        label, number = f"{series.label:<6}"[:6], f" {format_number(points[-1][1])}" if points else ""
        bars = draw_sparkline(points, chart, max(0, width - len(label) - len(number)), series.tone, glyphs)
        lines.append(crop((Part(label, Tone.DIM), *bars, Part(number, series.tone)), width))
    return lines


def draw_sparkline(
    points: Sequence[tuple[int, float]], chart: Chart, width: int, tone: Tone, glyphs: Glyphs
) -> list[Part]:
    """Return bars on the chart's scale, one an epoch while there is room; of several in a cell the lowest is shown."""
    cells = min(width, chart.epochs)
    columns = spread_points(points, chart.epochs, max(1, cells))
    parts = []
    for x in range(cells):
        column = columns.get(x)
        if column is None:
            parts.append(Part(" ", tone))
        elif column.nonfinite or column.first is None:
            parts.append(Part(glyphs.nonfinite, Tone.FAIL))
        else:
            level = chart.scale.place(column.low, len(glyphs.levels) - 1) + 1
            parts.append(Part(glyphs.levels[level], tone))
    return [*parts, Part(" " * (width - cells))]
