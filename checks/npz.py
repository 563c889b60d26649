"""Arrays of an npz, read without pickles: memory-mapped where they are stored plainly, never larger than they say."""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError

RATIO, SMALL_BYTES = 100, 1 << 28  # a member that shrank more than this, and is not small, is a trap and not vectors
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, then the lengths of the name and of the extra field
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    SyntaxError,
    TokenError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    length: int  # of the .npy header in bytes


def read_arrays(path: Path, keys: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return those arrays of `keys` that an npz holds; the others are not looked at.

    Raises InputError when the file is no npz, an array is a pickle, or a header and the bytes behind it do not agree.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            return {key: _read_member(path, archive, members[key]) for key in keys if key in members}
    except _UNREADABLE as error:
        raise InputError(path, "", "a file that cannot be read", f"an npz without pickles ({error})") from error
    except MemoryError as error:
        raise InputError(path, "", "more than fits into memory", "an npz written with numpy.savez") from error


def list_arrays(path: Path) -> list[str]:
    """Return the names of an npz's arrays; raises InputError when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.removesuffix(".npy") for name in archive.namelist()]
    except _UNREADABLE as error:
        raise InputError(path, "", "a file that cannot be read", f"an npz without pickles ({error})") from error


def _read_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as stream:
        header = _read_header(stream)
        if header.dtype.hasobject:
            raise InputError(
                path, member.filename, "pickled objects", "numbers: a pickle can run code, so it is not read"
            )
        count = int(np.prod(header.shape, dtype=object))  # python integers: a lying shape must not overflow
        declared, held = count * header.dtype.itemsize, member.file_size - header.length
        if declared != held:
            raise InputError(path, member.filename, f"{declared:,} bytes by its header, {held:,} in it", "equal sizes")
        if member.file_size > max(SMALL_BYTES, RATIO * member.compress_size):
            shrunk = f"{member.file_size:,} bytes in {member.compress_size:,}"
            raise InputError(path, member.filename, shrunk, f"vectors, which shrink less than {RATIO} times")
        if member.compress_type != zipfile.ZIP_STORED or not count:
            flat = np.frombuffer(stream.read(), dtype=header.dtype)
            return flat.reshape(header.shape, order="F" if header.fortran else "C")
    return _map_member(path, member, header)


def _read_header(stream: IO[bytes]) -> _Header:
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"format {version[0]}.{version[1]} of .npy is not known")
    shape, fortran, dtype = readers[version](stream)
    return _Header(shape, fortran, dtype, stream.tell())


def _map_member(path: Path, member: zipfile.ZipInfo, header: _Header) -> NDArray[Any]:
    """Map a plainly stored member: behind its local header, its name and its extra field."""
    with path.open("rb") as stream:
        stream.seek(member.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise ValueError("no local header where the directory says")
    start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length + header.length
    order = "F" if header.fortran else "C"
    return np.memmap(path, header.dtype, "r", start, header.shape, order)  # type: ignore[call-overload,no-any-return]
