"""What a run uses: CPU, memory, processes, disk and GPUs, sampled by the guard."""

import contextlib
import importlib.util
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from amn_tui.run.guard_events import SystemSampled
from amn_tui.run.process_table import ProcessRow
from checks.disk import read_room

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
OOM_RECENT_S = 10.0  # a large process that was killed takes seconds to give its memory back and be gone
Gpus = Callable[[], tuple[Mapping[str, float], ...]]


class Sampler:
    """Makes samples; CPU is the mean since the one before, in percent of one core."""

    def __init__(self, folder: Path, gpus: Gpus | None = None) -> None:
        """Sample for the run in `folder`."""
        self._folder = folder
        self._gpus = gpus or find_gpus()
        self._before: tuple[float, dict[tuple[int, int], float]] | None = None

    def sample(self, rows: Sequence[ProcessRow], now_s: float, monotonic_s: float) -> SystemSampled:
        """Return what `rows`, the run's processes, use; `now_s` Unix, `monotonic_s` for differences."""
        cpu = {(row.pid, row.start_ticks): row.cpu_s for row in rows}
        percent = 0.0
        if self._before is not None and monotonic_s > self._before[0]:
            used_s = sum(cpu_s - self._before[1].get(key, 0.0) for key, cpu_s in cpu.items())
            percent = round(100 * max(0.0, used_s) / (monotonic_s - self._before[0]), 1)
        self._before = monotonic_s, cpu
        return SystemSampled(
            now_s, percent, sum(row.rss_bytes for row in rows), len(rows), read_room(self._folder) or 0, self._gpus()
        )


def find_gpus() -> Gpus:
    """Return a function that reads the NVIDIA GPUs; one that finds none where nvidia-ml-py or a driver is missing.

    What a card does not answer is left out; those after it keep their places.
    """
    if importlib.util.find_spec("pynvml") is None:
        return tuple
    import pynvml

    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    except pynvml.NVMLError:
        return tuple

    def read(handle: object) -> Mapping[str, float]:
        found: dict[str, float] = {}
        with contextlib.suppress(pynvml.NVMLError):  # a card that is divided (MIG) tells its memory alone
            found["percent"] = float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        with contextlib.suppress(pynvml.NVMLError):
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            found |= {"used_bytes": float(memory.used), "total_bytes": float(memory.total)}
        return found

    return lambda: tuple(map(read, handles))


class OomWatch:
    """Tells whether the kernel has killed somebody for want of memory just now, and not hours ago."""

    def __init__(self, count: Callable[[], int] | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with what was `count`ed so far."""
        self._count = count or count_oom_kills
        self._clock = clock
        self._seen = deque([(clock(), self._count())])

    def look(self) -> None:
        """Count; what was counted within the last seconds is kept, and one count from before."""
        now_s = self._clock()
        self._seen.append((now_s, self._count()))
        while len(self._seen) > 1 and now_s - self._seen[1][0] >= OOM_RECENT_S:
            self._seen.popleft()

    def has_killed(self) -> bool:
        """Tell whether somebody was killed within the last seconds."""
        return self._count() > self._seen[0][1]


def count_oom_kills(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """Return how many processes the kernel has killed for want of memory so far; 0 where that is not told.

    Counted in this process's cgroup, which is the trainer's too; on the whole machine where there is no such count.
    """
    for path in (*_list_cgroup_counts(proc, cgroups), proc / "vmstat"):
        with contextlib.suppress(OSError, ValueError):
            for line in path.read_text("ascii").splitlines():
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0


def _list_cgroup_counts(proc: Path, cgroups: Path) -> list[Path]:
    """Return the files that count for this process's cgroup (man 7 cgroups): of version 2, then of version 1."""
    found: list[Path] = []
    with contextlib.suppress(OSError):
        for line in (proc / "self/cgroup").read_text("utf-8", "replace").splitlines():
            _, controllers, path = (*line.split(":", 2), "", "")[:3]
            if not controllers:
                found.insert(0, cgroups / path.strip("/") / "memory.events")
            elif "memory" in controllers.split(","):
                found.append(cgroups / "memory" / path.strip("/") / "memory.oom_control")
    return found
