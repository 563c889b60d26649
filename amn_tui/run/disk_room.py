"""The room on the disk of a run: measured by the guard for its gate, and by each monitor, for a full disk is silent."""

from dataclasses import dataclass
from pathlib import Path

from amn_tui.run.folder import RunFolder
from amn_tui.run.model import ProblemFound
from checks.disk import CHECKPOINTS_OF_ROOM, read_room, say_bytes
from trainer.header import BEST, LAST

LITTLE_BYTES = 1 << 20  # with less, nothing more can be counted on to be written
NEEDED_BYTES = 500_000_000  # below this it is time to make room, before anything has to wait
WHERE = "disk"


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """How much may still be written, and how much the run may need: three checkpoints, and some for its log."""

    free_bytes: int
    needed_bytes: int


def measure_room(folder: RunFolder) -> DiskRoom | None:
    """Return the room on the disk of a run; None when it cannot be known."""
    free = read_room(folder.path)
    if free is None:
        return None
    largest = max(_measure(folder.checkpoints / name) for name in (LAST, BEST))
    return DiskRoom(free, max(NEEDED_BYTES, CHECKPOINTS_OF_ROOM * largest))


def is_full(folder: RunFolder) -> bool:
    """Tell whether nothing more can be counted on to be written; False when that cannot be known."""
    room = read_room(folder.path)
    return room is not None and room < LITTLE_BYTES


def _measure(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class DiskWatch:
    """Tells once that a disk is full, and once that it no longer is."""

    def __init__(self, folder: Path) -> None:
        """Watch the disk of `folder`."""
        self._folder = folder
        self._full = False

    def look(self, *, going: bool) -> list[ProblemFound]:
        """Return what is new; of a run that is not `going` the disk is nobody's concern."""
        room = read_room(self._folder)
        full = going and room is not None and room < LITTLE_BYTES
        if full is self._full:
            return []
        self._full = full
        if not full or room is None:
            return [ProblemFound(WHERE, "")]
        words = f"the disk is full, {say_bytes(room)} are free: log and checkpoints wait until there is room"
        return [ProblemFound(WHERE, words)]
