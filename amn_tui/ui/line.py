"""A line of the screen before Textual sees it: parts of text, each with the tone it is drawn in."""

import textwrap
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells, set_cell_size

from amn_tui.run.text import sanitize
from checks.verdict import Verdict


class Tone(StrEnum):
    """What a part of the screen means; monitor.tcss gives each its colour as the class `tone-NAME`."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    HERE = "here"
    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"
    VAL = "val"
    TRAIN = "train"
    OOD = "ood"
    TRIVIAL = "trivial"
    FLOOR = "floor"  # a bound that stops the run
    HINT = "hint"  # a bound that only warns
    BAND = "band"
    TRACK = "track"
    CHOSEN = "chosen"
    RUN_1 = "run-1"  # other runs on the full chart, whose screen alone has colours for them
    RUN_2 = "run-2"
    RUN_3 = "run-3"
    RUN_4 = "run-4"
    RUN_5 = "run-5"
    RUN_6 = "run-6"
    RUN_7 = "run-7"
    RUN_8 = "run-8"
    FOUND = "found"  # what was searched for


OVERLAY_TONES = tuple(tone for tone in Tone if tone.startswith("run-"))
VERDICT_TONES = {
    Verdict.PASS: Tone.PASS,
    Verdict.WARN: Tone.WARN,
    Verdict.FAIL: Tone.FAIL,
    Verdict.ERROR: Tone.ERROR,
    None: Tone.DIM,
}


class Part(NamedTuple):
    """Text in one tone, on the ground of another if `on` is given."""

    text: str
    tone: Tone = Tone.PLAIN
    on: Tone | None = None


Line: TypeAlias = tuple[Part, ...]


def measure(line: Line) -> int:
    """Return a line's width in cells."""
    return sum(cell_len(part.text) for part in line)


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Return foreign text, made safe, in at most `width` cells."""
    text = sanitize(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - cell_len(ellipsis))).rstrip() + ellipsis if width > 0 else ""


def fit(text: str, width: int, ellipsis: str = "…", *, right: bool = False) -> str:
    """Return foreign text, made safe, in exactly `width` cells: cut, or padded (on its left with `right`)."""
    text = cut(text, width, ellipsis)
    room = " " * max(0, width - cell_len(text))
    return room + text if right else text + room


def pad(text: str, width: int, tone: Tone, ellipsis: str = "…", *, right: bool = False) -> Line:
    """Return foreign text in exactly `width` cells, those beside it without its tone: reversed, they would shine."""
    shown = cut(text, width, ellipsis)
    room = Part(" " * max(0, width - cell_len(shown)))
    return (room, Part(shown, tone)) if right else (Part(shown, tone), room)


def wrap(text: str, width: int) -> list[str]:
    """Return foreign text, made safe, in lines of at most `width` cells."""
    lines = textwrap.wrap(sanitize(text), max(1, width)) or [""]
    return [piece for line in lines for piece in (chop_cells(line, max(1, width)) or [""])]


def say_dim(text: str, width: int) -> list[Line]:
    """Return words that stand where there is nothing yet to draw, wrapped."""
    return [(Part(line, Tone.DIM),) for line in wrap(text, width)]


def join_ends(left: Line, right: Line, width: int) -> Line:
    """Set one line at the left edge and one at the right; the right one goes when there is no room for both."""
    room = width - measure(left) - measure(right)
    return (*left, Part(" " * room), *right) if right and room >= 1 else left


def join_parts(fields: Sequence[Line], between: Part) -> Line:
    """Put lines behind each other with a separator; empty ones are left out."""
    joined: list[Part] = []
    for field in fields:
        if field:
            joined += ([between] if joined else []) + list(field)
    return tuple(joined)


def crop(line: Line, width: int) -> Line:
    """Return the line cut at `width` cells."""
    kept: list[Part] = []
    for part in line:
        room = width - measure(tuple(kept))
        if room <= 0:
            break
        kept.append(part if cell_len(part.text) <= room else part._replace(text=set_cell_size(part.text, room)))
    return tuple(kept)
