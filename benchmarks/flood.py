"""A key in a flood: how long `a` takes to be answered while a log grows by so many lines a second.

    python -m benchmarks.flood [LINES_PER_S] [PRESSES]

The real program on a real terminal follows a log that another process writes; a key press is answered when its
dialog is on the terminal. Printed: the median and the longest answer, quiet and flooded, and the monitor's CPU time.
"""

import os
import pty
import select
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ATTACH = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()", "attach"]
WRITER = """
import sys, time
per_s, path = int(sys.argv[1]), sys.argv[2]
line = "2026-11-23T02:20:00Z Epoch 2/20 step {}/200000 loss=0.001 cosine=0.5 lr=0.0001\\n"
with open(path, "a", buffering=1 << 16) as file:
    began_s, n = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began_s) * per_s)
        file.write("".join(line.format(k) for k in range(n, due))); file.flush(); n = due
        time.sleep(0.01)
"""
SHOWN = b"detach"


class Screen:
    """The monitor on a terminal."""

    def __init__(self, folder: Path) -> None:
        """Attach to the run in `folder`."""
        self.main, side = pty.openpty()
        names = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
        self.process = subprocess.Popen(
            [*ATTACH, str(folder)], stdin=side, stdout=side, stderr=side, env=names, start_new_session=True
        )
        os.close(side)

    def read_until(self, word: bytes, timeout_s: float = 20.0) -> None:
        """Read until the program has drawn a word."""
        seen, until_s = b"", time.monotonic() + timeout_s
        while word not in seen:
            assert time.monotonic() < until_s, seen[-300:]
            if select.select([self.main], [], [], 0.5)[0]:
                seen += os.read(self.main, 1 << 16)

    def rest(self, seconds: float) -> None:
        """Take what comes for so long."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            if select.select([self.main], [], [], left_s)[0]:
                os.read(self.main, 1 << 16)

    def press(self) -> float:
        """Press ctrl+c, whose question can always be asked; return the seconds until it is there."""
        began_s = time.monotonic()
        os.write(self.main, b"\x03")
        self.read_until(SHOWN)
        took_s = time.monotonic() - began_s
        os.write(self.main, b"\x1b\x1b")
        self.rest(0.4)
        return took_s

    def measure(self, presses: int) -> list[float]:
        """Return the seconds of so many presses."""
        return [self.press() for _ in range(presses)]


def main() -> None:
    """Measure a quiet and a flooded screen."""
    per_s = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    presses = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "training.log"
        log.write_text("the first line\n")
        screen = Screen(Path(scratch))
        screen.read_until(b"the first line")
        screen.rest(1.0)
        quiet = screen.measure(presses)
        with subprocess.Popen([sys.executable, "-c", WRITER, str(per_s), str(log)]) as writer:
            screen.rest(1.0)
            before, began_s = psutil.Process(screen.process.pid).cpu_times(), time.monotonic()
            flooded = screen.measure(presses)
            after, took_s = psutil.Process(screen.process.pid).cpu_times(), time.monotonic() - began_s
            writer.kill()
        screen.process.kill()
        screen.process.wait()
    print(f"{'':24}{'median ms':>12}{'longest ms':>12}")
    for name, times in (("quiet", quiet), (f"{per_s:,} lines/s", flooded)):
        print(f"{name:24}{statistics.median(times) * 1000:12.1f}{max(times) * 1000:12.1f}")
    cpu = (after.user + after.system - before.user - before.system) / took_s
    print(f"CPU of the monitor in the flood: {100 * cpu:.0f} % of one core")


if __name__ == "__main__":
    main()
