"""Draw a figure in rows of characters: axes, bands, levels, bounds with their names, curves, and the cursor."""

import math
from itertools import pairwise

from amn_tui.run.column import ABOVE, BELOW, NAN, Axis
from amn_tui.ui.chart.canvas import Canvas
from amn_tui.ui.chart.figure import Bound, Figure
from amn_tui.ui.chart.scale import Scale
from amn_tui.ui.chart.ticks import list_places, place_ticks, write_place
from amn_tui.ui.chart.trace import Dots, Trace, TraceCache
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, cut
from amn_tui.ui.quantity import format_bound

TICK_CELLS = 12  # a name below the chart every so many cells
BOUND_CELLS = 2  # how far a bound's mark reaches to either side
MARK_EVERY = 24  # cells from one mark of an overlay to the next
LEAST = (10, 3)  # cells across and up below which there is nothing to see


def measure_gutter(scale: Scale, rows: int) -> int:
    """Return how many cells the numbers beside the chart take, with their tick."""
    return max((len(text) for text in place_ticks(scale, rows).values()), default=1) + 2


def place_cell(figure: Figure, place: float, steps: int) -> int:
    """Return on which of `steps` columns a place falls; outside the window it is outside of them."""
    left, right = figure.window
    return math.floor((place - left) / ((right - left) or 1.0) * (steps - 1) + 0.5)


def draw_figure(figure: Figure, width: int, height: int, glyphs: Glyphs, cache: TraceCache) -> list[Line]:
    """Return `height` lines of at most `width` cells."""
    rows = height - 1
    gutter = measure_gutter(figure.scale, rows) if rows >= LEAST[1] else 0
    if width < gutter + LEAST[0] or rows < LEAST[1]:
        words: Line = (Part(cut("too small for a chart", width, glyphs.ellipsis), Tone.DIM),)
        return [words][:height]
    canvas = Canvas(width - gutter, rows, braille=glyphs.braille)
    _shade_bands(canvas, figure)
    _draw_grounds(canvas, figure)
    for trace in reversed(figure.traces):
        _draw_trace(canvas, figure, trace, glyphs, cache)
    for trace in figure.traces:
        if not trace.faint:
            _name_trace(canvas, figure, trace, cache)
    for bound in figure.bounds:
        _draw_bound(canvas, figure, bound, glyphs)
    _name_levels(canvas, figure)
    _draw_cursor(canvas, figure)
    if figure.empty:
        canvas.mark(max(0, (canvas.width - len(figure.empty)) // 2), rows // 2, figure.empty, Tone.DIM)
    ticks = place_ticks(figure.scale, rows)
    lines = [(*_label_row(rows - 1 - i, ticks, gutter, glyphs), *line) for i, line in enumerate(canvas.list_lines())]
    return [*lines, _label_places(figure, gutter, canvas.width)]


def _shade_bands(canvas: Canvas, figure: Figure) -> None:
    """Lay a ground where a healthy run lies, straight between the places that the plan names."""
    cell = canvas.height - 1
    pairs = list(pairwise(figure.bands)) or [(edge, edge) for edge in figure.bands]
    for left, right in pairs:
        first, last = (place_cell(figure, edge.place, canvas.width) for edge in (left, right))
        for column in range(max(first, 0), min(last, canvas.width - 1) + 1):
            share = (column - first) / max(1, last - first)
            low = figure.scale.place(left.low + share * (right.low - left.low), cell + 1)
            high = figure.scale.place(left.high + share * (right.high - left.high), cell + 1)
            for row in range(low, high + 1):
                canvas.shade(column, row, Tone.BAND)


def _draw_grounds(canvas: Canvas, figure: Figure) -> None:
    """Draw what the curves are held against along the whole chart: levels, and where the run was taken up again."""
    for level in figure.levels:
        if figure.scale.holds(level.value):
            y = figure.scale.place(level.value, canvas.dots_up)
            for x in range(0, canvas.dots_across, 3 if canvas.braille else 2):
                canvas.dot(x, y, level.tone)
    for place in figure.restarts:
        x = place_cell(figure, place, canvas.dots_across)
        for y in range(0, canvas.dots_up, 2):
            canvas.dot(x, y, Tone.TRACK)


def _draw_trace(canvas: Canvas, figure: Figure, trace: Trace, glyphs: Glyphs, cache: TraceCache) -> None:
    before: tuple[int, int] | None = None
    tone, draw_column = trace.tone, canvas.draw_column
    placed = cache.place(trace, figure.window, canvas.dots_across, figure.scale, canvas.dots_up)
    for x, lowest, highest, first, last in placed:
        low, high = lowest, highest
        if before is not None and first is not None:
            if x - before[0] <= 1:
                low, high = min(low, before[1]), max(high, before[1])
            else:
                canvas.draw_line(before, (x, first), tone)
        draw_column(x, low, high, tone)
        before = None if last is None else (x, last)
    if not trace.faint:
        _mark_beyond(canvas, figure, trace, cache.spread(trace, figure.window, canvas.dots_across), glyphs)


def _mark_beyond(canvas: Canvas, figure: Figure, trace: Trace, columns: list[Dots], glyphs: Glyphs) -> None:
    """Set what dots cannot say: values that are no numbers, and values beyond the scale."""
    scale, top = figure.scale, canvas.height - 1
    for dots in columns:
        column = dots.x // canvas.across
        if dots.high > scale.high:
            canvas.mark(column, top, glyphs.above, trace.tone)
        if dots.low < scale.low:
            canvas.mark(column, 0, glyphs.below, trace.tone)
        if dots.flags & (NAN | BELOW):
            canvas.mark(column, 0, glyphs.nonfinite, Tone.FAIL)
        if dots.flags & ABOVE:
            canvas.mark(column, top, glyphs.nonfinite, Tone.FAIL)


def _name_trace(canvas: Canvas, figure: Figure, trace: Trace, cache: TraceCache) -> None:
    """Set a curve's mark where it ends, or a little before where another one's stands; an overlay's also on its way."""
    columns = cache.spread(trace, figure.window, canvas.dots_across)
    inside = [dots for dots in columns if 0 <= dots.x < canvas.dots_across and figure.scale.holds(dots.last)]
    wanted = canvas.width
    for dots in reversed(inside):
        column, row = dots.x // canvas.across, figure.scale.place(dots.last, canvas.dots_up) // canvas.up
        if column <= wanted and (column, row) not in canvas.marks:
            canvas.mark(column, row, trace.mark, trace.tone)
            if not trace.mark.isdigit():
                return
            wanted = column - MARK_EVERY


def _draw_cursor(canvas: Canvas, figure: Figure) -> None:
    """Draw a line at the cursor, and the mark of every curve where it stands there."""
    if figure.cursor is None:
        return
    x = place_cell(figure, figure.cursor, canvas.dots_across)
    for y in range(0, canvas.dots_up, 2):
        canvas.dot(x, y, Tone.HERE)
    for trace in reversed(figure.traces):
        if trace.faint or not len(trace.points.at):
            continue
        row = trace.points.find(figure.cursor)
        value = trace.points.last[row]
        if math.isfinite(value) and place_cell(figure, trace.points.at[row], canvas.dots_across) == x:
            y = figure.scale.place(value, canvas.dots_up) // canvas.up
            canvas.mark(x // canvas.across, y, trace.mark, trace.tone)


def _draw_bound(canvas: Canvas, figure: Figure, bound: Bound, glyphs: Glyphs) -> None:
    """Draw a bound as a short bar, with its name where there is room beside it."""
    x = place_cell(figure, bound.place, canvas.dots_across)
    if not 0 <= x < canvas.dots_across:
        return
    y = figure.scale.place(bound.value, canvas.dots_up)
    tone, reach = Tone.FLOOR if bound.stops else Tone.HINT, BOUND_CELLS * canvas.across
    canvas.draw_line((x - reach, y), (x + reach, y), tone)
    column, row = x // canvas.across, y // canvas.up
    sign = glyphs.at_least if bound.sign == ">=" else glyphs.at_most
    for text in (f"{bound.label} {sign} {format_bound(bound.value)}", bound.label):
        for at, beside in (
            (column + BOUND_CELLS + 1, row),
            (max(0, column - BOUND_CELLS), row - 1),
            (max(0, column - BOUND_CELLS), row + 1),
            (column - BOUND_CELLS - 1 - len(text), row),
        ):
            if canvas.is_free(at - 1, beside, len(text) + 2):
                canvas.mark(at, beside, text, tone)
                return


def _name_levels(canvas: Canvas, figure: Figure) -> None:
    """Name every level at the right end of its line, above or below it."""
    for level in figure.levels:
        text = f"{level.label} {level.value:.3f}"
        at = canvas.width - len(text) - 1
        row = figure.scale.place(level.value, canvas.dots_up) // canvas.up
        for beside in (row + 1, row - 1):
            if figure.scale.holds(level.value) and canvas.is_free(at, beside, len(text)):
                canvas.mark(at, beside, text, level.tone)
                break


def _label_row(row: int, ticks: dict[int, str], gutter: int, glyphs: Glyphs) -> Line:
    if row not in ticks:
        return (Part(" " * (gutter - 1) + glyphs.axis, Tone.TRACK),)
    return (Part(f"{ticks[row]:>{gutter - 2}} ", Tone.DIM), Part(glyphs.tick, Tone.TRACK))


def _label_places(figure: Figure, gutter: int, width: int) -> Line:
    """Write places below the chart: the cursor's first, then round ones, and the last one with what they are."""
    left, right = figure.window
    unit = f"{write_place(figure.axis, right)} {'elapsed' if figure.axis is Axis.TIME else figure.axis}"
    row = [" "] * (width + 2)
    row[width + 1 - len(unit) : width + 1] = unit
    cursor: tuple[int, str] | None = None
    places = list_places(figure.axis, left, right, max(1, width // TICK_CELLS))
    for place in [*([] if figure.cursor is None else [figure.cursor]), *places]:
        text = write_place(figure.axis, place)
        at = place_cell(figure, place, width) - (len(text) - 1) // 2 + 1
        at = min(max(at, 1), width + 1 - len(text))
        if place == figure.cursor and cursor is None:
            at = min(at, max(1, width - len(unit) - len(text)))
            cursor = at, text
        if all(cell == " " for cell in row[max(0, at - 1) : at + len(text) + 1]):
            row[at : at + len(text)] = text
    drawn = "".join(row[1 : width + 1])
    if cursor is None:
        return (Part(" " * gutter + drawn, Tone.DIM),)
    start, end = cursor[0] - 1, cursor[0] - 1 + len(cursor[1])
    head = Part(" " * gutter + drawn[:start], Tone.DIM)
    return head, Part(drawn[start:end], Tone.HERE), Part(drawn[end:], Tone.DIM)
