"""What of a log can be scrolled through: its index, and which of the lines are shown, row by row."""

from dataclasses import dataclass

from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_rows import LogRows


@dataclass(frozen=True, slots=True, eq=False)
class ShownLog:
    """Rows from 0 on, each a line of `index`; `rows` None shows every line, `index` None none."""

    index: LogIndex | None = None
    rows: LogRows | None = None

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.rows) if self.rows is not None else self.index.count if self.index else 0

    def find_number(self, row: int) -> int:
        """Return which line of the index a row shows."""
        return row if self.rows is None or self.index is None else self.index.find_line(self.rows[row])

    def find_start(self, row: int) -> int:
        """Return where in the file the line of a row begins."""
        return self.rows[row] if self.rows is not None else self.index.starts[row] if self.index else 0

    def find_row(self, start: int) -> int:
        """Return which row shows the line that begins at `start`, or the next one that is shown."""
        if self.rows is not None:
            return self.rows.find_row(start)
        return self.index.find_line(start) if self.index else 0

    def is_shown(self, start: int) -> bool:
        """Tell whether a row shows the line that begins at `start`."""
        row = self.find_row(start)
        return row < len(self) and self.find_start(row) == start

    def count_folded(self, row: int) -> int:
        """Return for how many lines of the file a row stands."""
        return self.rows.count_folded(self.rows[row]) if self.rows is not None else 1

    def is_of_same_file(self, other: "ShownLog") -> bool:
        """Tell whether both are of one file, neither truncated nor replaced in between; not where there is none."""
        return self.index is not None and other.index is not None and self.index.generation == other.index.generation

    def has_same_rows(self, other: "ShownLog") -> bool:
        """Tell whether a row shows the same line in both, as far as both have it."""
        if not self.is_of_same_file(other) or self.index is None or other.index is None:
            return False
        if self.rows is None or other.rows is None:
            return self.rows is other.rows and self.index.starts is other.index.starts
        return self.rows.starts is other.rows.starts and self.index.starts is other.index.starts
