"""The disk that a run writes to: how much room there is, and which errors mean that there is none."""

import errno
import os
from pathlib import Path

# Room may come back; a limit on the size of files, a broken or a read-only disk will not mend while one waits.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
UNITS = ("B", "kB", "MB", "GB", "TB")
CHECKPOINTS_OF_ROOM = 3  # `last` and `best`, and the one being written before it replaces one of them


def read_room(folder: Path) -> int | None:
    """Return the bytes that may still be written where `folder` is; None when that cannot be known."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    return status.f_bavail * status.f_frsize


def is_full(error: OSError) -> bool:
    """Tell whether this failed for want of room."""
    return error.errno in FULL


def say_bytes(count: float) -> str:
    """Return a number of bytes as a person reads it: 1.5 GB."""
    unit = 0
    while count >= 1000 and unit < len(UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.0f} {UNITS[unit]}" if unit == 0 or count >= 100 else f"{count:.1f} {UNITS[unit]}"


def explain(error: OSError, folder: Path) -> str:
    """Say what failed, and of a full disk how full it is."""
    place = f"{error.filename}: " if error.filename else ""
    words = f"{place}{error.strerror or error}"
    if not is_full(error):
        return words
    room = read_room(folder)
    return f"{words}: the disk is full" + ("" if room is None else f", {say_bytes(room)} are free")
