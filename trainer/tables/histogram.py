"""Histograms drawn in characters: columns that grow in eighths of a cell."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLOCKS, ASCII = " ▁▂▃▄▅▆▇█", " .:-=+*#%@"
FEWEST_BINS = 8


def count_values(values: NDArray[np.float32], low: float, high: float, columns: int) -> list[int]:
    """Count values in equal bins from low to high, what lies outside in the first or the last; return (columns,).

    Of few values the bins are several columns wide, so that they show a shape and not single values.
    """
    bins = min(columns, max(FEWEST_BINS, int(2 * len(values) ** 0.5)))
    counts = np.histogram(np.clip(values, low, high), bins=bins, range=(low, high))[0]
    return [int(counts[column * bins // columns]) for column in range(columns)]


def draw_columns(counts: Sequence[int], height: int, glyphs: str = BLOCKS) -> list[str]:
    """Draw a column per count, the highest `height` lines high, top line first; what is not zero is never unseen."""
    steps = len(glyphs) - 1
    top = max([*counts, 1])
    levels = [max(round(count / top * height * steps), 1) if count else 0 for count in counts]
    return [
        "".join(glyphs[min(max(level - line * steps, 0), steps)] for level in levels)
        for line in reversed(range(height))
    ]


def draw_axis(low: float, high: float, columns: int, digits: int) -> str:
    """Return the line below the columns: the ends of the axis and its middle, where there is room."""
    left, middle, right = (f"{value:,.{digits}f}".replace("-", "−") for value in (low, (low + high) / 2, high))
    room = columns - len(left) - len(right)
    between = middle if room >= len(middle) + 2 else ""
    start = (columns - len(between)) // 2 - len(left)
    return f"{left}{' ' * start}{between}".ljust(columns - len(right)) + right
