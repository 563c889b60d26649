"""A real terminal: a pseudo-terminal with a program in it, and what its screen shows."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]
DEADLINE_S = 90.0


class Terminal:
    """A program on a terminal of its own; waits for what the screen shows, never for a time."""

    def __init__(self, argv: list[str], cwd: Path, columns: int = 120, rows: int = 40) -> None:
        """Start `argv` on a terminal of this size."""
        self.main, self.side = pty.openpty()
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.settings = termios.tcgetattr(self.side)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            argv, stdin=self.side, stdout=self.side, stderr=self.side, cwd=cwd, env=environment,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip

    @property
    def text(self) -> str:
        """Return what the screen shows."""
        return "\n".join(self.screen.display)

    def feed(self, timeout_s: float = 0.1) -> None:
        """Take what the program writes within that time."""
        if select.select([self.main], [], [], timeout_s)[0]:
            chunk = os.read(self.main, 65536)
            self.raw += chunk
            self.stream.feed(chunk)

    def wait_for(self, condition: str | Callable[[], object]) -> None:
        """Wait until the screen shows a text, or a condition holds; fail with the screen when it never does."""
        until_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < until_s:
            if condition in self.text if isinstance(condition, str) else condition():
                return
            self.feed()
        raise AssertionError(f"never came: {condition}\n{self.text}")

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.main, keys.encode())

    def wait_for_exit(self) -> int:
        """Read until the program has ended; return its exit code."""
        self.wait_for(lambda: self.process.poll() is not None)
        self.feed(0.0)
        return self.process.returncode

    def close(self) -> None:
        """End what is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.main)
        os.close(self.side)


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Return a function that starts `amn-tui ARGUMENTS` on a real terminal, in tmp_path."""
    opened: list[Terminal] = []

    def start(*arguments: str, columns: int = 120, rows: int = 40) -> Terminal:
        opened.append(Terminal([*AMN_TUI, *arguments], tmp_path, columns, rows))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()
