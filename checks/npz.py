"""Arrays of an npz, read without pickles: memory-mapped where they are large, never larger than they say."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError
from checks.npz_cache import unpack_once
from checks.npz_member import UNREADABLE, Header, find_members, inspect_member, map_member, read_blocks

LARGE_BYTES = 1 << 26  # what cannot be mapped where it lies, and is larger, is unpacked to disk and not into memory


def read_arrays(path: Path, keys: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return those arrays of `keys` that an npz holds; the others are not looked at.

    A plainly stored array is mapped where it lies. A compressed one, or one in Fortran order, is read into memory
    when it is small, and else unpacked once into the cache folder and mapped from there, in C order.
    Raises InputError when the file is no npz, an array is a pickle, or a header and the bytes behind it do not agree.
    """
    with _open_archive(path) as archive:
        members = find_members(path, archive)
        return {key: _read_member(path, archive, members[key]) for key in keys if key in members}


def list_arrays(path: Path) -> list[str]:
    """Return the names of an npz's arrays; raises InputError when it is none."""
    with _open_archive(path) as archive:
        return list(find_members(path, archive))


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise InputError(path, "", "a file that cannot be read", f"an npz without pickles ({error})") from error
    with archive:
        yield archive


def _read_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    name = member.filename
    try:
        header = inspect_member(path, archive, member)
        stored = member.compress_type == zipfile.ZIP_STORED and header.nbytes > 0
        if member.file_size > LARGE_BYTES and (header.fortran or not stored):
            return unpack_once(path, archive, member, header)
        return map_member(path, member, header) if stored else _read_content(archive, member, header)
    except UNREADABLE as error:
        raise InputError(path, name, "an array that cannot be read", f"an array without pickles ({error})") from error
    except MemoryError as error:
        raise InputError(path, name, "more than fits into memory", "an npz written with numpy.savez") from error


def _read_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: Header) -> NDArray[Any]:
    content = np.empty(header.nbytes, dtype=np.uint8)
    filled = 0
    for block in read_blocks(archive, member, header):
        content[filled : filled + len(block)] = np.frombuffer(block, dtype=np.uint8)
        filled += len(block)
    if not header.nbytes:
        return np.empty(header.shape, dtype=header.dtype)
    return content.view(header.dtype).reshape(header.shape, order=header.order)
