"""What is searched for in the log and what of it is shown, with the scans that find out; knows no widget."""

from dataclasses import dataclass, replace

from amn_tui.ui.line_starts import LineStarts
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_pattern import Level, LinePattern, match_level
from amn_tui.ui.log_rows import LogRows
from amn_tui.ui.log_scan import LogScan


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to see: lines of a level that match the filter, progress bars folded, a search marked."""

    level: Level | None = None
    filter: LinePattern | None = None
    folds: bool = True
    search: LinePattern | None = None

    @property
    def is_filtered(self) -> bool:
        """Tell whether lines are left out."""
        return self.level is not None or self.filter is not None

    def list_patterns(self) -> list[LinePattern]:
        """Return what every line must match that is shown."""
        level = match_level(self.level) if self.level else None
        return [pattern for pattern in (level, self.filter) if pattern is not None]


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that was searched for; `wrapped` tells that the search went on at the other end."""

    start: int
    wrapped: bool


class LogFinding:
    """Keeps two scans: of the lines that are shown, where that is not all of them, and of those searched for."""

    def __init__(self, log: LogFile) -> None:
        """Want nothing yet."""
        self._log = log
        self.wanted = Wanted()
        self.view: LogScan | None = None
        self.hits: LogScan | None = None

    def want(self, wanted: Wanted) -> None:
        """Want something else; what is already known of it is kept."""
        before, self.wanted = self.wanted, wanted
        if replace(before, search=wanted.search) != wanted:
            self.view = self.hits = None
        if before.search is not wanted.search:
            self.hits = None

    def is_done(self, index: LogIndex) -> bool:
        """Tell whether everything that is wanted is known; makes the scans that are needed for it."""
        wanted = self.wanted
        if self.view is None and (wanted.is_filtered or (wanted.folds and index.has_bars)):
            self.view = LogScan(self._log, wanted.list_patterns(), fold=wanted.folds)
        if self.hits is None and wanted.search is not None:
            folds = wanted.folds and self.view is not None
            self.hits = LogScan(self._log, [*wanted.list_patterns(), wanted.search], fold=folds)
        return all(scan is None or scan.is_done(index) for scan in (self.view, self.hits))

    def advance(self, index: LogIndex) -> None:
        """Look a little further; for a thread that has time."""
        for scan in (self.view, self.hits):
            if scan is not None and not scan.is_done(index):
                scan.advance(index)
                return

    def pick_rows(self, index: LogIndex) -> LogRows | None:
        """Return the rows that are shown, None for all lines; folds are only made once all of them are known."""
        if self.view is None:
            return None
        if self.view.generation != index.generation:
            return LogRows(LineStarts()) if self.wanted.is_filtered else None
        return self.view.rows if self.wanted.is_filtered or self.view.index is not None else None

    def find_hit(self, start: int, by: int) -> Hit | None:
        """Return the next line after `start` that was searched for (`by` 1), or the one before it (-1)."""
        rows = self.hits.rows if self.hits else ()
        if not rows or self.hits is None:
            return None
        at = self.hits.rows.find_row(start + 1) if by > 0 else self.hits.rows.find_row(start) - 1
        return Hit(rows[at % len(rows)], not 0 <= at < len(rows))

    def find_nearest(self, start: int) -> Hit | None:
        """Return the first line from `start` on that was searched for, or else the last one before it."""
        if self.hits is None or not len(self.hits.rows):
            return None
        at = self.hits.rows.find_row(start)
        return Hit(self.hits.rows[min(at, len(self.hits.rows) - 1)], False)
