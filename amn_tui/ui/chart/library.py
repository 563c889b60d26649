"""The runs on a chart, read in one thread beside the screen and followed while they grow."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from amn_tui.run.track_file import TrackReader

LOOK_S = 1.0
TELL_S = 0.1  # what is read is told this often at most
BREATH_S = 0.001  # between two chunks: the screen's thread comes first


class TrackLibrary:
    """Readers by path; those that are wanted are read, the others keep what they have and let their file go."""

    def __init__(self, *, look_s: float = LOOK_S) -> None:
        """Start with nothing to read."""
        self.readers: dict[str, TrackReader] = {}
        self._look_s = look_s
        self._wanted: tuple[str, ...] = ()
        self._tell: Callable[[], object] = lambda: None
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, tell: Callable[[], object]) -> None:
        """Begin to read; `tell` is called from the thread when there is more to see."""
        self._tell = tell
        self._stopping.clear()
        self._thread = threading.Thread(target=self._work, name="amn-tui-chart", daemon=True)
        self._thread.start()

    def want(self, paths: Iterable[str]) -> None:
        """Read these runs from now on, and no others."""
        self._wanted = tuple(dict.fromkeys(paths))
        for path in self._wanted:
            if path not in self.readers:
                self.readers[path] = TrackReader(Path(path))
        self._woken.set()

    def forget(self, path: str) -> None:
        """Give the memory back that a run took."""
        self._wanted = tuple(other for other in self._wanted if other != path)
        self.readers.pop(path, None)

    def stop(self) -> None:
        """End the thread; what was read stays."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        told_s = 0.0
        told: tuple[object, ...] = ()
        while not self._stopping.is_set():
            self._woken.clear()
            wanted = [reader for path in self._wanted if (reader := self.readers.get(path))]
            more = self._read_all(wanted)
            state = tuple((reader.path, reader.track.version, reader.share, reader.problem) for reader in wanted)
            if state != told and (not more or time.monotonic() - told_s >= TELL_S):
                told, told_s = state, time.monotonic()
                self._tell()
            if more:
                self._stopping.wait(BREATH_S)
            else:
                self._woken.wait(self._look_s if wanted else None)
        for reader in self.readers.values():
            reader.close()

    def _read_all(self, wanted: list[TrackReader]) -> bool:
        """Read a chunk of each; one after the other, so that a short one does not wait for a long one."""
        more = [reader.read() for reader in wanted]
        return any(more)
