"""How much memory a process took at its highest, by the kernel's own account."""

import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 0.05
MB = 1e6


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended: its stdout, how long it ran, and its peak resident memory in MB.

    `mapped_mb` is the highest share of files that were mapped, seen by looking now and then; 0 where /proc is not.
    """

    returncode: int
    stdout: str
    stderr: str
    seconds: float
    peak_mb: float
    mapped_mb: float


def read_status(pid: int | str) -> dict[str, float]:
    """Return the Vm… and Rss… lines of /proc/PID/status in MB; nothing where there is no /proc or no such process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return {}
    return parse_status(lines)


def parse_status(lines: Iterable[str]) -> dict[str, float]:
    """Read lines such as `VmHWM:   1024 kB`."""
    parts = (line.replace(":", " ").split() for line in lines if line.startswith(("Vm", "Rss")))
    return {name: int(number) * 1024 / MB for name, number, *_ in parts}


def read_own_peak_mb() -> float:
    """Return this process's peak so far. VmHWM starts anew at exec; getrusage's maximum keeps what a fork inherited."""
    return read_status("self").get("VmHWM") or _scale(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _scale(maxrss: int) -> float:
    return maxrss / MB if sys.platform == "darwin" else maxrss * 1024 / MB


def run_measured(argv: Sequence[str], env: dict[str, str]) -> Ended:
    """Run a program to its end and watch its memory; VmHWM never falls, so that the last look has the peak."""
    began_s = time.perf_counter()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as process:
        watch = _Watch(process)
        watch.start()
        stdout, stderr = process.communicate()
        seconds = time.perf_counter() - began_s
        watch.join()
    peak = watch.peak_mb or _scale(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return Ended(process.returncode, stdout, stderr, seconds, peak, watch.mapped_mb)


class _Watch(threading.Thread):
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        super().__init__(daemon=True)
        self._process = process
        self.peak_mb = self.mapped_mb = 0.0

    def run(self) -> None:
        while self._process.returncode is None:
            status = read_status(self._process.pid)
            self.peak_mb = max(self.peak_mb, status.get("VmHWM", 0.0))
            self.mapped_mb = max(self.mapped_mb, status.get("RssFile", 0.0))
            time.sleep(LOOK_EVERY_S)
