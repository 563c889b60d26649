"""A long run in a short time: does the monitor keep its memory, does the guard stay small, is every epoch counted?

    python -m benchmarks.soak [--epochs 1000] [--lines 1000000] [--attaches 100] [--resizes 50]

Stands for half an hour: a trainer that writes all of it, a guard, a monitor that stays attached and is resized, and
others that come and go. What the guard would take of half an hour is what it takes of a quiet second, 1,800 times, and
of the work beside that. Printed: what must hold, what was measured, and whether it holds; exit 1 when it does not.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

from amn_tui.run.session import read_run
from benchmarks.soak_processes import Screen, Stage

STANDS_FOR_S = 1800.0
QUIET_S = 12.0
WARM_SHARE = 0.2  # of the epochs; then everything on the screen is drawn in many sizes, since half an hour would do so
WARM_ROUNDS = 120
GROWTH, GUARD_MB, GUARD_CPU = 0.10, 40.0, 0.005
MB = 1e6


@dataclass(slots=True)
class Seen:
    """What was measured on the way."""

    monitor_mb: list[tuple[float, float]] = field(default_factory=list)  # share of the run, megabytes
    guard_mb: list[float] = field(default_factory=list)
    attached: int = 0
    resized: int = 0
    quiet_rate: float = 0.0  # CPU seconds a second with nothing to do
    guard_s: float = 0.0  # CPU seconds of the busy part
    busy_s: float = 0.0

    @property
    def growth(self) -> float:
        """Return by how much the monitor grew from the end of its warm-up to the end."""
        warm = [mb for share, mb in self.monitor_mb if WARM_SHARE <= share < WARM_SHARE + 0.1]
        late = [mb for share, mb in self.monitor_mb if share >= 0.95]
        return median(late) / median(warm) - 1 if warm and late else float("nan")

    @property
    def guard_cpu(self) -> float:
        """Return the guard's share of one core over what this stands for."""
        work_s = max(0.0, self.guard_s - self.quiet_rate * self.busy_s)
        return self.quiet_rate + work_s / STANDS_FOR_S


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, print the table, return 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, default in (("epochs", 1000), ("lines", 1_000_000), ("attaches", 100), ("resizes", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="soak-") as place, Stage(Path(place)) as stage:
        seen = soak(stage, asked)
        stage.let_trainer_end()
        ended = stage.guard.wait(60)
        run = read_run(stage.folder.path)
        lines = sum(chunk.count(b"\n") for chunk in _read_chunks(stage.folder.log))
        attached = sum(json.loads(line)["event"] == "monitor_attached" for line in stage.folder.control.open())
    epochs = [reading.epoch for reading in run.curve.epochs]
    came = seen.attached == attached - 1 == asked.attaches  # and one that stayed
    guard_mb = max(seen.guard_mb)
    rows = [
        ("epochs counted, each once", f"{asked.epochs:,}", f"{len(epochs):,}", epochs == [*range(1, asked.epochs + 1)]),
        ("lines of the log", f"{asked.lines:,}", f"{lines:,}", lines == asked.lines),
        ("monitors that came and went", f"{asked.attaches}", f"{seen.attached}", came),
        ("resizes", f"{asked.resizes}", f"{seen.resized}", seen.resized == asked.resizes),
        ("monitor's memory, after warm-up", f"+{GROWTH:.0%} at most", _say_growth(seen), seen.growth <= GROWTH),
        ("guard's memory", f"{GUARD_MB:.0f} MB at most", f"{guard_mb:.1f} MB", guard_mb <= GUARD_MB),
        ("guard's CPU over half an hour", f"{GUARD_CPU:.1%} at most", _say_cpu(seen), seen.guard_cpu <= GUARD_CPU),
        ("guard's exit code", "0", str(ended), ended == 0),
    ]  # fmt: skip
    print(f"{'what':34}{'must hold':18}{'measured':44}verdict")
    for what, must, measured, holds in rows:
        print(f"{what:34}{must:18}{measured:44}{'holds' if holds else 'DOES NOT HOLD'}")
    return 0 if all(row[-1] for row in rows) else 1


def _say_growth(seen: Seen) -> str:
    sizes = [mb for share, mb in seen.monitor_mb if share >= WARM_SHARE]
    return f"{seen.growth:+.1%} ({sizes[0]:.1f} to {sizes[-1]:.1f} MB)"


def _say_cpu(seen: Seen) -> str:
    return f"{seen.guard_cpu:.2%} (quiet {seen.quiet_rate:.2%}, work {seen.guard_s:.1f} s)"


def _read_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            yield chunk


def soak(stage: Stage, asked: argparse.Namespace) -> Seen:
    """Let everything happen, and look at it once for every monitor that comes and goes."""
    seen = Seen()
    guard = psutil.Process(stage.start(asked.epochs, asked.lines, asked.attaches))
    monitor = stage.attach()
    seen.quiet_rate = _measure_quiet(guard, monitor)
    began_s, before_s = time.monotonic(), sum(guard.cpu_times()[:2])
    process = psutil.Process(monitor.pid)
    for number in range(1, asked.attaches + 1):
        stage.let_trainer_write(number)
        with stage.attach() as other:
            other.press("q")
            seen.attached += other.wait_for_exit(monitor) == 0
        if number * asked.resizes // asked.attaches > seen.resized:
            seen.resized += 1
            monitor.resize(60 + number * 7 % 140, 12 + number * 5 % 50)
        stage.wait_for_log(number, monitor)
        if number == int(WARM_SHARE * asked.attaches):
            monitor.warm_up(WARM_ROUNDS)
        seen.monitor_mb.append((number / asked.attaches, process.memory_info().rss / MB))
        seen.guard_mb.append(guard.memory_info().rss / MB)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{number}/{asked.attaches} {seen.monitor_mb[-1][1]:.1f} MB ")
    seen.busy_s = time.monotonic() - began_s
    seen.guard_s = sum(guard.cpu_times()[:2]) - before_s
    return seen


def _measure_quiet(guard: psutil.Process, monitor: Screen) -> float:
    before_s, until_s = sum(guard.cpu_times()[:2]), time.monotonic() + QUIET_S
    while time.monotonic() < until_s:
        monitor.read(0.1)
    return float(sum(guard.cpu_times()[:2]) - before_s) / QUIET_S


if __name__ == "__main__":
    sys.exit(main())
