"""The words above a full chart: what is drawn and how, and every curve's value at the cursor."""

import math
from collections.abc import Sequence

from amn_tui.run.column import Axis
from amn_tui.ui.chart.compose import Composed
from amn_tui.ui.chart.ticks import name_unit, write_place
from amn_tui.ui.chart.trace import Trace
from amn_tui.ui.chart.view import ChartView
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop, cut, join_parts, measure
from amn_tui.ui.quantity import NOTHING, format_bound, format_number

LABEL_CELLS = 24
BETWEEN = Part("   ")


def draw_title(composed: Composed, view: ChartView, width: int, glyphs: Glyphs) -> Line:
    """Say what is drawn, over what, and on which scale."""
    figure, unit = composed.figure, name_unit(composed.metric)
    named = f" ({unit})" if unit and unit not in composed.metric else ""
    fields: list[Line] = [
        (Part(f"{composed.metric}{named} by {'time' if view.axis is Axis.TIME else view.axis}", Tone.STRONG),)
    ]
    how = "log" if composed.logarithmic else "fitted" if view.fitted else "fixed"
    fields.append((Part(f"{how} scale {format_edge(figure.scale.low)} to {format_edge(figure.scale.high)}", Tone.DIM),))
    if view.strength:
        fields.append((Part(f"smoothed {view.strength:g}", Tone.DIM),))
    if view.window is not None:
        left, right = (write_place(view.axis, place) for place in figure.window)
        fields.append((Part(f"zoomed to {left} {glyphs.rule} {right}", Tone.DIM),))
    return crop(join_parts(fields, BETWEEN), width)


def format_edge(value: float) -> str:
    """Write an end of the scale: 0.7, 0.000912 or 5000."""
    return f"{float(f'{value:.3g}') + 0.0:g}"  # no -0


def draw_legend(composed: Composed, view: ChartView, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw what cannot be shown, where the cursor is and every curve's value there, in at most `height` lines."""
    fields = [_draw_place(view, glyphs)]
    fields += [_draw_entry(trace, composed, view, glyphs) for trace in composed.figure.traces if not trace.faint]
    fields += [
        (Part(f"{bound.label} {glyphs.at_least if bound.sign == '>=' else glyphs.at_most} ", Tone.DIM),
         Part(format_bound(bound.value), Tone.FLOOR if bound.stops else Tone.HINT))
        for bound in composed.figure.bounds if bound.place == view.cursor
    ]  # fmt: skip
    notes: list[Line] = []
    if composed.notes:
        more = f" (+{len(composed.notes) - 1} more)" if len(composed.notes) > 1 else ""
        note = cut(composed.notes[0], width - len(more) - 2, glyphs.ellipsis)
        notes = [(Part(f"{glyphs.warned} {note}{more}", Tone.WARN),)]
    return [*notes, *flow(fields, width, max(1, height - len(notes)))]


def flow(fields: Sequence[Line], width: int, height: int) -> list[Line]:
    """Set fields one behind the other in lines; those that find no room are counted at the end."""
    lines: list[list[Line]] = [[]]
    for number, field in enumerate(fields):
        if lines[-1] and measure(join_parts([*lines[-1], field], BETWEEN)) > width:
            if len(lines) == height:
                more: Line = (Part(f"+{len(fields) - number} more", Tone.WARN),)
                while lines[-1] and measure(join_parts([*lines[-1], more], BETWEEN)) > width:
                    number -= 1
                    lines[-1].pop()
                    more = (Part(f"+{len(fields) - number} more", Tone.WARN),)
                lines[-1].append(more)
                break
            lines.append([])
        lines[-1].append(field)
    return [crop(join_parts(line, BETWEEN), width) for line in lines]


def _draw_place(view: ChartView, glyphs: Glyphs) -> Line:
    if view.cursor is None:
        return (Part("newest", Tone.DIM),)
    place = write_place(view.axis, view.cursor)
    words = {Axis.EPOCH: f"epoch {place}", Axis.STEP: f"step {place}", Axis.TIME: f"after {place}"}[view.axis]
    return (Part(f"{glyphs.running} {words}", Tone.HERE),)


def _draw_entry(trace: Trace, composed: Composed, view: ChartView, glyphs: Glyphs) -> Line:
    head = Part(f"{trace.mark} ", trace.tone), Part(f"{cut(trace.label, LABEL_CELLS, glyphs.ellipsis)} ", Tone.DIM)
    if trace.note:
        return (*head, Part(trace.note, Tone.WARN if trace.note.startswith("cannot") else Tone.DIM))
    value, smoothed = read_values(trace, composed, view)
    shown = Part(value, Tone.FAIL if value in ("nan", "inf", "-inf") else trace.tone)
    return (*head, shown, Part(f" ({smoothed})", Tone.DIM)) if smoothed else (*head, shown)


def read_values(trace: Trace, composed: Composed, view: ChartView) -> tuple[str, str]:
    """Return a curve's value at the cursor, or its newest one, as it came, and smoothed where it is."""
    raw = next(
        (t for t in composed.figure.traces if t.faint and t.label == trace.label and t.mark == trace.mark), trace
    )
    points = raw.points
    if not len(points.at):
        return NOTHING, ""
    row = len(points.at) - 1 if view.cursor is None else points.find(view.cursor)
    if view.cursor is not None and not _is_near(points.at, row, view.cursor):
        return NOTHING, ""
    low, high, value = points.low[row], points.high[row], points.last[row]
    several = view.cursor is not None and low < high
    text = f"{format_number(low)} to {format_number(high)}" if several else format_number(value)
    return text, "" if raw is trace or math.isnan(trace.points.last[row]) else format_number(trace.points.last[row])


def _is_near(at: Sequence[float], row: int, place: float) -> bool:
    """Tell whether a row says something of a place: one that is further off than the next row does not."""
    gaps = [at[right] - at[right - 1] for right in (row, row + 1) if 0 < right < len(at)]
    return abs(at[row] - place) <= max(max(gaps, default=0.0) * 0.75, 1e-9)
