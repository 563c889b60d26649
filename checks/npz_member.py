"""One array inside an npz: what its header declares, held against what is there before anything is unpacked."""

import copy
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tokenize import TokenError
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from checks.errors import InputError

RATIO, SMALL_BYTES = 100, 1 << 28  # a member that shrank more than this, and is not small, is a trap and not vectors
BLOCK_BYTES = 1 << 22
_HEADER_BYTES = 1 << 14  # numpy itself reads no .npy header of more than 10,000 characters
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, then the lengths of the name and of the extra field
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError),
    *(RuntimeError, SyntaxError, TokenError, struct.error),  # RuntimeError: a password
)


@dataclass(frozen=True, slots=True)
class Header:
    """What the .npy header of a member declares; `length` is its own, in bytes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    length: int

    @property
    def count(self) -> int:
        """Return how many numbers the shape has; python integers, since a lying shape must not overflow."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def nbytes(self) -> int:
        """Return how many bytes the numbers take."""
        return self.count * self.dtype.itemsize

    @property
    def order(self) -> Literal["F", "C"]:
        """Return the order in which the numbers lie."""
        return "F" if self.fortran else "C"


def find_members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return an npz's members by the names of their arrays; raises InputError for a name that leads elsewhere."""
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or not name.isprintable():
            raise InputError(path, "", f"a member named {name[:200]}", "plain names that stay inside the archive")
    return {member.filename.removesuffix(".npy"): member for member in archive.infolist()}


def inspect_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    """Return the header of a member that may be read.

    Raises InputError for a pickle, for a size that is not what the header says, and for what grows like a trap;
    ValueError and the like for what is no array.
    """
    name = member.filename
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(path, name, f"compression method {member.compress_type}", "a member stored or deflated")
    if member.file_size > max(SMALL_BYTES, RATIO * member.compress_size):
        shrunk = f"{member.file_size:,} bytes in {member.compress_size:,}"
        raise InputError(path, name, shrunk, f"vectors, which shrink less than {RATIO} times")
    if member.compress_type == zipfile.ZIP_STORED and member.file_size != member.compress_size:
        raise ValueError(f"stored as it is, but {member.file_size:,} bytes in {member.compress_size:,}")
    header = _read_header(archive, member)
    if header.dtype.hasobject:
        raise InputError(path, name, "pickled objects", "numbers: a pickle can run code, so it is not read")
    declared, held = header.nbytes, member.file_size - header.length
    if declared != held or min(header.shape, default=0) < 0:
        raise InputError(path, name, f"{declared:,} bytes by its header, {held:,} in it", "equal sizes")
    return header


def _read_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Header:
    with archive.open(member) as stream:
        head = BytesIO(stream.read(_HEADER_BYTES))  # a header may declare gigabytes of itself
    version = np.lib.format.read_magic(head)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"format {version[0]}.{version[1]} of .npy is not known")
    shape, fortran, dtype = readers[version](head)
    return Header(shape, fortran and len(shape) > 1, dtype, head.tell())


def read_blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo, header: Header) -> Iterator[bytes]:
    """Yield what lies behind the header, unpacked, in blocks of a few MB.

    Raises ValueError or BadZipFile when it is more or less than the member declares.
    """
    left = member.file_size - header.length
    generous = copy.copy(member)
    generous.file_size += 1  # zipfile cuts what is read at this size: one byte more, and a longer stream shows
    with archive.open(generous) as stream:
        stream.read(header.length)
        while block := stream.read(BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise ValueError(f"its content runs past the {member.file_size:,} bytes that it declares")
            yield block
    if left:
        raise ValueError(f"its content ends {left:,} bytes before the {member.file_size:,} that it declares")


def map_member(path: Path, member: zipfile.ZipInfo, header: Header) -> NDArray[Any]:
    """Map a plainly stored member: behind its local header, its name and its extra field."""
    with path.open("rb") as stream:
        stream.seek(member.header_offset)
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(stream.read(_LOCAL_HEADER.size))
    if signature != b"PK\x03\x04":
        raise ValueError("no local header where the directory says")
    start = member.header_offset + _LOCAL_HEADER.size + name_length + extra_length + header.length
    return np.memmap(path, header.dtype, "r", start, header.shape, header.order)
