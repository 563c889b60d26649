"""The folder in which a table is made, and that takes its name by one rename or leaves nothing behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.errors import InputError


@contextmanager
def open_draft(output: Path) -> Iterator[Path]:
    """Give a new folder beside `output`, put on disk and renamed to it at the end, removed when anything is raised.

    Raises InputError when `output` is there already, or there is no folder to make it in.
    """
    _require_new(output)
    if not output.parent.is_dir():
        raise InputError("OUT", "", str(output), f"a name in a folder that exists: there is no {output.parent}")
    folder = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        yield folder
        for path in (*folder.iterdir(), folder):
            _flush(path)
        _require_new(output)  # again: a rename replaces an empty folder in silence
        folder.rename(output)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _require_new(output: Path) -> None:
    if output.exists() or output.is_symlink():
        raise InputError("OUT", "", str(output), "a folder that does not exist yet")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
