"""The processes of this machine as rows: read from /proc, through psutil where there is none."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")
READ_BYTES = 4096
MICROSECONDS = 1_000_000
ENDED_STATES = "ZXx"
PAUSED_STATES = "Tt"


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process at one moment; `start_ticks` since boot, or microseconds since 1970 where there is no /proc."""

    pid: int
    parent: int
    group: int
    session: int
    start_ticks: int
    cpu_s: float
    rss_bytes: int
    ended: bool  # a zombie: it has ended and only waits for its parent
    paused: bool = False  # stopped by a signal, until SIGCONT


@cache
def has_proc() -> bool:
    """Tell whether this machine has a /proc that can be read."""
    return (PROC / "self/stat").exists()


def read_row(pid: int) -> ProcessRow | None:
    """Return the row of one process, None when there is none of that number."""
    if not has_proc():
        return _ask_psutil(pid)
    try:
        descriptor = os.open(f"{PROC}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _parse_stat(os.read(descriptor, READ_BYTES))
        finally:
            os.close(descriptor)
    except (OSError, ValueError, IndexError):
        return None


def list_rows() -> list[ProcessRow]:
    """Return the rows of all processes that can be seen."""
    if has_proc():
        pids: Iterable[int] = (int(name) for name in os.listdir(PROC) if name.isdigit())  # noqa: PTH208 (hot)
    else:
        import psutil

        pids = psutil.pids()
    return [row for pid in pids if (row := read_row(pid)) is not None]


def _parse_stat(raw: bytes) -> ProcessRow:
    """Read /proc/PID/stat (man 5 proc); the name in parentheses may hold anything, so count from its end."""
    pid = int(raw[: raw.index(b" ")])
    fields = raw[raw.rindex(b")") + 2 :].split()
    # The first thread of a program may end before the others: then the process is marked Z and yet runs.
    ended = chr(fields[0][0]) in ENDED_STATES and int(fields[17]) <= 1
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    rss_bytes = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return ProcessRow(
        pid, int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]), cpu_s, rss_bytes, ended,
        chr(fields[0][0]) in PAUSED_STATES,
    )  # fmt: skip


def _ask_psutil(pid: int) -> ProcessRow | None:
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            started = round(process.create_time() * MICROSECONDS)
            ended = process.status() == psutil.STATUS_ZOMBIE
            if ended:
                return ProcessRow(pid, process.ppid(), 0, 0, started, 0.0, 0, ended=True)
            times, memory = process.cpu_times(), process.memory_info()
            return ProcessRow(
                pid, process.ppid(), os.getpgid(pid), os.getsid(pid), started, times.user + times.system, memory.rss,
                ended=False,
            )  # fmt: skip
    except psutil.AccessDenied:
        return _ask_little(pid)
    except (psutil.Error, OSError):
        return None


def _ask_little(pid: int) -> ProcessRow | None:
    """Return what may be known of somebody else's process."""
    import psutil

    try:
        process = psutil.Process(pid)
        started = round(process.create_time() * MICROSECONDS)
        return ProcessRow(pid, process.ppid(), os.getpgid(pid), os.getsid(pid), started, 0.0, 0, ended=False)
    except (psutil.Error, OSError):
        return None


def read_variable(pid: int, name: str) -> str:
    """Return a variable of the environment that a process was started with; "" when not set or not ours to see."""
    if has_proc():
        try:
            raw = Path(f"{PROC}/{pid}/environ").read_bytes()
        except OSError:
            return ""
        head = name.encode() + b"="
        found = next((part for part in raw.split(b"\0") if part.startswith(head)), head)
        return found[len(head) :].decode("utf-8", "replace")
    import psutil

    try:
        return psutil.Process(pid).environ().get(name, "")
    except (psutil.Error, OSError):
        return ""


def walk_descendants(pid: int, rows: Iterable[ProcessRow]) -> Iterator[ProcessRow]:
    """Yield the rows whose line of parents leads to `pid`, itself left out."""
    children: dict[int, list[ProcessRow]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row)
    waiting = children.pop(pid, [])
    while waiting:
        row = waiting.pop()
        yield row
        waiting += children.pop(row.pid, [])
