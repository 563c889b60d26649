"""What preflight measured, kept for the next time on the same data: numbers, never verdicts.

A folder of small files, each written whole. `seen-….json` says which digest the files of a data set had when they were
last read, so that they need not be read again while their size, time and inode stay as they are; `….json` holds one
check's numbers under a key of everything that they follow from: the digests of all data and of the reference, the
settings that `measure` reads, how windows are cut and held out, the versions of numpy, FAISS and this package's source.
What cannot be read, or is of another key, counts as not there. The folder may be deleted at any time.
"""

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from checks.config import Settings, Sources
from checks.fingerprint import Stamp, digest_data, digest_file, is_settled, read_stamp
from checks.jsonl import NONFINITE, decode_line, encode_line
from checks.options import is_threshold
from checks.result import Measured, Measurement
from checks.whole_file import replace_file

MOST_FILES, MOST_BYTES = 512, 1 << 20
ABANDONED_S = 3600  # a part of a file as old as this is of a process that was killed


def find_folder() -> Path:
    """Return the folder of this person's cache."""
    from platformdirs import user_cache_dir  # the command line itself needs only the standard library

    return Path(user_cache_dir("amn-tui")) / "preflight"


@dataclass(slots=True)
class MeasurementCache:
    """What is kept of one preflight's data; `stamps` are the states of all files before any was read."""

    sources: Sources
    settings: Settings
    folder: Path = field(default_factory=find_folder)
    now: Callable[[], float] = time.time
    stamps: dict[Path, Stamp] = field(init=False)
    began_s: float = field(init=False)
    _digests: list[str] | None = field(init=False)

    def __post_init__(self) -> None:
        """Look at the files, and remember which digests they had."""
        self.began_s, self.stamps, self._digests = self.now(), {}, None
        with suppress(OSError):
            self.stamps = {path: read_stamp(path) for path in self._list_paths()}
            digests = [self._recall_digest(path) for path in self._list_paths()]
            self._digests = None if None in digests else [digest for digest in digests if digest is not None]

    def _list_paths(self) -> list[Path]:
        reference = self.sources.reference
        return [self.sources.train, *self.sources.ood, *([] if reference is None else [reference])]

    def recall(self, name: str) -> Measurement | None:
        """Return what was measured of the same data, None where nothing was kept."""
        if self._digests is None or not self._may_keep(name):
            return None
        return self._read(self._name_key(name, self._digests), name)

    def _may_keep(self, name: str) -> bool:
        return not self.settings.get(name, {}).get("encoder_path")  # what an installed encoder says is of that encoder

    def _read(self, key: str, name: str) -> Measurement | None:
        path = self.folder / f"{key}.json"
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            line = path.read_bytes()
            found = decode_line(line, (Measurement,))
            if found is None or found.check != name or json.loads(line).get("key") != key:
                return None
            os.utime(path)  # the latest used stay longest
        except (OSError, ValueError):
            return None
        return replace(found, numbers=_restore(found.numbers), control_numbers=_restore(found.control_numbers))

    def keep(self, data: Any, measurements: Sequence[Measurement]) -> None:
        """Keep what was measured, where all data were scanned and are still as they were; a full disk keeps nothing."""
        with suppress(OSError, zipfile.BadZipFile):
            digests = self._digest(data)
            if digests is None:
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)  # refused where the folder is somebody else's
            for path, digest in zip(self._list_paths(), digests, strict=True):
                seen = {"path": str(path.resolve()), "stamp": self.stamps[path], "digest": digest}
                self._write(self._name_seen(path), json.dumps(seen).encode("utf-8", "backslashreplace"))
            for measurement in measurements:
                if self._may_keep(measurement.check):
                    key = self._name_key(measurement.check, digests)
                    self._write(f"{key}.json", encode_line(measurement, key=key))
            self._sweep()

    def _digest(self, data: Any) -> list[str] | None:
        stamps = {path: read_stamp(path) for path in self._list_paths()}
        if stamps != self.stamps or not all(is_settled(stamp, self.began_s) for stamp in stamps.values()):
            return None
        scanned = [dataset.digest for dataset in data.datasets]
        found = [digest_data(path, of) for path, of in zip(self._list_paths(), scanned, strict=False)]
        reference = self.sources.reference
        if reference is not None:
            known = data.known_good
            scanned += [] if known is None else [known.digest]
            found.append(digest_file(reference) if known is None else digest_data(reference, known.digest))
        return found if all(scanned) else None

    def _recall_digest(self, path: Path) -> str | None:
        try:
            seen = json.loads((self.folder / self._name_seen(path)).read_bytes())
            same = seen["path"] == str(path.resolve()) and seen["stamp"] == self.stamps[path]
            return str(seen["digest"]) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _name_seen(self, path: Path) -> str:
        return f"seen-{_hash([str(path.resolve()), self.sources.context])}.json"

    def _name_key(self, name: str, digests: list[str]) -> str:
        settings = {key: value for key, value in self.settings.get(name, {}).items() if not is_threshold(key)}
        names = [path.stem for path in self.sources.ood]  # numbers carry the names of their sets
        cut = [self.sources.context, self.sources.val_fraction, self.sources.seed]
        return _hash([name, digests, names, settings, cut, self.sources.reference is None, _read_versions()])

    def _write(self, name: str, content: bytes) -> None:
        replace_file(self.folder / name, content, self.folder / f".{name}.{os.getpid()}.part", durable=False)

    def _sweep(self) -> None:
        """Remove what was longest not used, and what a process that was killed left half done."""
        files = sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        parts = [part for part in self.folder.glob(".*.part") if part.stat().st_mtime < self.began_s - ABANDONED_S]
        for file in (*files[MOST_FILES:], *parts):
            file.unlink(missing_ok=True)


def _restore(numbers: Mapping[str, Measured]) -> dict[str, Measured]:
    """Turn the words nan and inf, which JSON has no numbers for, into numbers again."""
    return {key: NONFINITE.get(value, value) if isinstance(value, str) else value for key, value in numbers.items()}


def _hash(material: object) -> str:
    text = json.dumps(material, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


@cache
def _read_versions() -> Mapping[str, str]:
    """Return the versions that numbers may depend on; of this package a digest of its source."""
    found = {}
    for package in ("numpy", "faiss-cpu"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    source = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        source.update(file.name.encode() + file.read_bytes())
    return {**found, "checks": source.hexdigest()}
