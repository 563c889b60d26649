"""A grid of cells to draw dots, lines, marks and shades on: Braille where it can be shown, else one dot a cell."""

from amn_tui.ui.line import Line, Part, Tone

BLANK_BRAILLE = 0x2800
DOT_BITS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))  # from the bottom up; left, right
# The bits of the dots from one height of a cell to another, left and right.
RUNS = tuple(
    tuple(tuple(sum(DOT_BITS[y][side] for y in range(low, high + 1)) for high in range(4)) for low in range(4))
    for side in range(2)
)
ASCII_DOTS = {Tone.TRACK: ":", Tone.VAL: "*", Tone.TRAIN: ".", Tone.OOD: "o", Tone.TRIVIAL: "-"}


class Canvas:
    """`width` x `height` cells; dots are counted from the bottom left. What is drawn later lies on top."""

    def __init__(self, width: int, height: int, *, braille: bool) -> None:
        """Start blank."""
        self.width, self.height, self.braille = width, height, braille
        self.across, self.up = (2, 4) if braille else (1, 1)
        self.bits: dict[tuple[int, int], int] = {}
        self.tones: dict[tuple[int, int], Tone] = {}
        self.marks: dict[tuple[int, int], tuple[str, Tone]] = {}
        self.shades: dict[tuple[int, int], Tone] = {}

    @property
    def dots_across(self) -> int:
        """Return how many dots a row has."""
        return self.width * self.across

    @property
    def dots_up(self) -> int:
        """Return how many dots a column has."""
        return self.height * self.up

    def dot(self, x: int, y: int, tone: Tone) -> None:
        """Set one dot; outside the grid nothing happens."""
        if 0 <= x < self.dots_across and 0 <= y < self.dots_up:
            cell = x // self.across, y // self.up
            bit = DOT_BITS[y % self.up][x % self.across] if self.braille else 1
            self.bits[cell] = self.bits.get(cell, 0) | bit
            self.tones[cell] = tone

    def draw_line(self, start: tuple[int, int], end: tuple[int, int], tone: Tone) -> None:
        """Draw dots from one point to another, both included."""
        (x0, y0), (x1, y1) = start, end
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for i in range(steps + 1):
            self.dot(round(x0 + (x1 - x0) * i / steps), round(y0 + (y1 - y0) * i / steps), tone)

    def draw_column(self, x: int, low: int, high: int, tone: Tone) -> None:
        """Draw the dots of one column from `low` to `high`, both included: a cell at a time."""
        if not 0 <= x < self.dots_across:
            return
        low, high, column = max(low, 0), min(high, self.dots_up - 1), x // self.across
        side = x % self.across
        for row in range(low // self.up, high // self.up + 1):
            cell, base = (column, row), row * self.up
            bit = RUNS[side][max(low - base, 0)][min(high - base, 3)] if self.braille else 1
            self.bits[cell] = self.bits.get(cell, 0) | bit
            self.tones[cell] = tone

    def is_free(self, column: int, row: int, cells: int) -> bool:
        """Tell whether so many cells are there and have nothing drawn in them."""
        if not (0 <= row < self.height and column >= 0 and column + cells <= self.width):
            return False
        return not any((at, row) in self.bits or (at, row) in self.marks for at in range(column, column + cells))

    def mark(self, column: int, row: int, text: str, tone: Tone) -> None:
        """Set characters over the dots, one a cell, as far as they are inside."""
        if 0 <= row < self.height:
            for at, glyph in enumerate(text, column):
                if 0 <= at < self.width:
                    self.marks[at, row] = glyph, tone

    def shade(self, column: int, row: int, tone: Tone) -> None:
        """Lay a ground under one cell."""
        self.shades[column, row] = tone

    def list_lines(self) -> list[Line]:
        """Return the rows from the top down, neighbours of one tone joined."""
        return [self._draw_row(row) for row in range(self.height - 1, -1, -1)]

    def _draw_row(self, row: int) -> Line:
        parts: list[Part] = []
        for column in range(self.width):
            glyph, tone = self._draw_cell(column, row)
            ground = self.shades.get((column, row))
            if parts and parts[-1].on is ground and (parts[-1].tone is tone or glyph == " "):
                parts[-1] = parts[-1]._replace(text=parts[-1].text + glyph)
            else:
                parts.append(Part(glyph, tone, ground))
        return tuple(parts)

    def _draw_cell(self, column: int, row: int) -> tuple[str, Tone]:
        cell = column, row
        if cell in self.marks:
            return self.marks[cell]
        bits = self.bits.get(cell, 0)
        tone = self.tones.get(cell, Tone.PLAIN)
        if not bits:
            return " ", tone
        return (chr(BLANK_BRAILLE + bits) if self.braille else ASCII_DOTS.get(tone, "=")), tone
