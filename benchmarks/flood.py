"""A key in a flood: how long ctrl+c and, in an alarm, `a` take to be answered while a log grows by many lines a second.

    python -m benchmarks.flood [LINES_PER_S] [PRESSES]

The real program on a real terminal follows a log that another process writes, while an alarm is up. ctrl+c is answered
when its dialog is on the terminal, `a` when the guard and the trainer can read the request in control.jsonl.
Printed: the median and the longest answer, quiet and flooded, and the monitor's CPU time.
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

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_events import AlarmRaised, GuardStarted, ProcessIdentity, TrainerStarted
from amn_tui.run.plan_file import find_plan, read_plan, write_plan
from checks.jsonl import append_line

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
SHOWN, ASKED = b"detach", b'"abort_asked"'
NOBODY = ProcessIdentity(0, 0, "")
TIMEOUT_S = 20.0


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

    def read_until(self, word: bytes, timeout_s: float = TIMEOUT_S) -> None:
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

    def press_ctrl_c(self) -> float:
        """Press ctrl+c, whose question can always be asked; return the seconds until it is there."""
        began_s = time.monotonic()
        os.write(self.main, b"\x03")
        self.read_until(SHOWN)
        took_s = time.monotonic() - began_s
        os.write(self.main, b"\x1b\x1b")
        self.rest(0.4)
        return took_s

    def press_a(self, control: Path) -> float:
        """Press `a`; return the seconds until the request is in the file."""
        before = control.read_bytes().count(ASKED)
        began_s = time.monotonic()
        os.write(self.main, b"a")
        while control.read_bytes().count(ASKED) == before:
            assert time.monotonic() < began_s + TIMEOUT_S
            if select.select([self.main], [], [], 0.0005)[0]:
                os.read(self.main, 1 << 16)
        took_s = time.monotonic() - began_s
        self.rest(0.4)
        return took_s


def write_alarmed_run(folder: RunFolder) -> None:
    """Write a run of our trainer that has an alarm up, for hours, and no guard: the alarm stays, whoever asks."""
    now = time.time()
    folder.plan.write_bytes(write_plan(read_plan(find_plan("demo"))))
    folder.log.write_text("the first line\n")
    folder.control.touch()
    append_line(folder.guard_log, GuardStarted(now, NOBODY, "here"))
    append_line(folder.guard_log, TrainerStarted(now, NOBODY, ()))
    append_line(folder.guard_log, AlarmRaised(now, 1, "bad init", "val_cosine 0.40 < 0.45", "look", now + 9999))


def measure(screen: Screen, folder: RunFolder, presses: int) -> dict[str, list[float]]:
    """Return the seconds of so many presses of each key."""
    return {
        "ctrl+c": [screen.press_ctrl_c() for _ in range(presses)],
        "a, in an alarm": [screen.press_a(folder.control) for _ in range(presses)],
    }


def main() -> None:
    """Measure a quiet and a flooded screen."""
    per_s = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    presses = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as scratch:
        folder = RunFolder(Path(scratch))
        write_alarmed_run(folder)
        screen = Screen(folder.path)
        screen.read_until(b"ALARM")
        screen.rest(1.0)
        quiet = measure(screen, folder, presses)
        with subprocess.Popen([sys.executable, "-c", WRITER, str(per_s), str(folder.log)]) as writer:
            screen.rest(1.0)
            before, began_s = psutil.Process(screen.process.pid).cpu_times(), time.monotonic()
            flooded = measure(screen, folder, presses)
            after, took_s = psutil.Process(screen.process.pid).cpu_times(), time.monotonic() - began_s
            writer.kill()
        screen.process.kill()
        screen.process.wait()
    print(f"{'key':18}{'log':20}{'median ms':>12}{'longest ms':>12}")
    for log, answers in (("quiet", quiet), (f"{per_s:,} lines/s", flooded)):
        for key, times in answers.items():
            print(f"{key:18}{log:20}{statistics.median(times) * 1000:12.1f}{max(times) * 1000:12.1f}")
    cpu = (after.user + after.system - before.user - before.system) / took_s
    print(f"CPU of the monitor in the flood: {100 * cpu:.0f} % of one core")


if __name__ == "__main__":
    main()
