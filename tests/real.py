"""Fixtures for e2e and faults: a real terminal with a program in it, and a guard with a small real trainer."""

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pyte
import pytest

from amn_tui.run.control import AbortAsked, ask
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.lock import LOCK_VARIABLE, take_lock
from amn_tui.run.plan import Plan, Prepared, RunSection
from amn_tui.run.plan_file import write_plan
from checks.gate import Action, Gate
from checks.jsonl import decode_line

AMN_TUI = [sys.executable, "-P", "-c", "from amn_tui.cli import main; main()"]
DEADLINE_S = 90.0


class Terminal:
    """A program on a terminal of its own; waits for what the screen shows, never for a time."""

    def __init__(
        self, argv: list[str], cwd: Path, columns: int = 120, rows: int = 40, variables: Mapping[str, str] | None = None
    ) -> None:
        """Start `argv` on a terminal of this size, with `variables` in its environment."""
        self.main, self.side = pty.openpty()
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.settings = termios.tcgetattr(self.side)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):  # the terminal's own size counts, not that of who runs the tests
            environment.pop(name, None)
        # What a person has settled is not the tests' to read, nor what they have seen the tests' to write.
        environment |= {"XDG_CONFIG_HOME": str(cwd / "config"), "XDG_STATE_HOME": str(cwd / "state")}
        environment |= variables or {}
        self.process = subprocess.Popen(
            argv, stdin=self.side, stdout=self.side, stderr=self.side, cwd=cwd, env=environment,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip

    @property
    def text(self) -> str:
        """Return what the screen shows."""
        return "\n".join(self.screen.display)

    def feed(self, timeout_s: float = 0.1) -> bool:
        """Take what the program writes within that time, and tell whether there was anything."""
        if not select.select([self.main], [], [], timeout_s)[0]:
            return False
        chunk = os.read(self.main, 65536)
        self.raw += chunk
        self.stream.feed(chunk)
        return True

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
        while self.feed():  # its last words may still be on their way
            pass
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

    def start(
        *arguments: str, columns: int = 120, rows: int = 40, variables: Mapping[str, str] | None = None
    ) -> Terminal:
        opened.append(Terminal([*AMN_TUI, *arguments], tmp_path, columns, rows, variables))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


TRAINER_HEAD = """
import os, pathlib, signal, subprocess, sys, time
def say(epoch, of=3, **values):
    pairs = ' '.join(f'{k}={v}' for k, v in values.items())
    print(f'2026-11-22T10:24:40Z Epoch {epoch}/{of} done {pairs}')
def idle():
    while True: signal.pause()
"""
GATES = (Gate(name="bad init", metric="val_cosine", at=1, floor=0.45, on_fail=Action.ABORT, advice="look at the data"),)


class Launch:
    """Guards a small trainer written in Python, in one run folder, with real processes."""

    def __init__(self, tmp_path: Path) -> None:
        """Work in `tmp_path`."""
        self.tmp_path = tmp_path
        self.folder = RunFolder(tmp_path / "run")
        self.processes: list[subprocess.Popen[bytes]] = []

    def __call__(
        self, code: str, *, grace_s: float = 5.0, countdown_s: float = 60.0, argv: tuple[str, ...] = (),
        preflight: str = "", **options: Any,
    ) -> tuple[RunFolder, subprocess.Popen[bytes]]:  # fmt: skip
        """Guard a trainer that runs `code`, or the command `argv`; `preflight`: code that runs as the checks first."""
        self.folder.path.mkdir()
        script = self.tmp_path / "train.py"
        script.write_text(TRAINER_HEAD + code)
        command = argv or (sys.executable, str(script))
        plan = Plan(
            run=RunSection(name="t", command=command, grace_s=grace_s, countdown_s=countdown_s), gates=GATES,
            prepared=Prepared(
                launched_at="", version="", argv=command, cwd=str(self.tmp_path), host="", python="",
                preflight_argv=(sys.executable, "-c", preflight) if preflight else (),
            ),
        )  # fmt: skip
        write_whole(self.folder.plan, write_plan(plan))
        module = "amn_tui.run.starter" if preflight else "amn_tui.run.guard"
        lock = take_lock(self.folder)  # held from the first moment on, as by a launch
        environment = {**(options.pop("env", None) or os.environ), LOCK_VARIABLE: str(lock)}
        try:
            return self.folder, self.guard(module, env=environment, pass_fds=(lock,), **options)
        finally:
            os.close(lock)

    def guard(self, module: str = "amn_tui.run.guard", **options: Any) -> subprocess.Popen[bytes]:
        """Start one more guard in the folder."""
        argv = [sys.executable, "-P", "-m", module, str(self.folder.path), repr(time.time())]
        with self.folder.guard_errors.open("ab") as errors:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True, **options
            )
        self.processes.append(process)
        return process

    def list_members(self) -> list[int]:
        """Return the pids of the run's living processes, by the mark in their environment."""
        return [process.pid for process in self._find() if process.info["status"] != psutil.STATUS_ZOMBIE]

    def _find(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter(["environ", "status"]):
            environment: Mapping[str, str] = process.info["environ"] or {}
            if environment.get("AMN_RUN_ID") == str(self.folder.path):
                yield process

    def read_events(self, kind: type[Any]) -> list[Any]:
        """Return the events of a kind in guard.jsonl."""
        if not self.folder.guard_log.exists():
            return []
        lines = self.folder.guard_log.read_bytes().splitlines()
        return [event for line in lines if (event := decode_line(line, (kind,))) is not None]

    def abort(self) -> None:
        """Ask for the stop."""
        ask(self.folder, AbortAsked(time.time(), "tester", "enough"))

    def close(self) -> None:
        """End what is left."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for member in self._find():
            member.kill()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Return what guards a small trainer written in Python."""
    launch = Launch(tmp_path)
    yield launch
    launch.close()


@pytest.fixture
def free_port() -> int:
    """Return a port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
