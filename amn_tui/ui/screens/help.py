"""The keys, read from the bindings themselves, so that help cannot lie."""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations, pairwise, zip_longest
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from amn_tui.ui.keymap import Group, Keys, list_keys, show_key
from amn_tui.ui.line import Line, Part, Tone, fit, measure, wrap
from amn_tui.ui.screens.explanation import Explanation

KEY_GAP = 2  # between the keys and what they do
COLUMN_CELLS = (50, 70)  # at least, at most
GAP = 4  # between two columns
EDGE_CELLS, EDGE_ROWS = 6, 6  # of the box around the text, with its keys
SHARE = (0.94, 0.9)  # of the screen that the box may take: monitor.tcss


def list_help(bindings: Iterable[BindingType], keys: Keys) -> list[tuple[str, str]]:
    """Return (keys, what they do) of every binding; `keys` are a person's own."""
    rows = []
    for binding in bindings:
        if isinstance(binding, Binding) and binding.description:
            shown = ", ".join(map(show_key, list_keys(binding, keys)))
            rows.append((shown, binding.tooltip or binding.description))
    return rows


def draw_help(groups: Sequence[Group], own: Keys, width: int, columns: int = 1) -> list[Line]:
    """Draw the bindings in columns of about one height; a group stands whole in one of them."""
    cells = (width - GAP * (columns - 1)) // columns
    cuts = combinations(range(1, len(groups)), min(columns, len(groups)) - 1)
    ways = [[_draw_column(groups[a:b], own, cells) for a, b in pairwise((0, *cut, len(groups)))] for cut in cuts]
    shortest = min(ways, key=lambda way: max(map(len, way)))
    return [_join(row, cells) for row in zip_longest(*shortest, fillvalue=())]


def _draw_column(groups: Sequence[Group], own: Keys, width: int) -> list[Line]:
    """Draw groups below each other, an empty line between them; what the keys do begins in one cell for all."""
    listed = [(group.title, list_help(group.bindings, own)) for group in groups]
    key_cells = max((cell_len(keys) for _, rows in listed for keys, _ in rows), default=0) + KEY_GAP
    lines: list[Line] = []
    for title, rows in listed:
        lines += [*([()] if lines else []), (Part(title, Tone.STRONG),)]
        for keys, words in rows:
            first, *more = wrap(words, width - key_cells)
            lines.append((Part(fit(keys, key_cells), Tone.HERE), Part(first)))
            lines += [(Part(" " * key_cells), Part(line)) for line in more]
    return lines


def _join(row: Sequence[Line], cells: int) -> Line:
    """Put what stands in one row of the columns beside each other."""
    *others, last = row
    return (*chain.from_iterable((*line, Part(" " * (cells + GAP - measure(line)))) for line in others), *last)


def choose_columns(groups: Sequence[Group], own: Keys, width: int, rows: int) -> tuple[int, int]:
    """Return how many columns there are in the room for the text, and how wide all of them are.

    As few as show everything at once; where it has to scroll, as many as fit.
    """
    least, most = COLUMN_CELLS
    chosen = 1, min(width, most)
    for columns in range(1, len(groups) + 1):
        gaps = GAP * (columns - 1)
        cells = min(width, most * columns + gaps)
        if columns > 1 and cells < least * columns + gaps:
            break
        chosen = columns, cells
        if len(draw_help(groups, own, cells, columns)) <= rows:
            break
    return chosen


class HelpScreen(Explanation):
    """Shows the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "close", "close help", id="help")]

    def __init__(self, groups: Sequence[Group], keys: Keys) -> None:
        """Show these groups of bindings, with a person's own keys."""
        super().__init__("Keys", lambda width: draw_help(groups, keys, width, self.columns))
        self.groups, self.own, self.columns = groups, keys, 1

    def on_resize(self) -> None:
        """Make the box as wide as the columns are for which there is room."""
        width, height = self.app.size
        room = int(width * SHARE[0]) - EDGE_CELLS, int(height * SHARE[1]) - EDGE_ROWS
        self.columns, cells = choose_columns(self.groups, self.own, *room)
        self.query_one("#dialog").styles.width = cells + EDGE_CELLS
