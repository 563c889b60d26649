"""The processes of the soak: a trainer that writes when told to, its guard, and monitors on their terminals."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Self

from amn_tui.run.folder import RunFolder, create_folder, write_whole
from amn_tui.run.plan import Plan, Prepared, RunSection
from amn_tui.run.plan_file import write_plan

DEADLINE_S = 60.0
AMN_TUI = (sys.executable, "-c", "from amn_tui.cli import main; main()")
TRAINER = """
import os, sys, time
epochs, lines, parts = map(int, sys.argv[1:])
done = written = 0
for part in range(1, parts + 1):
    while not os.path.exists(f"go{part}"):
        time.sleep(0.005)
    for epoch in range(done + 1, part * epochs // parts + 1):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        steps = epoch * lines // epochs - written - 1
        text = "".join(
            f"{stamp} Epoch {epoch}/{epochs} step {n}/{steps} loss=0.001892 cosine=0.401200 lr=0.00025\\n" if n % 5
            else f"UserWarning: batch {n} took longer than usual\\n" for n in range(1, steps + 1)
        )
        value = 0.5 + epoch / epochs / 10
        sys.stdout.write(f"{text}{stamp} Epoch {epoch}/{epochs} done val_loss=0.0014 val_cosine={value:.6f}\\n")
        written += steps + 1
        done = epoch
    sys.stdout.flush()
while not os.path.exists("end"):
    time.sleep(0.05)
"""


class Screen:
    """A monitor on a terminal that nobody looks at."""

    def __init__(self, path: Path) -> None:
        """Attach to the run at `path`."""
        self._main, side = pty.openpty()
        self.seen = b""
        self.resize(120, 40)
        self._process = subprocess.Popen(
            [*AMN_TUI, "attach", str(path)], stdin=side, stdout=side, stderr=side, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color"}, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(side)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def resize(self, columns: int, rows: int) -> None:
        """Be another size; the kernel tells the program."""
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def warm_up(self, rounds: int) -> None:
        """Have every pane drawn in many sizes, so that what is kept of drawing is kept."""
        for number in range(rounds):
            self.resize(60 + number * 7 % 140, 12 + number * 5 % 50)
            self.press("\tzz" + "kk" * (number % 3))
            self.read_until_quiet()
        self.resize(120, 40)
        self.press("G")
        self.read_until_quiet()

    def read_until_quiet(self) -> None:
        """Read until nothing more is drawn, for some seconds at most."""
        until_s = time.monotonic() + 3.0
        while select.select([self._main], [], [], 0.15)[0] and time.monotonic() < until_s:
            self.read(0.0)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._main, keys.encode())

    def read(self, wait_s: float) -> None:
        """Take what is drawn within that time; the last of it is kept."""
        if select.select([self._main], [], [], wait_s)[0]:
            try:
                self.seen = (self.seen + os.read(self._main, 1 << 16))[-(1 << 16) :]
            except OSError:  # its terminal is closed: it has ended
                time.sleep(wait_s)

    def wait_for(self, words: bytes) -> None:
        """Read until it has drawn these."""
        until_s = time.monotonic() + DEADLINE_S
        while words not in self.seen:
            self.read(0.05)
            if time.monotonic() > until_s:
                raise TimeoutError(f"never drawn: {words!r}")

    def wait_for_exit(self, other: "Screen") -> int:
        """Read from it, and from another one that must not be held up, until it has ended."""
        until_s = time.monotonic() + DEADLINE_S
        while self._process.poll() is None and time.monotonic() < until_s:
            self.read(0.02)
            other.read(0.0)
        return self._process.returncode if self._process.returncode is not None else -1

    def close(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        os.close(self._main)


class Stage:
    """A run folder, and what belongs to it."""

    def __init__(self, place: Path) -> None:
        """Work in `place`."""
        self._place = place
        self.folder = RunFolder(place / "run")
        self._screens: list[Screen] = []
        self.guard: subprocess.Popen[bytes]
        self._parts = 1
        self._epochs = 0

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what is left."""
        for screen in self._screens:
            screen.close()
        self.let_trainer_end()
        self.guard.wait()

    def start(self, epochs: int, lines: int, parts: int) -> int:
        """Start the guard, and under it a trainer that writes in so many parts; return the guard's pid."""
        self._parts, self._epochs = parts, epochs
        argv = (sys.executable, "-c", TRAINER, str(epochs), str(lines), str(parts))
        plan = Plan(
            run=RunSection(name="soak", command=argv),
            prepared=Prepared(launched_at="", version="", argv=argv, cwd=str(self._place), host="", python=""),
        )
        write_whole(create_folder(self.folder.path).plan, write_plan(plan))
        command = [sys.executable, "-m", "amn_tui.run.guard", str(self.folder.path)]
        self.guard = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        return self.guard.pid

    def attach(self) -> Screen:
        """Attach one more monitor; it is there when it has drawn its keys."""
        screen = Screen(self.folder.path)
        if not self._screens:
            self._screens.append(screen)  # the one that stays; the others are their user's to close
        screen.wait_for(b"zoom")
        return screen

    def let_trainer_write(self, part: int) -> None:
        """Let the trainer write its next part."""
        (self._place / f"go{part}").touch()

    def wait_for_log(self, part: int, monitor: Screen) -> None:
        """Wait until the trainer has written the part, with a monitor that goes on reading."""
        last, until_s = b"Epoch %d/" % (part * self._epochs // self._parts), time.monotonic() + DEADLINE_S
        while last not in self._read_end() and time.monotonic() < until_s:
            monitor.read(0.02)

    def _read_end(self) -> bytes:
        with self.folder.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 200))
            return file.read()

    def let_trainer_end(self) -> None:
        """Let the trainer end."""
        (self._place / "end").touch()
