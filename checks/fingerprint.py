"""Which files a data set is read from, how they stand, and what they hold: the vectors by the digest of the scan."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = Mapping[str, list[int]]  # by name: size, time of the last change in ns, inode

VECTORS = ("vectors.npy", "scales.npy", "offsets.npy")  # the scan has read these
BESIDE = ("manifest.json", "articles.jsonl", "texts.jsonl.gz")


def list_files(path: Path) -> list[Path]:
    """Return the files that a table folder, an npz or a recorded reference may consist of."""
    if path.is_dir():
        return [path / name for name in (*VECTORS, *BESIDE)]
    return [path, path.with_suffix(".manifest.json")]


def read_stamp(path: Path) -> Stamp:
    """Return the state of the files that are there; raises OSError when one cannot be looked at."""
    stamp = {}
    for file in list_files(path):
        if file.exists():
            state = file.stat()
            stamp[file.name] = [state.st_size, state.st_mtime_ns, state.st_ino]
    return stamp


def is_settled(stamp: Stamp, now: float, spare_s: float = 2.0) -> bool:
    """Tell whether a file changed long enough ago that another change would show in its time."""
    return bool(stamp) and all(changed < (now - spare_s) * 1e9 for _, changed, _ in stamp.values())


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_data(path: Path, scanned: str) -> str:
    """Return the digest of a data set: what the scan read (`scanned`), and the files beside its vectors.

    Of an npz the other arrays count by the checksums that the archive itself holds. Raises OSError or BadZipFile.
    """
    digest = hashlib.sha256(scanned.encode())
    for file in list_files(path):
        if not file.exists() or file.name in VECTORS:
            continue
        if file == path:
            with zipfile.ZipFile(file) as archive:
                held = [(member.filename, member.CRC, member.file_size) for member in archive.infolist()]
            digest.update(repr(held).encode("utf-8", "surrogateescape"))
        else:
            digest.update(f"{file.name} {digest_file(file)}".encode())
    return digest.hexdigest()
