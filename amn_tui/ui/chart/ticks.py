"""Round numbers to write beside an axis, and how they are written there: all with the same digits."""

import math
from collections.abc import Sequence
from itertools import pairwise

from amn_tui.run.column import Axis
from amn_tui.ui.chart.scale import Scale, round_up

SECOND_STEPS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400)
UNITS = (("samples_per_s", "samples/s"), ("_bytes", "bytes"), ("percent", "%"), ("_share", "share of the loss"),
         ("seconds", "s"), ("_s", "s"), ("cosine", "cosine"))  # fmt: skip


def name_unit(metric: str) -> str:
    """Return what a metric is counted in, as far as its name tells."""
    return next((unit for ending, unit in UNITS if metric.endswith(ending) or ending == "cosine" in metric), "")


def list_ticks_between(low: float, high: float, most: int) -> list[float]:
    """Return round values from low to high, at most about `most` of them."""
    if not high > low:
        return [low]
    step = round_up((high - low) / max(1, most))
    digits = max(0, 2 - math.floor(math.log10(step)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, digits) if digits < 300 else i * step for i in range(first, last + 1)]


def list_decades(low: float, high: float, most: int) -> list[float]:
    """Return powers of ten, with their doubles and halves where there is room."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if 3 * len(powers) <= most else (1,)
    ticks = [float(f"{step}e{power}") for power in powers for step in steps]
    inside = [tick for tick in ticks if low <= tick <= high]
    thin = -(-len(inside) // max(1, most))
    return inside[::thin] if len(inside) > 1 else [low, high]


def write_ticks(values: Sequence[float]) -> list[str]:
    """Write numbers with the same decimals, as few as tell them apart; powers where that would be long."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest and (largest >= 1e5 or largest < 1e-3):
        return [_shorten(f"{value:.1e}") if value else "0" for value in values]
    ordered = sorted(values)
    nearest = min((right - left for left, right in pairwise(ordered) if right > left), default=largest)
    texts: list[str] = []
    for digits in range(2 if 0 < largest <= 10 else 0, 7):
        texts = [f"{value:.{digits}f}" for value in values]
        if all(abs(float(text) - value) <= nearest / 20 for text, value in zip(texts, values, strict=True)):
            break
    return texts


def _shorten(text: str) -> str:
    number, _, power = text.partition("e")
    return f"{number.removesuffix('.0')}e{int(power)}"


def place_ticks(scale: Scale, rows: int) -> dict[int, str]:
    """Return what to write beside which row, counted from 0 at the bottom; at least one row stays free between two."""
    most = max(2, (rows + 1) // 3)
    if scale.logarithmic:
        values = list_decades(scale.low, scale.high, most)
    else:
        values = list_ticks_between(scale.low, scale.high, most)
        values += [edge for edge in (scale.low, scale.high) if edge not in values]
    placed: dict[int, float] = {}
    for value in sorted(values, key=lambda value: value not in (scale.low, scale.high)):
        row = scale.place(value, rows)
        if all(abs(row - other) >= 2 for other in placed):
            placed[row] = value
    return dict(zip(placed, write_ticks(list(placed.values())), strict=True))


def list_places(axis: Axis, left: float, right: float, most: int) -> list[float]:
    """Return the places to name below a chart: whole epochs and steps, round times."""
    wanted = (right - left) / max(1, most)
    if axis is Axis.TIME:
        step = float(next((step for step in SECOND_STEPS if step >= wanted), 86_400 * math.ceil(wanted / 86_400)))
    else:
        step = float(math.ceil(round_up(wanted))) if wanted > 1 else 1.0
    multiples = range(math.ceil(left / step), math.floor(right / step) + 1)
    places = [place for i in multiples if left <= (place := i * step) <= right]
    if axis is Axis.EPOCH and step > 1 and left <= 1 <= right:
        return [1.0, *(place for place in places if place > 1)]
    return places


def write_place(axis: Axis, place: float) -> str:
    """Write a place on an axis: 12, 20,420 or 1h30."""
    if axis is not Axis.TIME:
        return f"{place:,.0f}" if axis is Axis.STEP or abs(place - round(place)) < 5e-3 else f"{place:,.2f}"
    seconds = round(place)
    if abs(seconds) < 120:
        return f"{seconds}s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 120:
        return f"{minutes}m{rest:02}" if rest else f"{minutes}m"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h{minutes:02}" if minutes else f"{hours}h"
    return f"{hours // 24}d{hours % 24:02}h" if hours % 24 else f"{hours // 24}d"
