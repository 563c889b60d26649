"""A file system that breaks on purpose: the writer is killed at one of its calls, or the power fails after one."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CALLS = ("open", "write", "fsync", "close", "replace", "rename", "unlink", "mkdir", "ftruncate")
MOMENTS = ("before", "half", "after")
Content = dict[Path, bytes]


def kill_at(at: int, moment: str) -> None:
    """Let this process end by SIGKILL at its call number `at`; "half": when half of what is written is written."""
    count = 0

    def wrap(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == at and moment == "half" and name == "write":
                real(args[0], args[1][: len(args[1]) // 2])
            if count == at and moment != "after":
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return real(*args, **kwargs)
            finally:
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        return call

    for name in CALLS:
        setattr(os, name, wrap(name, getattr(os, name)))


def is_killed(work: Callable[[], object], at: int, moment: str) -> bool:
    """Do `work` in a child that is killed at call `at`; return whether it was, False when it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            kill_at(at, moment)
            work()
        except BaseException:  # noqa: BLE001 (a child must never return into the tests)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL), code
    return code != 0


def kill_everywhere(work: Callable[[], object], after: Callable[[], object]) -> int:
    """Do `work` again and again, killed at each of its calls in turn; look `after` each; return how many kills."""
    kills = 0
    for moment in MOMENTS:
        at = 1
        while is_killed(work, at, moment):
            after()
            at, kills = at + 1, kills + 1
    return kills


@dataclass
class Inode:
    """A file or folder: what was written, and what of it a loss of power leaves."""

    written: bytes = b""
    synced: bytes = b""


@dataclass
class Power:
    """Keeps what is on the disk after every call: names count once their folder is synced, bytes once the file is.

    A journal may write names sooner, too: both extremes are kept, and of bytes only what was synced.
    """

    root: Path
    names: dict[Path, Inode] = field(default_factory=dict)
    safe: dict[Path, Inode] = field(default_factory=dict)
    opened: dict[int, Path] = field(default_factory=dict)
    files: dict[int, Inode] = field(default_factory=dict)
    states: list[Content] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with what is there, all of it safe."""
        for path in self.root.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            self.names[path] = self.safe[path] = Inode(content, content)

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """See every call of this process from now on."""
        for name in ("open", "write", "fsync", "replace", "unlink", "mkdir"):
            monkeypatch.setattr(os, name, self._wrap(getattr(os, name), getattr(self, f"_{name}")))

    def _wrap(self, real: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            result = real(*args, **kwargs)
            note(result, *args)
            self.states += [self._drop_unsynced(self.safe), self._drop_unsynced(self.names)]
            return result

        return call

    def _drop_unsynced(self, names: dict[Path, Inode]) -> Content:
        return {path: inode.synced for path, inode in names.items() if path.parent in {self.root, *names}}

    def _open(self, descriptor: int, path: Any, *_: Any) -> None:
        self.opened[descriptor] = Path(path)
        if Path(path).is_file():
            self.files[descriptor] = self.names.setdefault(Path(path), Inode())

    def _write(self, written: int, descriptor: int, data: Any, *_: Any) -> None:
        self.files[descriptor].written += bytes(data[:written])

    def _fsync(self, _: None, descriptor: int) -> None:
        path = self.opened[descriptor]
        if descriptor in self.files and path.is_file():
            self.files[descriptor].synced = self.files[descriptor].written
            return
        kept = {name: inode for name, inode in self.safe.items() if name.parent != path}
        self.safe = kept | {name: inode for name, inode in self.names.items() if name.parent == path}

    def _replace(self, _: None, old: Any, new: Any) -> None:
        self.names[Path(new)] = self.names.pop(Path(old))

    def _unlink(self, _: None, path: Any) -> None:
        self.names.pop(Path(path), None)

    def _mkdir(self, _: None, path: Any, *__: Any) -> None:
        self.names[Path(path)] = Inode()

    def restore(self, folder: Path) -> Iterator[Path]:
        """Yield, for every state that a loss of power may leave, a folder with what was on the disk."""
        seen: list[Content] = []
        for state in self.states:
            if state in seen:
                continue
            seen.append(state)
            target = folder / str(len(seen))
            target.mkdir()
            for path, content in sorted(state.items()):
                place = target / path.relative_to(self.root)
                if any(path in other.parents for other in state) or (path.is_dir() and not content):
                    place.mkdir(exist_ok=True)
                else:
                    place.write_bytes(content)
            yield target
