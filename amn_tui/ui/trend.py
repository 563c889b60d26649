"""A number with its history: one row with a name, the newest value, and where there is room a bar or a sparkline."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from amn_tui.run.model import Run
from amn_tui.ui.bar import LEAST_BAR, fill_bar, flow
from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, cut, fit

KEPT_EPOCHS = 60  # no row has room for more
LABEL_CELLS = (9, 16)  # at least, at most: panes that stand below each other have the same columns
WORDS_CELLS = (9, 14)
MOST_SPARK = 32
TALL_SPARK = 8  # cells: a narrower spark says no more with more rows
MOST_HEIGHT = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """`words` is the newest value; `values` the history, newest last, drawn between the two numbers of `span`.

    Without a span the history is drawn between its own lowest and highest value; `say` puts both in words where there
    is room. `share` (0 to 1) is drawn as a bar. Of a history that is `whole`, as that of a loss, all is drawn however
    narrow the row: the last four of sixty epochs would make a climb of what is noise.
    """

    label: str
    words: str
    values: tuple[float, ...] = ()
    span: tuple[float, float] | None = None
    share: float | None = None
    tone: Tone = Tone.VAL
    say: Callable[[float], str] | None = None
    whole: bool = False


def squeeze(values: Sequence[float], cells: int) -> Sequence[float]:
    """Return no more values than cells: of those that share a cell what is not finite, else what stands out most."""
    if len(values) <= cells or cells <= 0:
        return values
    finite = [value for value in values if math.isfinite(value)]
    middle = sorted(finite)[len(finite) // 2] if finite else 0.0
    edges = [round(cell * len(values) / cells) for cell in range(cells + 1)]
    shares = (values[first:last] for first, last in itertools.pairwise(edges))
    return [max(share, key=lambda value: abs(value - middle) if math.isfinite(value) else math.inf) for share in shares]


def say_extent(values: Iterable[float], say: Callable[[float], str]) -> str:
    """Say between which two numbers a history lies; nothing where it stands still."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (say(min(finite)), say(max(finite))) if finite else ("", "")
    return f"{low} to {high}" if low != high else ""


def list_history(run: Run, metric: str) -> tuple[float, ...]:
    """Return the metric at the newest epochs, and within the epoch that is being made."""
    readings = [*run.curve.epochs[-KEPT_EPOCHS:], *([run.curve.step] if run.curve.step else [])]
    return tuple(reading.values[metric] for reading in readings if metric in reading.values)


def draw_spark(values: Sequence[float], cells: int, glyphs: Glyphs, span: tuple[float, float] | None = None) -> str:
    """Draw the newest `cells` values in one row, one a cell; what is not finite is a mark of its own."""
    return draw_high_spark(values, cells, 1, glyphs, span)[0]


def draw_high_spark(
    values: Sequence[float], cells: int, rows: int, glyphs: Glyphs, span: tuple[float, float] | None = None
) -> list[str]:
    """Draw the newest values in so many rows, the upper one first.

    The last eighth of the top row stays free, so that what stands above is not touched.
    """
    shown = values[-cells:] if cells > 0 else ()
    finite = [value for value in shown if math.isfinite(value)]
    low, high = span or (min(finite, default=0.0), max(finite, default=0.0))
    full = len(glyphs.levels) - 1

    def count_eighths(value: float) -> int:
        at = min(1.0, max(0.0, value / (high - low) - low / (high - low))) if high > low else 0.0
        return 1 + round(at * (rows * full - 2))

    def draw(value: float, row: int) -> str:
        if not math.isfinite(value):
            return glyphs.nonfinite if row == 0 else " "
        return glyphs.levels[min(full, max(0, count_eighths(value) - row * full))]

    return ["".join(draw(value, row) for value in shown) for row in reversed(range(rows))]


def draw_trends(trends: Sequence[Trend], width: int, glyphs: Glyphs, budget: int = 0) -> list[Line]:
    """Draw one row a trend, names and values in columns; higher histories while there are `budget` rows for all."""
    label_cells = min(LABEL_CELLS[1], max(LABEL_CELLS[0], *(len(trend.label) for trend in trends))) if trends else 0
    words_cells = min(WORDS_CELLS[1], max((len(trend.words) for trend in trends), default=0))
    words_cells = max(words_cells, min(WORDS_CELLS[0], width - label_cells - 1))
    room = width - label_cells - 1 - words_cells - 2
    rows = _choose_rows(trends, budget) if room >= TALL_SPARK else 1
    return [line for trend in trends for line in _draw_trend(trend, (label_cells, words_cells, room), glyphs, rows)]


def _choose_rows(trends: Sequence[Trend], budget: int) -> int:
    """Return how high the histories may be: all the same, and the higher the fewer there are."""
    histories = sum(_has_history(trend) for trend in trends)
    return max(1, min(MOST_HEIGHT, 1 + (budget - len(trends)) // histories)) if histories else 1


def _has_history(trend: Trend) -> bool:
    """Tell whether there is anything to see: a history that stands still is a line in one row."""
    finite = {value for value in trend.values if math.isfinite(value)}
    return trend.share is None and (len(finite) > 1 or (trend.span is not None and len(trend.values) > 1))


def _draw_trend(trend: Trend, cells: tuple[int, int, int], glyphs: Glyphs, rows: int) -> list[Line]:
    label_cells, words_cells, room = cells
    head = [
        Part(fit(trend.label, label_cells, glyphs.ellipsis) + " ", Tone.DIM),
        Part(
            fit(trend.words, words_cells, glyphs.ellipsis, right=True),
            Tone.PLAIN if trend.share is None else trend.tone,
        ),
    ]
    if trend.share is not None and room >= LEAST_BAR:
        long = room if room < 3 * LEAST_BAR or len(trend.values) < 2 else room // 2
        done, rest = fill_bar(trend.share, long, glyphs)
        head += [Part("  "), Part(done, trend.tone), Part(rest, Tone.TRACK)]
        room -= long + 2
    if len(trend.values) < 2 or room < LEAST_BAR:
        return [tuple(head)]
    high = rows if _has_history(trend) else 1
    room = min(room, MOST_SPARK)
    values = squeeze(trend.values, room) if trend.whole else trend.values[-room:]
    sparks = draw_high_spark(values, room, high, glyphs, trend.span)
    used = label_cells + 1 + words_cells
    extent = say_extent(values, trend.say) if trend.say else ""
    heads = [head, [Part(fit(extent, used, glyphs.ellipsis, right=True), Tone.DIM)]]
    heads += [[Part(" " * used)]] * max(0, len(sparks) - 2)
    return [(*left, Part("  "), Part(spark, trend.tone)) for left, spark in zip(heads, sparks, strict=False)]


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
