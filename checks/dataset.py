"""A data set under the name that its numbers carry, and what its maker wrote about it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checks.errors import InputError
from checks.registry import Progress, keep_silent
from checks.scan import Scan, scan_windows
from checks.table import read_manifest
from checks.windows import Windows, open_windows


class _Pass:
    """The scan of one data set, once it is made; checks that run side by side wait for the same one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.scan: Scan | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Windows and the manifest of their encoder, None where nobody wrote one; `hashed` asks the scan for a digest."""

    name: str
    windows: Windows
    manifest: Mapping[str, Any] | None
    hashed: bool = True
    _pass: _Pass = field(default_factory=_Pass, init=False, repr=False, compare=False)  # a changed copy has its own

    @property
    def scan(self) -> Scan:
        """Return the numbers of one pass over all vectors; the first who asks makes the pass, and later ones wait."""
        return self.make_scan(keep_silent)

    @property
    def digest(self) -> str:
        """Return the digest of the scan, "" where none was made or asked for."""
        return self._pass.scan.digest if self._pass.scan is not None else ""

    def make_scan(self, progress: Progress) -> Scan:
        """Return the scan, and tell of the progress where it is made now."""
        with self._pass.lock:
            if self._pass.scan is None:
                self._pass.scan = scan_windows(self.windows, progress, hashed=self.hashed)
            return self._pass.scan


def open_dataset(name: str, path: Path, context: int, *, hashed: bool = False) -> Dataset:
    """Open a table or an npz; raises InputError, also when there is no window in it."""
    windows = open_windows(path, context)
    if not len(windows):
        raise InputError(path, "", "no windows", f"at least one article of more than {context} vectors")
    return Dataset(name, windows, read_manifest_of(windows), hashed)


def read_manifest_of(windows: Windows) -> dict[str, Any] | None:
    """Return a table's manifest, or for NAME.npz the one in NAME.manifest.json beside it."""
    if windows.table is not None:
        return windows.table.manifest
    beside = windows.path.with_suffix(".manifest.json")
    return read_manifest(beside) if beside.is_file() else None


def name_datasets(paths: Sequence[Path]) -> list[str]:
    """Return a name for each OOD set, its file's, with a number where that is taken."""
    names = ["train"]
    for path in paths:
        name = path.stem or "ood"
        taken = sum(other == name or other.startswith(f"{name}#") for other in names)
        names.append(f"{name}#{taken + 1}" if taken else name)
    return names[1:]
