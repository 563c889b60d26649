"""Bars and fields: a share as a line of cells, and short facts put into as few lines as they need."""

import math

from amn_tui.ui.glyphs import Glyphs
from amn_tui.ui.line import Line, Part, Tone, crop, join_parts, measure
from amn_tui.ui.quantity import format_share

LEAST_BAR = 4  # fewer cells say nothing


def fill_bar(share: float, cells: int, glyphs: Glyphs) -> tuple[str, str]:
    """Return the done and the open part of a bar; half a cell is the smallest step."""
    halves = round(min(1.0, max(0.0, share)) * cells * 2) if math.isfinite(share) else 0
    done = glyphs.bar_done * (halves // 2) + (glyphs.bar_half if halves % 2 else "")
    return done, glyphs.bar_rest * (cells - len(done))


def draw_bar(head: str, share: float | None, width: int, glyphs: Glyphs) -> Line:
    """Draw `epoch 6/20 ━━━━━╸──── 30 %`; without a share, or without room, no bar."""
    if share is None or not math.isfinite(share):
        return (Part(head),)
    tail = f" {format_share(share):>5}"
    room = width - len(head) - len(tail) - 2
    if room < LEAST_BAR:
        return (Part(head), Part(tail, Tone.DIM))
    done, rest = fill_bar(share, room, glyphs)
    return (Part(head + "  "), Part(done, Tone.HERE), Part(rest, Tone.TRACK), Part(tail, Tone.STRONG))


def flow(fields: list[Line], width: int) -> list[Line]:
    """Put fields into as few lines as they need, none broken in two."""
    lines: list[Line] = []
    row: list[Line] = []
    between = Part("  ")
    for field in fields:
        if row and measure(join_parts([*row, field], between)) > width:
            lines.append(join_parts(row, between))
            row = []
        row.append(field)
    return [crop(line, width) for line in ([*lines, join_parts(row, between)] if row else lines)]
