"""Where in the log an epoch is: the line with which it ended, else the first one that names it."""

import re

from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import LogIndex
from amn_tui.ui.log_pattern import Level, match_epoch, match_level
from amn_tui.ui.log_scan import LogScan

_NUMBER = re.compile(r"\bEpoch (\d{1,9})\b", re.IGNORECASE)


def find_epoch(log: LogFile, index: LogIndex, epoch: int) -> int | None:
    """Return where the line of an epoch begins, None when there is none; not for the thread of the screen."""
    for ended in (True, False):
        scan = LogScan(log, [match_epoch(epoch, ended=ended)])
        scan.advance(index, budget_s=float("inf"))
        if len(scan.rows):
            return scan.rows[-1 if ended else 0]
    return None


def find_epoch_beside(log: LogFile, index: LogIndex, start: int, by: int) -> int | None:
    """Return where the next epoch line after `start` begins (`by` 1), or the one before it (-1); None at the end."""
    scan = LogScan(log, [match_level(Level.EPOCHS)])
    scan.advance(index, budget_s=float("inf"))
    at = scan.rows.find_row(start + 1) if by > 0 else scan.rows.find_row(start) - 1
    return scan.rows[at] if 0 <= at < len(scan.rows) else None
