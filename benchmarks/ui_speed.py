"""How quick the monitor is, against a Textual hello and the programs people use, in one run on one machine.

    python -m benchmarks.ui_speed [--quick] [--peers FOLDER | --no-peers] [--only PART]...

Every program runs on a real terminal of 120 x 40 (a pty), started in turns with the others; medians are printed, each
against its limit, and the exit code is 1 when one does not hold. Peers come from the package registry into a folder of
their own (by default below the user's cache); one that cannot be had, or driven, is named with the reason.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.terminal import Terminal
from benchmarks.ui_claims import Finding, format_findings, format_rows
from benchmarks.ui_peer_rows import measure_peers
from benchmarks.ui_scenes import (
    HELLO,
    MARK,
    WHOLE,
    append,
    cost_of_lines,
    cost_of_quiet,
    make_log,
    name_last_epoch,
    read_whole,
    start_ours,
    time_appends,
    time_paints,
)
from benchmarks.ui_throughput import measure_throughput

PARTS = ("paint", "history", "append", "idle", "steady", "throughput")
SMALL, LARGE = 100_000, 1_000_000
PER_S = 20
PAIRED = 15  # times as long as any other state: pairs of turns tell a percent apart only when they are many


class Bench:
    """Makes the logs once, and measures part by part."""

    def __init__(self, place: Path, rounds: int, seconds: float) -> None:
        """Work in `place`: so many starts of each program, so many seconds of each state."""
        self.place, self.rounds, self.seconds = place, rounds, seconds
        self.logs = {lines: make_log(place / f"run-{lines}", lines) for lines in (0, SMALL, LARGE)}

    def paint(self) -> list[Finding]:
        """Time the first picture: hello, an empty run, the ends of long logs."""
        commands: dict[str, tuple[Sequence[str], str]] = {"hello": ([sys.executable, "-c", HELLO], "hello")}
        commands["empty"] = start_ours(self.logs[0]), "run-0"
        commands["whole"] = start_ours(self.logs[0]), WHOLE
        for lines in (SMALL, LARGE):
            commands[str(lines)] = start_ours(self.logs[lines]), MARK
        commands["whole 1e6"] = start_ours(self.logs[LARGE]), WHOLE
        found = time_paints(commands, self.rounds)
        hello = found["hello"]

        def compare(claim: str, name: str, limit: float | None) -> Finding:
            return Finding(claim, found[name] / hello, limit, "x hello", f"{found[name]:.0f} ms; hello {hello:.0f} ms")

        return [
            compare("cold start to first paint", "empty", 1.15),
            compare("cold start to every pane, keys answered", "whole", None),
            compare("the same with a log of 1e6 lines", "whole 1e6", None),
            compare("the end of 1e5 lines on the screen", str(SMALL), 1.3),
            compare("the end of 1e6 lines on the screen", str(LARGE), 1.5),
        ]

    def history(self) -> list[Finding]:
        """Take CPU time and memory of reading all of a long log."""
        read = [read_whole(start_ours(self.logs[LARGE]), name_last_epoch(LARGE)) for _ in range(3)]
        return [
            Finding("whole curves of 1e6 lines", statistics.median(cpu_s for cpu_s, _ in read), 3.0, "CPU s"),
            Finding("memory at 1e6 lines", statistics.median(mb for _, mb in read), 150.0, "MB"),
        ]

    def append(self) -> list[Finding]:
        """Time lines from the file to the screen."""
        log = self.logs[SMALL]
        with Terminal(start_ours(log)) as terminal:
            terminal.wait_for(MARK)
            terminal.settle()
            taken = sorted(time_appends(terminal, log, max(20, int(self.seconds * 3))))
        note = f"{len(taken)} lines"
        append(log, MARK)  # the end that others wait for
        return [
            Finding("append to screen, median", statistics.median(taken), 60.0, "ms", note),
            Finding("append to screen, 95 of 100", taken[int(0.95 * (len(taken) - 1))], 150.0, "ms", note),
        ]

    def idle(self) -> list[Finding]:
        """Take what a screen costs on which nothing happens."""
        with Terminal([sys.executable, "-c", HELLO]) as terminal:
            terminal.wait_for("hello")
            hello = cost_of_quiet(terminal, self.seconds)
        with Terminal(start_ours(self.logs[SMALL])) as terminal:
            terminal.wait_for(WHOLE)
            cost = cost_of_quiet(terminal, self.seconds)
        return [
            Finding("idle: CPU", cost.cpu_percent, 0.3, "% of core", f"hello {hello.cpu_percent:.2f} %"),
            Finding("idle: drawn", cost.bytes_per_s, 0.0, "bytes/s"),
        ]

    def steady(self) -> list[Finding]:
        """Take what a screen costs while a trainer logs."""
        log = make_log(self.place / "steady", 1000)
        with Terminal(start_ours(log)) as terminal:
            terminal.wait_for(WHOLE)
            cost = cost_of_lines(terminal, log, PER_S, self.seconds)
        return [
            Finding(f"{PER_S} lines/s: CPU", cost.cpu_percent, 5.0, "% of core"),
            Finding(f"{PER_S} lines/s: drawn", cost.bytes_per_s / 1000, 15.0, "kB/s"),
        ]

    def throughput(self) -> list[Finding]:
        """Take what the monitor costs the trainer."""
        return measure_throughput(make_log(self.place / "throughput", 1000), PER_S, PAIRED * self.seconds)


def describe_machine() -> str:
    """Say where this is measured."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return f"{platform.machine()}, {os.cpu_count()} CPUs, load {load}; Python {platform.python_version()}"


def main() -> int:
    """Measure and print; return 1 when a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds: to try it, not to quote it")
    parser.add_argument("--only", action="append", choices=PARTS, default=[], help="this part alone; may be repeated")
    parser.add_argument("--peers", type=Path, help="the folder in which the peers are, or are to be, installed")
    parser.add_argument("--no-peers", action="store_true", help="leave the other programs out")
    asked = parser.parse_args()
    began_s = time.perf_counter()
    print(describe_machine(), flush=True)
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="ui-speed-") as place:
        bench = Bench(Path(place), rounds=3 if asked.quick else 9, seconds=5.0 if asked.quick else 20.0)
        for part in asked.only or PARTS:
            found = getattr(bench, part)()
            findings += found
            print("\n".join(finding.describe() for finding in found), flush=True)
        if not (asked.no_peers or asked.only):
            rows = measure_peers(Path(place), bench.logs, asked.peers, rounds=3, seconds=bench.seconds / 2)
            print(f"\n{format_rows(rows)}", flush=True)
    print(f"\n{format_findings(findings)}\n{time.perf_counter() - began_s:.0f} s, {describe_machine()}")
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
