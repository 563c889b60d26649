"""Cosines between rows of a table by number: taken from the scan where it has them, and else measured."""

import numpy as np
from numpy.typing import NDArray

from checks.cosine import measure_cosines, normalize
from checks.pages import take_rows
from checks.scan import Scan
from checks.windows import Windows

PIECE_PAIRS = 4096


class RowPairs:
    """Pairs of a table's rows."""

    def __init__(self, windows: Windows, scan: Scan) -> None:
        """Look up pairs of the context rows of `windows`, whose scan is `scan`."""
        self._rows, self._scan = windows.context_rows, scan.contexts

    def measure(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosines of rows `here` with rows `there`, both (n,), as `checks.cosine` defines them."""
        found, known = self._scan.look_up(here, there)
        missing = np.flatnonzero(~known)
        for start in range(0, len(missing), PIECE_PAIRS):
            some = missing[start : start + PIECE_PAIRS]
            earlier, later = (normalize(take_rows(self._rows, rows[some])) for rows in (here, there))
            found[some] = measure_cosines(earlier, later)
        return found


def look_up_rows(windows: Windows, scan: Scan | None) -> RowPairs | None:
    """Return the pairs of a table's rows; None where contexts and targets are no rows of one table, or not scanned."""
    if scan is None or windows.table is None or scan.contexts is not scan.targets:
        return None
    return RowPairs(windows, scan)
