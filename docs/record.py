"""Record docs/demo.svg: `amn-tui launch demo` on a terminal of its own, as an animated SVG. python docs/record.py

Every picture is what a terminal shows then (pyte), its text is text, and CSS alone moves on from one to the next. The
run is the demo's plan with fewer epochs; of what is drawn in between a part is kept, and waits are cut short.
"""

import html
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import pyte
from pyte.screens import Char

from benchmarks.terminal import COLUMNS, ROWS, Terminal

OUT = Path(__file__).with_name("demo.svg")
LAUNCH = (sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "launch", "demo")
CELL, LINE = 8.4, 18  # of a monospaced font of 14
BACK, FORE = "#14171c", "#d3d8e0"
EVERY_S, LONGEST_S, LAST_S = 0.7, 0.7, 5.0
MOST_FRAMES = 44
MOST_S = 240.0
NAMED = {"black": "#14171c", "red": "#ef6a63", "green": "#62bf7f", "brown": "#e2b04a", "blue": "#7aa7e8",
         "magenta": "#b79cf0", "cyan": "#7fc8c8", "white": "#d3d8e0"}  # fmt: skip
Row = tuple[Char, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the screen showed from `at_s` on."""

    at_s: float
    rows: tuple[Row, ...]


class Recorder:
    """Reads a program's terminal and keeps a picture now and then."""

    def __init__(self, terminal: Terminal) -> None:
        """Record from now on."""
        self.terminal, self.frames = terminal, list[Frame]()
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._began_s = time.monotonic()

    def follow(self, words: str, *, extra_s: float = 0.0) -> None:
        """Record until the words are on the screen, and a while longer."""
        until_s = None
        while until_s is None or time.monotonic() < until_s:
            self.terminal.forget()
            if self.terminal.read(0.1):
                self._stream.feed(self.terminal.drawn)
            now_s = time.monotonic() - self._began_s
            if not self.frames or now_s - self.frames[-1].at_s >= EVERY_S:
                self._keep(now_s)
            if until_s is None and any(words in line for line in self._screen.display):
                until_s = time.monotonic() + extra_s
            if now_s > MOST_S:
                raise TimeoutError(f"never seen: {words}")
        self._keep(time.monotonic() - self._began_s)

    def _keep(self, at_s: float) -> None:
        rows = tuple(tuple(self._screen.buffer[y][x] for x in range(COLUMNS)) for y in range(ROWS))
        if not self.frames or self.frames[-1].rows != rows:
            self.frames.append(Frame(at_s, rows))


def draw_svg(frames: Sequence[Frame]) -> str:
    """Return one SVG; a row that stays for several pictures is in it once."""
    starts = time_frames(frames)
    total_s = starts[-1] + LAST_S
    width, height = COLUMNS * CELL + 16, ROWS * LINE + 16
    styles: dict[str, str] = {}
    body, rules = [], []
    for y in range(ROWS):
        runs = groupby(range(len(frames)), key=lambda number, y=y: frames[number].rows[y])
        for row, numbers in runs:
            first, last = (span := list(numbers))[0], span[-1]
            marks = draw_row(row, styles)
            if not marks:
                continue
            begin, end = starts[first], starts[last + 1] if last + 1 < len(frames) else total_s
            name = ""
            if end - begin < total_s - 1e-6:
                name = f' class="k{len(rules)}"'
                rules.append(animate(len(rules), begin / total_s, end / total_s))
            body.append(f'<g{name} transform="translate(8 {8 + y * LINE})">{marks}</g>')
    looks = "".join(f".{name}{{{style}}}" for style, name in styles.items())
    moves = (
        f"g[class]{{visibility:hidden;animation-duration:{total_s:.1f}s;"
        f"animation-iteration-count:infinite;animation-timing-function:step-end}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-size="14" '
        f"font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\"><title>amn-tui launch demo</title>"
        f"<style>text{{white-space:pre;fill:{FORE}}}{looks}{moves}{''.join(rules)}</style>"
        f'<rect width="100%" height="100%" rx="6" fill="{BACK}"/>{"".join(body)}</svg>\n'
    )


def thin_out(frames: Sequence[Frame]) -> list[Frame]:
    """Return so many pictures that the file stays small; the last ones, where keys are pressed, all stay."""
    end = max(0, len(frames) - MOST_FRAMES // 6)
    step = max(1, math.ceil(end / (MOST_FRAMES - (len(frames) - end))))
    return [*frames[:end:step], *frames[end:]]


def time_frames(frames: Sequence[Frame]) -> list[float]:
    """Return when each picture begins, with long waits cut short."""
    starts = [0.0]
    for before, after in pairwise(frames):
        starts.append(starts[-1] + min(LONGEST_S, after.at_s - before.at_s))
    return starts


def animate(number: int, begin: float, end: float) -> str:
    """Return the rule of what is to be seen from one share of the whole to another."""
    steps = [(0.0, "visible" if begin <= 0 else "hidden"), (begin, "visible"), (end, "hidden")]
    keys = "".join(f"{100 * at:.3f}%{{visibility:{seen}}}" for at, seen in dict(steps).items() if at < 1)
    return f".k{number}{{animation-name:k{number}}}@keyframes k{number}{{{keys}}}"


def draw_row(row: Row, styles: dict[str, str]) -> str:
    """Return the marks of one row: grounds as rectangles, text as text, each piece at its own cell."""
    marks = []
    for style, cells in _group(row):
        fore, back, bold = style
        text = "".join(char.data for _, char in cells)
        x, span = cells[0][0] * CELL, len(cells) * CELL
        if back != BACK:
            marks.append(f'<rect x="{x:g}" width="{span + 0.2:g}" height="{LINE}" fill="{back}"/>')
        if text.strip():
            look = f"fill:{fore}" + (";font-weight:bold" if bold else "")
            name = styles.setdefault(look, f"s{len(styles)}") if look != f"fill:{FORE}" else ""
            attribute = f' class="{name}"' if name else ""
            # The length is told, so that whatever font the reader has, cells stay where they are.
            marks.append(f'<text{attribute} x="{x:g}" y="13" textLength="{span:g}">{html.escape(text)}</text>')
    return "".join(marks)


def _group(row: Row) -> "Iterable[tuple[tuple[str, str, bool], list[tuple[int, Char]]]]":
    """Yield pieces of a row that look alike, without the empty end."""

    def look(cell: tuple[int, Char]) -> tuple[str, str, bool]:
        char = cell[1]
        fore, back = _name(char.fg, FORE), _name(char.bg, BACK)
        return (back, fore, char.bold) if char.reverse else (fore, back, char.bold)

    return ((style, list(cells)) for style, cells in groupby(enumerate(row), key=look))


def _name(colour: str, default: str) -> str:
    if colour == "default":
        return default
    found = NAMED.get(colour.removeprefix("bright"), f"#{colour}")
    return default if found == f"#{colour}" and len(colour) != 6 else found


def main() -> None:
    """Launch, watch to the end, open the chart, and write the picture."""
    os.environ["COLORTERM"] = "truecolor"
    with tempfile.TemporaryDirectory() as place:
        argv = [*LAUNCH, "--run-dir", str(Path(place) / "demo"), "--set", "train.epochs=8"]
        with Terminal(argv, cwd=Path(place)) as terminal:
            recorder = Recorder(terminal)
            recorder.follow("COMPLETED", extra_s=2.0)
            terminal.press("c")
            recorder.follow("COMPLETED", extra_s=3.0)
            terminal.press("q")
    frames = thin_out(recorder.frames)
    svg = draw_svg(frames)
    OUT.write_text(svg, "utf-8")
    print(f"{OUT}: {len(frames)} pictures, {len(svg) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
