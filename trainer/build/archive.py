"""Members of package archives (.whl, .zip, .tgz, .deb), read in memory; nothing is ever unpacked to disk."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatch
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from checks.errors import InputError

MEMBER_BYTES = 1 << 30
_UNREADABLE = (
    *(zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error),
    *(EOFError, OSError, ValueError, RuntimeError),  # RuntimeError: a zip with a password, or an unknown compression
)
_AR_MAGIC, _AR_HEADER, _AR_SIZE = b"!<arch>\n", 60, slice(48, 58)


def read_members(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of the members whose path matches `pattern`, in the archive's order.

    Raises InputError when it is no such archive, is cut short, or holds a name that leads out of it.
    """
    readers = {".whl": _read_zip, ".zip": _read_zip, ".tgz": _read_tar, ".gz": _read_tar, ".deb": _read_deb}
    reader = readers.get(path.suffix)
    if reader is None:
        raise InputError("--from", "", path.name, "an archive: .whl, .zip, .tgz, .tar.gz or .deb")
    try:
        yield from reader(path, pattern)
    except _UNREADABLE as error:
        raise InputError(path, "", str(error) or type(error).__name__, f"a whole {path.suffix} archive") from error


def _read_zip(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if _is_wanted(path, member.filename, member.file_size, pattern) and not member.is_dir():
                yield member.filename, archive.read(member)


def _read_tar(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as stream:
        yield from _read_tar_stream(path, stream, pattern)


def _read_tar_stream(path: Path, stream: IO[bytes], pattern: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if _is_wanted(path, name, member.size, pattern) and member.isreg():
                content = archive.extractfile(member)
                if content is not None:
                    yield name, content.read()


def _read_deb(path: Path, pattern: str) -> Iterator[tuple[str, bytes]]:
    """A .deb is an ar archive: control.tar.* and data.tar.*, each behind a header of 60 bytes."""
    raw = path.read_bytes()
    if not raw.startswith(_AR_MAGIC):
        raise InputError(path, "", "a file that is not a .deb", "a Debian package")
    position = len(_AR_MAGIC)
    while position + _AR_HEADER <= len(raw):
        header = raw[position : position + _AR_HEADER]
        name, size = header[:16].decode("ascii", "replace").strip().rstrip("/"), int(header[_AR_SIZE])
        position += _AR_HEADER
        if name.endswith(".zst"):
            raise InputError(path, name, "zstd", "data.tar.xz or data.tar.gz")
        if name.startswith("data.tar"):
            yield from _read_tar_stream(path, BytesIO(raw[position : position + size]), pattern)
            return
        position += size + size % 2
    raise InputError(path, "", "no data.tar", "a Debian package")


def _is_wanted(path: Path, name: str, size: int, pattern: str) -> bool:
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise InputError(path, "", f"a member named {name}", "names that stay inside the archive")
    wanted = fnmatch(name, pattern)
    if wanted and size > MEMBER_BYTES:
        raise InputError(path, name, f"{size} bytes", f"at most {MEMBER_BYTES}")
    return wanted
