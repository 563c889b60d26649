"""The other runs beside a run: what there is to compare it with, how each ended, and the best that it reached."""

import math
from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.folder import RunFolder
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.guard_events import RunEnded
from amn_tui.run.outcome import Outcome
from amn_tui.run.tail import read_end
from amn_tui.run.text import LINE_BYTES, decode_log_line
from amn_tui.run.track_file import HISTORY, TrackReader
from checks.derived import MAIN_METRIC
from checks.jsonl import decode_line
from trainer.events import EpochEnded

END_BYTES = 1 << 16
MOST_BYTES = 1 << 28  # of a longer log the end is looked at
MOST_RUNS = 500


@dataclass(frozen=True, slots=True)
class Sibling:
    """A run folder, how it ended (None: it did not, or nobody says), its best val_cosine, and its last sign of life."""

    path: Path
    outcome: Outcome | None
    best: float | None
    changed_s: float  # Unix seconds


def list_siblings(root: Path, itself: Path) -> list[Path]:
    """Return the run folders in `root` but `itself`, the newest first, at most MOST_RUNS; none if unreadable."""
    try:
        found = [path for path in root.iterdir() if path != itself and find_log(path) is not None]
    except OSError:
        return []
    return sorted(found, key=_read_changed, reverse=True)[:MOST_RUNS]


def find_log(path: Path) -> Path | None:
    """Return what of a run folder its numbers are in, None when it is none."""
    try:
        return next((log for log in (RunFolder(path).log, path / HISTORY) if log.is_file()), None)
    except OSError:
        return None


def read_sibling(path: Path) -> Sibling:
    """Read how a run ended and what it reached; what cannot be read is not known, never an error."""
    log = find_log(path)
    return Sibling(path, _read_outcome(path), None if log is None else _read_best(log), _read_changed(path))


def _read_outcome(path: Path) -> Outcome | None:
    try:
        lines = read_end(RunFolder(path).guard_log, END_BYTES).splitlines()
    except OSError:
        return None
    ended = (decode_line(line, (RunEnded,)) for line in reversed(lines))
    return next((event.outcome for event in ended if event is not None), None)


def _read_best(log: Path) -> float | None:
    """Return the best val_cosine of a log; lines of steps, most of any log, are passed over unread."""
    if log.suffix == ".json":
        reader = TrackReader(log)
        reader.read()
        column = reader.track.epochs.get(MAIN_METRIC)
        return max(column.high) if column and max(column.high) > -math.inf else None
    dialect, best = DetectedDialect(), -math.inf
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - MOST_BYTES))
            for line in stream:
                if b" step " in line or b" | Loss: " in line or len(line) > LINE_BYTES:
                    continue
                event = dialect.read(decode_log_line(line.rstrip(b"\r\n")))
                if isinstance(event, EpochEnded) and event.values.get(MAIN_METRIC, math.nan) > best:
                    best = event.values[MAIN_METRIC]
    except OSError:
        return None
    return best if math.isfinite(best) else None


def _read_changed(path: Path) -> float:
    try:
        return (find_log(path) or path).stat().st_mtime
    except OSError:
        return 0.0
