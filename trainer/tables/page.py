"""What people read: how wide it may be, which characters and colours the stream can show."""

import os
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from trainer.tables.histogram import ASCII, BLOCKS

NARROW, WIDE = 80, 160
_PLAIN = str.maketrans({"−": "-", "─": "-", "–": "-", "…": ".", "×": "x", "·": ".", "→": ">"})
_STYLES = {"bold": "1", "dim": "2", "PASS": "1;32", "WARN": "1;33", "FAIL": "1;31", "ERROR": "1;31"}


@dataclass(frozen=True, slots=True)
class Page:
    """Columns to fill, the characters that histograms are drawn in, and whether there is colour."""

    width: int = NARROW
    glyphs: str = BLOCKS
    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """Return text in a style: bold, dim, or a verdict's."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def show(self, stream: TextIO, lines: Iterable[str]) -> None:
        """Write lines; what the stream's encoding cannot say is replaced."""
        for line in lines:
            plain = line if self.glyphs == BLOCKS else line.translate(_PLAIN)
            encoding = stream.encoding or "utf-8"
            stream.write(plain.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()


def lay_out(stream: TextIO) -> Page:
    """Return the page for a stream: the terminal's width from 80 on, colour on a terminal unless NO_COLOR is set."""
    width = shutil.get_terminal_size((NARROW, 24)).columns
    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    try:
        (BLOCKS + "−─…×→–").encode(stream.encoding or "ascii")
        glyphs = BLOCKS
    except UnicodeError:
        glyphs = ASCII
    return Page(min(max(width, NARROW), WIDE), glyphs, colour)


def measure_width(text: str) -> int:
    """Return how many cells text takes: wide characters two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def fit(text: str, cells: int) -> str:
    """Return text cut or padded to so many cells."""
    if measure_width(text) > cells:
        while text and measure_width(text) > cells - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (cells - measure_width(text))
