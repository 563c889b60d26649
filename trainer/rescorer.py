"""Has checkpoints scored again from disk by a process of its own: after the first epoch, and `best` at the end."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from checks.errors import InputError
from trainer.header import BEST, FOLDER, read_header
from trainer.stop import StopRequest

ASK_EVERY_S = 0.2
Spawn: TypeAlias = "Callable[[Sequence[str]], subprocess.Popen[bytes]]"


class Rescorer:
    """Starts `python -m trainer.rescore` on `best`, which is only ever written at the end of an epoch."""

    def __init__(self, output_dir: Path, spawn: Spawn = subprocess.Popen) -> None:
        """Score what is in `output_dir`; the process writes where this one writes."""
        self._output_dir = output_dir
        self._best = output_dir / FOLDER / BEST
        self._spawn = spawn
        self._process: subprocess.Popen[bytes] | None = None
        self._scored_epoch: object = None

    def __enter__(self) -> Self:
        """Leave no process behind."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def hear_epoch(self) -> None:
        """Score what the first epoch that this process ended has left behind; training does not wait for it."""
        if self._process is None:
            self._start()

    def finish(self, stop: StopRequest) -> str | None:
        """Score `best` if that was not done yet, and wait; returns who asked to stop meanwhile."""
        by = self._wait(stop)
        if by is None:
            self._start()
            by = self._wait(stop)
        return by

    def _start(self) -> None:
        try:
            epoch = read_header(self._best)["epoch"]
        except (InputError, KeyError):
            return  # no epoch was good enough to be kept: there is nothing to hold against the log
        if epoch != self._scored_epoch:
            self._scored_epoch = epoch
            argv = [sys.executable, "-P", "-m", "trainer.rescore", str(self._best), str(self._output_dir)]
            self._process = self._spawn(argv)

    def _wait(self, stop: StopRequest) -> str | None:
        while self._process is not None and self._process.poll() is None:
            by = stop.check()
            if by is not None:
                return by
            try:
                self._process.wait(ASK_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
        return None
