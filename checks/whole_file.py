"""Replacing a file whole: a reader sees the old one or the new one, and so does who comes after a power loss."""

import errno
import os
from pathlib import Path


def replace_file(path: Path, content: bytes, temporary: Path, *, durable: bool = True) -> None:
    """Replace a file by rename from `temporary`, a name beside it that one writer alone uses; raises OSError.

    Content is synced before the name is trusted with it, and the folder after. Not `durable`: a power loss may take
    it, and nobody waits for the disk.
    """
    temporary.unlink(missing_ok=True)  # of a writer that was killed
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            write_all(descriptor, content, path)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105 (all calls to the file system that matter here go through os)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_all(descriptor: int, content: bytes, path: Path) -> None:
    """Write every byte; raises OSError that names `path`."""
    left = memoryview(content)
    while left:
        try:
            written = os.write(descriptor, left)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        left = left[written:]


def sync_folder(path: Path) -> None:
    """Make a rename in this folder survive a power loss."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
