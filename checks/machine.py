"""What this machine has: device, room, memory, OpenMP runtimes, clock; asked lightly, torch only in a child process."""

import contextlib
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from checks.disk import read_room

PROBE_S = 120
ASK_TORCH = """
import torch
print(torch.cuda.device_count() if torch.cuda.is_available() else 0, int(torch.backends.mps.is_available()))
"""
OPENMP = re.compile(r"lib(gomp|iomp5|omp)[-.\w]*\.(so|dylib)")
CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


@dataclass(frozen=True, slots=True)
class Machine:
    """Questions to this machine, each a function, so that tests can answer them.

    count_devices gives how many there are of a kind ("cuda", "mps"), and raises OSError where that cannot be found
    out; read_room and read_inodes are of a folder's disk, None where unknown; find_openmp gives kinds of runtimes;
    measure_clock how far a fresh file's time is from the clock, in seconds.
    """

    count_devices: Callable[[str], int]
    read_room: Callable[[Path], int | None]
    read_inodes: Callable[[Path], int | None]
    read_memory: Callable[[], tuple[int, int]]  # bytes: of all, available
    find_openmp: Callable[[], frozenset[str]]
    measure_clock: Callable[[Path], float]
    now: Callable[[], float] = time.time


def count_devices(kind: str) -> int:
    """Ask torch in a process of its own; raises OSError when it does not answer."""
    if kind not in ("cuda", "mps") or (kind == "mps" and sys.platform != "darwin"):
        return 0
    command = [sys.executable, "-P", "-c", ASK_TORCH]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_S, check=False)
        cuda, mps = map(int, ended.stdout.split())
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise OSError(None, "torch could not be asked for its devices") from error
    return {"cuda": cuda, "mps": mps}[kind]


def read_inodes(folder: Path) -> int | None:
    """Return how many more files there may be; None where the file system has no such number."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return None
    return status.f_favail if status.f_files else None


def read_memory() -> tuple[int, int]:
    """Return the bytes of all memory and of what is available, within the limit of a container."""
    memory = psutil.virtual_memory()
    limits = [memory.total]
    for path in CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text()))
        except (OSError, ValueError):  # "max", or no such file
            continue
    return min(limits), min(memory.available, *limits)


def find_openmp() -> frozenset[str]:
    """Return the kinds of OpenMP runtimes that installed packages bring, or that are loaded here."""
    found = set()
    site = Path(sysconfig.get_path("purelib"))
    for pattern in ("*/lib/lib*omp*", "*.libs/lib*omp*", "*/.dylibs/lib*omp*"):
        found |= {path.name for path in site.glob(pattern)}
    with contextlib.suppress(OSError):  # no such file on other systems
        found |= {line.rpartition("/")[2] for line in Path("/proc/self/maps").read_text().splitlines() if "omp" in line}
    return frozenset(kind[1] for kind in map(OPENMP.match, found) if kind)


def measure_clock(folder: Path) -> float:
    """Return the time of a file made now less the clock's; raises OSError where none can be made."""
    with tempfile.TemporaryFile(dir=folder) as file:
        began_s = time.time()
        os.utime(file.fileno())
        return os.fstat(file.fileno()).st_mtime - began_s


THIS_MACHINE = Machine(count_devices, read_room, read_inodes, read_memory, find_openmp, measure_clock)
