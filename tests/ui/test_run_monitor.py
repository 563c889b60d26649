"""The real program in a real terminal: exit codes, and a terminal that is itself again however it ends."""

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
from types import ModuleType

import pytest

from amn_tui.ui.run_monitor import LAST_RESORT_S, has_terminal, say_goodbye

PROGRAM = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from amn_tui.cli import main
sys.argv[0] = "amn-tui"
main()
"""
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")
DEADLINE_S = 30.0


class Terminal:
    """amn-tui attach on a pseudo-terminal of its own."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "attach", *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1", **environment},
        )  # fmt: skip

    def read_until(self, mark: bytes) -> None:
        end = time.monotonic() + DEADLINE_S
        while mark not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            assert self.read(), self.seen[-2000:]

    def read(self, wait_s: float = DEADLINE_S) -> bool:
        """Read what there is; False when the terminal is closed or says nothing for so long."""
        if not select.select([self.master], [], [], wait_s)[0]:
            return False
        try:
            chunk = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.seen += chunk
        return bool(chunk)

    def end(self) -> int:
        """Read on until the program ended; return its exit code."""
        while self.process.poll() is None:
            self.read(0.05)
        while self.read(0.1):
            pass
        return self.process.returncode


@pytest.fixture
def attach() -> Iterator[Callable[..., Terminal]]:
    terminals: list[Terminal] = []

    def start(*arguments: str, **environment: str) -> Terminal:
        terminals.append(Terminal(*arguments, **environment))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.process.kill()
        terminal.process.wait()
        for descriptor in (terminal.master, terminal.slave):
            try:
                os.close(descriptor)
            except OSError:
                continue


@pytest.mark.slow
@pytest.mark.parametrize(("story", "code"), [("completed", 0), ("aborted", 4), ("blocked", 3)])
def test_the_exit_code_is_the_runs(
    ui: ModuleType, tmp_path: Path, attach: Callable[..., Terminal], story: str, code: int
) -> None:
    ui.write_folder(tmp_path / "run", getattr(ui, story)())
    terminal = attach(str(tmp_path / "run"))
    terminal.read_until(b"bad init")
    os.write(terminal.master, b"q")
    assert terminal.end() == code
    assert all(sequence in terminal.seen for sequence in RESTORED)
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert b"amn-790k-attempt-3" in terminal.seen.rpartition(RESTORED[0])[2]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_ends_it_with_the_terminal_restored(
    tmp_path: Path, attach: Callable[..., Terminal], number: signal.Signals
) -> None:
    log = tmp_path / "train.log"
    log.write_text("hello from the log\n")
    terminal = attach(str(log))
    terminal.read_until(b"leave")
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    assert all(sequence in terminal.seen for sequence in RESTORED)
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert b"Traceback" not in terminal.seen


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_at_the_first_picture_ends_it_too(
    tmp_path: Path, attach: Callable[..., Terminal], number: signal.Signals
) -> None:
    log = tmp_path / "train.log"
    log.write_text("hello from the log\n")
    terminal = attach(str(log))
    terminal.read_until(b"hello from the log")
    terminal.process.send_signal(number)
    assert terminal.end() == 128 + number
    assert terminal.seen.rstrip().endswith(RESTORED[0]) or RESTORED[2] in terminal.seen  # or the app had begun
    assert RESTORED[1] in terminal.seen
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert b"Traceback" not in terminal.seen


@pytest.mark.slow
@pytest.mark.parametrize("mark", [b"hello from the log", b"leave"], ids=["at the first picture", "later"])
def test_a_terminal_that_is_closed_ends_it(tmp_path: Path, attach: Callable[..., Terminal], mark: bytes) -> None:
    log = tmp_path / "train.log"
    log.write_text("hello from the log\n")
    terminal = attach(str(log))
    terminal.read_until(mark)
    os.close(terminal.slave)
    closed_s = time.monotonic()
    os.close(terminal.master)
    assert terminal.process.wait(DEADLINE_S) == 128 + signal.SIGHUP
    assert time.monotonic() - closed_s < LAST_RESORT_S  # in an orderly way


@pytest.mark.slow
def test_hostile_bytes_of_a_log_never_reach_the_terminal(
    ui: ModuleType, tmp_path: Path, attach: Callable[..., Terminal]
) -> None:
    log = tmp_path / "train.log"
    payload = [text.encode() for text in ui.HOSTILE if not text.isprintable()]
    log.write_bytes(b"\n".join(payload) + b"\nthe last line\n")
    terminal = attach(str(log))
    terminal.read_until(b"the last line")
    os.write(terminal.master, b"q")
    assert terminal.end() == 0
    assert not any(text in terminal.seen for text in payload)
    assert b"owned" not in terminal.seen


@pytest.mark.slow
def test_a_locale_without_unicode_gets_ascii(tmp_path: Path, attach: Callable[..., Terminal]) -> None:
    log = tmp_path / "train.log"
    log.write_text("grüße aus dem log\n", "utf-8")
    terminal = attach(str(log), LC_ALL="C")
    terminal.read_until(b"aus dem log")
    os.write(terminal.master, b"q")
    assert terminal.end() == 0
    assert terminal.seen.isascii()


def test_the_goodbye_says_what_is_left_behind(ui: ModuleType) -> None:
    assert say_goodbye(ui.make_run(ui.healthy())) == (
        "amn-790k-attempt-3 goes on (TRAINING); come back with: amn-tui attach /runs/amn-790k-attempt-3"
    )
    assert say_goodbye(ui.make_run(ui.completed())) == "amn-790k-attempt-3: COMPLETED: all 20 epochs are done"
    assert say_goodbye(ui.make_run(ui.blocked())) == "amn-790k-attempt-3: BLOCKED"


def test_without_a_terminal_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdin__", None)
    assert not has_terminal()
