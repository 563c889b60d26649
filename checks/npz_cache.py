"""Large arrays that cannot be mapped inside their npz: unpacked once into a cache folder, then mapped from there.

A copy's name follows from the npz's path and the array's name, and from the npz's size, time and checksum, so that
another npz is never served by it. It takes that name by rename, when it is whole and on disk. The folder may be
deleted at any time.
"""

import fcntl
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_dir

from checks.errors import InputError
from checks.npz_member import BLOCK_BYTES, Header, map_member, read_blocks

SPARE_BYTES = 1 << 26  # a disk is not filled to its last byte


def unpack_once(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: Header) -> NDArray[Any]:
    """Return a member as a memory-mapped array in C order; the first call copies it, in blocks of a few MB.

    Raises InputError when the cache folder cannot be used or has no room, ValueError or BadZipFile for a member that is
    not as long as it declares; nothing is left behind then.
    """
    folder = Path(user_cache_dir("amn-tui")) / "npz"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)  # refused where the folder is somebody else's, whose arrays are not to be trusted
        place, stamp = _name_copy(path, member)
        target = folder / f"{place}-{stamp}.npy"
        found = _open_copy(target, header)
        if found is None:
            with _hold(folder):
                found = _open_copy(target, header)
                if found is None:
                    found = _fill(folder, target, path, archive, member, header)
            for older in folder.glob(f"{place}-*.npy"):
                if older != target:
                    older.unlink(missing_ok=True)
    except OSError as error:
        needed = "a cache folder that can be written to; XDG_CACHE_HOME names another"
        raise InputError(path, member.filename, f"{folder}: {error.strerror or error}", needed) from error
    return found


def _name_copy(path: Path, member: zipfile.ZipInfo) -> tuple[str, str]:
    state = path.stat()
    place = f"{path.resolve()}\0{member.filename}"
    stamp = f"{state.st_size} {state.st_mtime_ns} {member.CRC} {member.file_size}"
    hashed = [hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:20] for text in (place, stamp)]
    return hashed[0], hashed[1]


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone: a second one waits, and then finds the copy."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_copy(target: Path, header: Header) -> NDArray[Any] | None:
    try:
        found = np.lib.format.open_memmap(target, mode="r")
    except (OSError, ValueError):
        return None
    return found if (found.shape, found.dtype) == (header.shape, header.dtype) else None


def _fill(
    folder: Path, target: Path, path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: Header
) -> NDArray[Any]:
    unpacked, turned = target.with_suffix(".part"), target.with_suffix(".turned.part")
    _sweep(folder)
    _require_room(folder, path, member, header)
    source: NDArray[Any] | None = None
    try:
        if header.fortran and member.compress_type == zipfile.ZIP_STORED:
            source = map_member(path, member, header)
        else:
            with _create(unpacked) as stream:
                _write_header(stream, header, fortran=header.fortran)
                stream.writelines(read_blocks(archive, member, header))
                _flush(stream)
        if header.fortran:
            _turn(np.lib.format.open_memmap(unpacked, mode="r") if source is None else source, turned, header)
            turned.replace(unpacked)
        unpacked.replace(target)
    except BaseException:
        _sweep(folder)
        raise
    return np.lib.format.open_memmap(target, mode="r")


def _sweep(folder: Path) -> None:
    """Remove what is half done; the folder is held, so nobody is at work on it."""
    for part in folder.glob("*.part"):
        part.unlink()


def _require_room(folder: Path, path: Path, member: zipfile.ZipInfo, header: Header) -> None:
    copies = 1 + (header.fortran and member.compress_type != zipfile.ZIP_STORED)
    needed, free = copies * member.file_size + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        room = f"{needed:,} bytes there to unpack it, or another cache folder in XDG_CACHE_HOME"
        raise InputError(path, member.filename, f"{free:,} bytes free in {folder}", room)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def _write_header(stream: BinaryIO, header: Header, *, fortran: bool) -> None:
    descr = np.lib.format.dtype_to_descr(header.dtype)
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": fortran, "shape": header.shape})


def _flush(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _turn(source: NDArray[Any], target: Path, header: Header) -> None:
    """Write an array in Fortran order again in C order, a block of its first axis at a time."""
    step = max(1, BLOCK_BYTES * len(source) // max(1, source.nbytes))
    with _create(target) as stream:
        _write_header(stream, header, fortran=False)
        for start in range(0, len(source), step):
            stream.write(np.ascontiguousarray(source[start : start + step]).tobytes())
        _flush(stream)
