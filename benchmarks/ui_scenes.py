"""What is done with a program on its terminal, and what is measured of it; the same for ours and for its peers."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.log_reading import STEPS_PER_EPOCH, write_log
from benchmarks.terminal import Cost, Terminal

OURS = (sys.executable, "-P", "-c", "from amn_tui.cli import main; main()")
MARK = "here-is-the-end"
WHOLE = "zoom"  # among the keys, in the last line: all of our panes are drawn
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello")
Hello().run()
"""
WRITER = """
import sys, time
per_s, path = int(sys.argv[1]), sys.argv[2]
line = "2026-11-23T02:20:00Z Epoch 2000/2001 step {}/200000 loss=0.001892 cosine=0.401200 lr=0.0001\\n"
with open(path, "a", buffering=1) as file:
    began_s, n = time.monotonic(), 0
    while True:
        n += 1
        file.write(line.format(n))
        time.sleep(max(0.0, began_s + n / per_s - time.monotonic()))
"""


def make_log(folder: Path, lines: int) -> Path:
    """Make a run folder whose log has so many lines and a last one that can be found; return the log."""
    folder.mkdir()
    log = folder / "training.log"
    if lines:
        write_log(log, lines)
        append(log, MARK)
    else:
        log.touch()
    return log


def append(log: Path, line: str) -> None:
    """Add one line."""
    with log.open("a") as file:
        file.write(line + "\n")


def start_ours(log: Path) -> list[str]:
    """Return the command of our monitor."""
    return [*OURS, "attach", str(log.parent)]


def time_paints(commands: Mapping[str, tuple[Sequence[str], str]], rounds: int) -> dict[str, float]:
    """Return the median milliseconds from the start of each command to its words on the screen, in turns.

    A first round that is not counted fills the caches of all.
    """
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, (argv, words) in commands.items():
            with Terminal(argv) as terminal:
                taken[name].append(terminal.wait_for(words) * 1000)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def time_appends(terminal: Terminal, log: Path, times: int) -> list[float]:
    """Return in ms how long after it was written each of so many lines was on the screen; they come now and then."""
    taken = []
    for number in range(times):
        terminal.rest(0.35 + 0.013 * (number % 7))
        mark = f"appended-{number:03d}-{time.monotonic_ns() % 10**6:06d}"
        append(log, mark)
        began_s = time.perf_counter()
        terminal.wait_for(mark)
        taken.append((time.perf_counter() - began_s) * 1000)
    return taken


@contextmanager
def written(log: Path, per_s: int) -> Iterator[None]:
    """Have another process write so many lines a second to the log."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(per_s), str(log)]) as writer:
        try:
            yield
        finally:
            writer.kill()


def cost_of_quiet(terminal: Terminal, seconds: float) -> Cost:
    """Return what a program costs while nothing happens."""
    terminal.settle()
    return terminal.measure(lambda: terminal.rest(seconds))


def cost_of_lines(terminal: Terminal, log: Path, per_s: int, seconds: float) -> Cost:
    """Return what a program costs while the log grows by so many lines a second."""
    with written(log, per_s):
        terminal.rest(3.0)
        return terminal.measure(lambda: terminal.rest(seconds))


def read_whole(argv: Sequence[str], words: str) -> tuple[float, float]:
    """Return the CPU seconds, from the start on, until all of a log is read, the words say so, and the MB then."""
    with Terminal(argv) as terminal:
        terminal.wait_for(words)
        terminal.settle(0.7, 5.0)
        return terminal.cpu_s(), terminal.rss_mb()


def name_last_epoch(lines: int) -> str:
    """Return how our header says that all of a log of write_log was read."""
    epochs = lines // STEPS_PER_EPOCH
    return f"epoch {epochs}/{epochs}"
