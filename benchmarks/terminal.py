"""A program on a terminal of 120 x 40 that nobody looks at: what it draws, when, and what it costs."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

COLUMNS, ROWS = 120, 40
DEADLINE_S = 120.0
KEPT_BYTES = 1 << 16
ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")
# What a terminal answers to those who ask before they draw: attributes, cursor, colours, synchronized output.
ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program took between two moments: CPU seconds, bytes written to its terminal, wall seconds."""

    cpu_s: float
    drawn_bytes: int
    wall_s: float

    @property
    def cpu_percent(self) -> float:
        """Return its share of one core."""
        return 100 * self.cpu_s / self.wall_s

    @property
    def bytes_per_s(self) -> float:
        """Return how much it draws."""
        return self.drawn_bytes / self.wall_s


class Terminal:
    """Runs a program; whatever it draws is read at once, so that it never waits for the terminal."""

    def __init__(self, argv: Sequence[str | Path], *, cwd: Path | None = None) -> None:
        """Start `argv` in a session of its own, with the terminal as its controlling one."""
        self._main, side = pty.openpty()
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color"}
        for name in ("COLUMNS", "LINES", "TMUX", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
            env.pop(name, None)
        self.began_s = time.perf_counter()
        self._process = subprocess.Popen(
            [str(word) for word in argv], stdin=side, stdout=side, stderr=side, env=env, cwd=cwd,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(side)
        self.pid = self._process.pid
        self.drawn = b""  # the last of it
        self.drawn_bytes = 0

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the program and whatever it started."""
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.kill()
        self._process.wait()
        os.close(self._main)

    def read(self, wait_s: float) -> bool:
        """Take what is drawn within that time; return whether there was anything."""
        if not select.select([self._main], [], [], wait_s)[0]:
            return False
        try:
            raw = os.read(self._main, 1 << 16)
        except OSError as error:
            raise RuntimeError(f"the program has ended: {self.text()[-300:]}") from error
        for question, answer in ANSWERS.items():
            if question in raw:
                os.write(self._main, answer)
        self.drawn_bytes += len(raw)
        self.drawn = (self.drawn + raw)[-KEPT_BYTES:]
        return True

    def text(self) -> str:
        """Return what was drawn last, as text without escape codes."""
        return ESCAPES.sub(b"", self.drawn).decode("utf-8", "replace")

    def wait_for(self, words: str, *, timeout_s: float = DEADLINE_S) -> float:
        """Read until the words are drawn; return the seconds since the program was started."""
        return self.wait_until(lambda: words in self.text(), words, timeout_s=timeout_s)

    def wait_until(self, condition: Callable[[], bool], words: str, *, timeout_s: float = DEADLINE_S) -> float:
        """Read until a condition holds that only what is drawn can change; return the seconds since the start."""
        until_s = time.perf_counter() + timeout_s
        while not condition():
            if not self.read(0.5) and time.perf_counter() > until_s:
                raise TimeoutError(f"never drawn: {words}; but: {self.text()[-300:]}")
        return time.perf_counter() - self.began_s

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._main, keys.encode())

    def forget(self) -> None:
        """Forget what was drawn."""
        self.drawn = b""

    def rest(self, seconds: float) -> None:
        """Take what is drawn for so long."""
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0:
            self.read(left_s)

    def settle(self, quiet_s: float = 0.5, timeout_s: float = 20.0) -> None:
        """Read until nothing was drawn for a while."""
        until_s = time.perf_counter() + timeout_s
        while self.read(quiet_s) and time.perf_counter() < until_s:
            pass

    def cpu_s(self) -> float:
        """Return the CPU time of the program and of what it started, living or ended."""
        own = psutil.Process(self.pid)
        total = 0.0
        for process in (own, *own.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += sum(process.cpu_times()[:4])
        return total

    def rss_mb(self) -> float:
        """Return the resident memory of the program and of what it started, in MB."""
        own = psutil.Process(self.pid)
        return sum(process.memory_info().rss for process in (own, *own.children(recursive=True))) / 1e6

    def measure(self, work: Callable[[], object]) -> Cost:
        """Return what the program costs while something is done."""
        cpu_s, drawn, began_s = self.cpu_s(), self.drawn_bytes, time.perf_counter()
        work()
        return Cost(self.cpu_s() - cpu_s, self.drawn_bytes - drawn, time.perf_counter() - began_s)
