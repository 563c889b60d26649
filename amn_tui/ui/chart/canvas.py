"""A grid of cells to draw dots, lines, marks and shades on: Braille where it can be shown, else one dot a cell."""

from amn_tui.ui.line import OVERLAY_TONES, Line, Part, Tone

BLANK_BRAILLE = 0x2800
DOT_BITS = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))  # from the bottom up; left, right
# The bits of the dots from one height of a cell to another, left and right.
RUNS = tuple(
    tuple(tuple(sum(DOT_BITS[y][side] for y in range(low, high + 1)) for high in range(4)) for low in range(4))
    for side in range(2)
)
BRAILLE = [" ", *(chr(BLANK_BRAILLE + bits) for bits in range(1, 256))]
BOUND = "="  # of ASCII, and whatever else has no sign of its own
ASCII_DOTS = {
    Tone.TRACK: ":", Tone.VAL: "*", Tone.TRAIN: ".", Tone.OOD: "o", Tone.TRIVIAL: "-", Tone.HERE: "|",
    **dict.fromkeys(OVERLAY_TONES, "~"),
}  # fmt: skip


class Canvas:
    """`width` x `height` cells; dots are counted from the bottom left. What is drawn later lies on top."""

    def __init__(self, width: int, height: int, *, braille: bool) -> None:
        """Start blank; cell (column, row) is number row * width + column."""
        self.width, self.height, self.braille = width, height, braille
        self.across, self.up = (2, 4) if braille else (1, 1)
        self.dots_across, self.dots_up = width * self.across, height * self.up
        self.bits = bytearray(width * height)
        self.tones: list[Tone] = [Tone.PLAIN] * (width * height)
        self.marks: dict[tuple[int, int], tuple[str, Tone]] = {}
        self.shades: dict[tuple[int, int], Tone] = {}

    def dot(self, x: int, y: int, tone: Tone) -> None:
        """Set one dot; outside the grid nothing happens."""
        if 0 <= x < self.dots_across and 0 <= y < self.dots_up:
            cell = y // self.up * self.width + x // self.across
            self.bits[cell] |= DOT_BITS[y % 4][x % 2] if self.braille else 1
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
        low, high = max(low, 0), min(high, self.dots_up - 1)
        bits, tones, width, up = self.bits, self.tones, self.width, self.up
        first, last = low // up, high // up
        cell = first * width + x // self.across
        runs = RUNS[x % self.across]
        bottom, top = (low % 4, high % 4) if self.braille else (0, 0)
        for row in range(first, last + 1):
            bits[cell] |= runs[bottom if row == first else 0][top if row == last else 3]
            tones[cell] = tone
            cell += width

    def is_free(self, column: int, row: int, cells: int) -> bool:
        """Tell whether so many cells are there and have nothing drawn in them."""
        if not (0 <= row < self.height and column >= 0 and column + cells <= self.width):
            return False
        start = row * self.width + column
        return not any(self.bits[start : start + cells]) and not any(
            (at, row) in self.marks for at in range(column, column + cells)
        )

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
        marks: dict[int, list[tuple[int, str, Tone]]] = {}
        for (column, row), (glyph, tone) in self.marks.items():
            marks.setdefault(row, []).append((column, glyph, tone))
        shades: dict[int, dict[int, Tone]] = {}
        for (column, row), tone in self.shades.items():
            shades.setdefault(row, {})[column] = tone
        return [self._draw_row(row, marks.get(row, []), shades.get(row, {})) for row in range(self.height - 1, -1, -1)]

    def _draw_row(self, row: int, marks: list[tuple[int, str, Tone]], shades: dict[int, Tone]) -> Line:
        cells = slice(row * self.width, (row + 1) * self.width)
        bits, tones = self.bits[cells], self.tones[cells]
        if not marks and not shades and not any(bits):
            return (Part(" " * self.width),)
        if self.braille:
            glyphs = [BRAILLE[bit] for bit in bits]
        else:
            glyphs = [ASCII_DOTS.get(tone, BOUND) if bit else " " for bit, tone in zip(bits, tones, strict=True)]
        for column, glyph, tone in marks:
            glyphs[column], tones[column] = glyph, tone
        return _join_cells(glyphs, tones, shades)


def _join_cells(glyphs: list[str], tones: list[Tone], shades: dict[int, Tone]) -> Line:
    """Join neighbours that are drawn alike; a blank one is drawn as its neighbour is."""
    parts: list[Part] = []
    start, tone, ground = 0, tones[0], shades.get(0)
    for column, glyph in enumerate(glyphs):
        here = shades.get(column) if shades else None
        if here is not ground or (tones[column] is not tone and glyph != " "):
            parts.append(Part("".join(glyphs[start:column]), tone, ground))
            start, tone, ground = column, tones[column], here
    return (*parts, Part("".join(glyphs[start:]), tone, ground))
