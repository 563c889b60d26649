"""A number with its history: one row with a name, the newest value, and where there is room a bar or a sparkline."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amn_tui.run.model import Run
from amn_tui.ui.bar import LEAST_BAR, fill_bar, flow
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, cut, fit

KEPT_EPOCHS = 60  # no row has room for more
LABEL_CELLS = (9, 16)  # at least, at most: panes that stand below each other have the same columns
WORDS_CELLS = (9, 14)
MOST_SPARK = 32


@dataclass(frozen=True, slots=True)
class Trend:
    """`words` is the newest value; `values` the history, newest last, drawn between the two numbers of `span`.

    Without a span the history is drawn between its own lowest and highest value. `share` (0 to 1) is drawn as a bar.
    """

    label: str
    words: str
    values: tuple[float, ...] = ()
    span: tuple[float, float] | None = None
    share: float | None = None
    tone: Tone = Tone.VAL


def list_history(run: Run, metric: str) -> tuple[float, ...]:
    """Return the metric at the newest epochs, and within the epoch that is being made."""
    readings = [*run.curve.epochs[-KEPT_EPOCHS:], *([run.curve.step] if run.curve.step else [])]
    return tuple(reading.values[metric] for reading in readings if metric in reading.values)


def draw_spark(values: Sequence[float], cells: int, glyphs: Glyphs, span: tuple[float, float] | None = None) -> str:
    """Draw the newest `cells` values, one a cell; what is not finite is a mark of its own."""
    shown = values[-cells:] if cells > 0 else ()
    finite = [value for value in shown if math.isfinite(value)]
    low, high = span or (min(finite, default=0.0), max(finite, default=0.0))
    levels = glyphs.levels[1:]

    def draw(value: float) -> str:
        if not math.isfinite(value):
            return glyphs.nonfinite
        if high <= low:
            return levels[0]
        at = min(1.0, max(0.0, value / (high - low) - low / (high - low)))
        return levels[round(at * (len(levels) - 1))]

    return "".join(map(draw, shown))


def draw_trends(trends: Sequence[Trend], width: int, glyphs: Glyphs) -> list[Line]:
    """Draw one row a trend, names and values in columns."""
    label_cells = min(LABEL_CELLS[1], max(LABEL_CELLS[0], *(len(trend.label) for trend in trends))) if trends else 0
    words_cells = min(WORDS_CELLS[1], max((len(trend.words) for trend in trends), default=0))
    words_cells = max(words_cells, min(WORDS_CELLS[0], width - label_cells - 1))
    room = width - label_cells - 1 - words_cells - 2
    return [_draw_trend(trend, label_cells, words_cells, room, glyphs) for trend in trends]


def _draw_trend(trend: Trend, label_cells: int, words_cells: int, room: int, glyphs: Glyphs) -> Line:
    tone = Tone.PLAIN if trend.share is None else trend.tone
    line = [
        Part(fit(trend.label, label_cells, glyphs.ellipsis) + " ", Tone.DIM),
        Part(fit(trend.words, words_cells, glyphs.ellipsis, right=True), tone),
    ]
    if trend.share is not None and room >= LEAST_BAR:
        cells = room if room < 3 * LEAST_BAR or len(trend.values) < 2 else room // 2
        done, rest = fill_bar(trend.share, cells, glyphs)
        line += [Part("  "), Part(done, trend.tone), Part(rest, Tone.TRACK)]
        room -= cells + 2
    if len(trend.values) > 1 and room >= LEAST_BAR:
        line += [Part("  "), Part(draw_spark(trend.values, min(room, MOST_SPARK), glyphs, trend.span), trend.tone)]
    return tuple(line)


def flow_trends(trends: Iterable[Trend], width: int, glyphs: Glyphs) -> Line:
    """Draw names and values in one line; how many had no room is said at its end."""
    fields: list[Line] = [
        (
            Part(f"{cut(trend.label, LABEL_CELLS[1], glyphs.ellipsis)} ", Tone.DIM),
            Part(cut(trend.words, WORDS_CELLS[1], glyphs.ellipsis)),
        )
        for trend in trends
    ]
    for shown in range(len(fields), 0, -1):
        more: list[Line] = [(Part(f"+{len(fields) - shown} more", Tone.DIM),)] if shown < len(fields) else []
        lines = flow([*fields[:shown], *more], width)
        if len(lines) == 1:
            return lines[0]
    return (Part(cut(f"+{len(fields)} more", width, glyphs.ellipsis), Tone.DIM),) if fields else ()


def keep_first(trends: Sequence[Trend], most: int, noun: str) -> tuple[Sequence[Trend], Line]:
    """Return the first trends, and the words that say how many more there are: none when all are kept."""
    left = len(trends) - most
    return trends[:most], (Part(f"+{left} more {noun}", Tone.DIM),) if left > 0 else ()
