"""Jobs in threads, side by side where they do not wait for the same thing; no more of them than there are cores."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from checks.registry import Bottleneck

Job: TypeAlias = Callable[[], None]


class _Lanes:
    """Jobs that wait to be taken: one at a time of those that read, the others by any number of threads."""

    def __init__(self, jobs: Iterable[tuple[Bottleneck, Job]]) -> None:
        self._turn = threading.Lock()
        self._reading = False
        self._waiting: dict[Bottleneck, deque[Job]] = {bottleneck: deque() for bottleneck in Bottleneck}
        for bottleneck, job in jobs:
            self._waiting[bottleneck].append(job)

    def run(self) -> None:
        """Take jobs and do them until there is none that this thread could take."""
        while (taken := self._take()) is not None:
            bottleneck, job = taken
            try:
                job()
            except BaseException:
                self.halt()
                raise
            finally:
                if bottleneck is Bottleneck.MEMORY:
                    self._reading = False

    def _take(self) -> tuple[Bottleneck, Job] | None:
        with self._turn:
            for bottleneck, waiting in self._waiting.items():
                if waiting and not (bottleneck is Bottleneck.MEMORY and self._reading):
                    self._reading |= bottleneck is Bottleneck.MEMORY
                    return bottleneck, waiting.popleft()
        return None  # who reads now goes on with what is left to read

    def halt(self) -> None:
        """Let nobody take another job."""
        with self._turn:
            for waiting in self._waiting.values():
                waiting.clear()


def run_jobs(jobs: Iterable[tuple[Bottleneck, Job]], cores: int) -> None:
    """Do every job: on one core in this thread and in the order given, else in as many threads as can be of use.

    Raises what a job raises; jobs at work are then waited for, and no other begins.
    """
    listed = list(jobs)
    kinds = [bottleneck for bottleneck, _ in listed]
    threads = min(cores, kinds.count(Bottleneck.PROCESSOR) + (Bottleneck.MEMORY in kinds))
    if threads <= 1:
        for _, job in listed:
            job()
        return
    lanes = _Lanes(listed)
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(lanes.run) for _ in range(threads)]:
            future.result()
