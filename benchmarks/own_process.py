"""A way of training in a process of its own, as everybody runs it: what one leaves in memory, no other one meets.

The allocator alone makes this needful: it learns from the sizes it is asked for, so that in one process the plain way
would be spared the page faults that it has when it runs alone.
"""

import json
import subprocess
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from benchmarks.interleaving import Spent
from benchmarks.training_ways import Task

READY = "ready"


class OwnProcess:
    """Takes turns like any way; `wait` until it is ready, `end` to hear its peak memory."""

    def __init__(self, name: str, task: Task) -> None:
        """Start the way `name` of training_ways.WAYS."""
        self._name = name
        argv = [sys.executable, "-m", "benchmarks.training_ways", name, str(task.table), str(task.npz)]
        argv += [str(task.batch_size), task.device.type]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        """Be ended when the measurement is."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what it was still to be told
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def wait(self) -> None:
        """Wait until its first steps are done; raises RuntimeError when it ended instead."""
        while self._read() != READY:
            pass  # what the compiler has to say

    def work(self, steps: int) -> Spent:
        """Do that many steps."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return Spent(**json.loads(self._read()))

    def end(self) -> float:
        """Let it end and return its peak resident memory in MB."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return float(self._read())

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name}: ended with exit code {self._process.wait()}")
        return line.strip()
