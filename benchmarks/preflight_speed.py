"""How long preflight takes on a table of the real size, against the naive way and against what the machine can.

    python -m benchmarks.preflight_speed [--rows 200000 790391] [--folder DIR]

For each size a synthetic table is written (benchmarks/synthetic_table.py; 2.4 GB for the larger one, which --folder
keeps). Then, in the same run: each check alone in a process of its own, all five as a launch runs them, the launch
after it, which finds the results kept, and a Ctrl-C in the middle; the naive way (benchmarks/naive_preflight.py) on
so many rows that it ends, the rest extrapolated; beside each check the bare pass that it cannot be quicker than.
OMP_NUM_THREADS=1 holds for all of them, as make sets it. Exit 1 when a claim does not hold at the larger size. Takes
eight minutes.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine_limits import time_hash, time_neighbours, time_products
from benchmarks.naive_preflight import Naive, measure_naive
from benchmarks.process_memory import Ended, run_measured
from benchmarks.synthetic_table import Recipe, write_table
from checks.options import OPTIONS
from checks.table import Table

ROOT = Path(__file__).resolve().parents[1]
SIZES = (200_000, 790_391)
NAIVE_ROWS = {
    "encoder_fingerprint": 40_000, "eval_normalization": 40_000, "oracle_recall": 50_000, "off_by_one": 4_000,
    "adjacency_coherence": 40_000,
}  # fmt: skip
NAIVE_QUERIES = 20
TIMES_FASTER, TIMES_LIMIT, PEAK_MB, RELAUNCH_S, CANCEL_S = 40.0, 1.5, 1000.0, 1.0, 1.0
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Ours:
    """What the real thing took: seconds of every check alone, and of the five together, kept, and interrupted.

    `limits` are the bare passes, each measured beside its check: a shared machine is twice as fast at one time as at
    another.
    """

    alone: Mapping[str, float]
    limits: Mapping[str, float]
    whole: Ended
    relaunch_s: float
    cancel_s: float


class Preflight:
    """Runs `python -m checks` on one table, with a cache of its own."""

    def __init__(self, table: Path, folder: Path) -> None:
        """Record the table's own statistics as the reference: what is timed is the work, not the verdict."""
        self._folder = folder
        reference = folder / "reference.json"
        self._run("baseline", "--name", "synthetic", "--data", str(table), "--output", str(reference))
        self._flags = ["--train", str(table), "--reference", str(reference)]

    def time_alone(self, check: str) -> float:
        """Return the seconds that a check took by its own account, its control included."""
        return self._read_seconds(self.run("--only", check, "--no-cache"))

    def run(self, *flags: str) -> Ended:
        """Run it to its end."""
        return self._run(*self._flags, "--json", *flags)

    def interrupt(self, after_s: float) -> float:
        """Press Ctrl-C after so many seconds, and return how long it took to be gone."""
        argv = [sys.executable, "-m", "checks", *self._flags, "--no-cache"]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._env) as process:
            time.sleep(after_s)
            began_s = time.perf_counter()
            process.send_signal(signal.SIGINT)
            process.wait()
            return time.perf_counter() - began_s

    @property
    def _env(self) -> dict[str, str]:
        return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(self._folder)}

    def _run(self, *arguments: str) -> Ended:
        ended = run_measured([sys.executable, "-m", "checks", *arguments], self._env)
        if ended.returncode not in (0, 3):
            raise RuntimeError(f"python -m checks ended with {ended.returncode}: {ended.stderr[-2000:]}")
        return ended

    def _read_seconds(self, ended: Ended) -> float:
        return sum(float(result["seconds"]) for result in json.loads(ended.stdout))


def measure_ours(table: Path, folder: Path, queries: int) -> Ours:
    """Measure everything that is ours, and the limits."""
    preflight = Preflight(table, folder)
    beside = {check: _time_beside(preflight, check, table, queries) for check in NAIVE_ROWS}
    only = ("--only", ",".join(NAIVE_ROWS))
    wholes = [preflight.run(*only, "--no-cache") for _ in range(ROUNDS)]
    preflight.run()
    relaunch_s = median(preflight.run().seconds for _ in range(ROUNDS))
    cancel_s = max(preflight.interrupt(wholes[0].seconds * share) for share in (0.2, 0.5, 0.8))
    alone, limits = ({check: pair[place] for check, pair in beside.items()} for place in (0, 1))
    return Ours(alone, limits, min(wholes, key=lambda ended: ended.seconds), relaunch_s, cancel_s)


def _time_beside(preflight: Preflight, check: str, table: Path, queries: int) -> tuple[float, float]:
    """Return the seconds of a check and of its limit in the round of the middle ratio."""
    pairs = []
    for _ in range(ROUNDS):
        before_s = _time_limit(check, table, queries)
        seconds = preflight.time_alone(check)
        pairs.append((seconds, (before_s + _time_limit(check, table, queries)) / 2))
    return sorted(pairs, key=lambda pair: pair[0] / pair[1])[ROUNDS // 2]


def _time_limit(check: str, table: Path, queries: int) -> float:
    """Time the product with all queries, or the pass that the streaming checks share."""
    return time_products(table, queries) if check == "oracle_recall" else time_neighbours(table) + time_hash(table)


def report(table: Table, folder: Path) -> bool:
    """Measure one size and print the table; tell whether everything holds."""
    queries = int(OPTIONS["oracle_recall"]["queries"].default)
    ours = measure_ours(table.path, folder, queries)
    naive = measure_naive(table, NAIVE_ROWS, NAIVE_QUERIES, queries)
    print(f"\n{table.rows:,} x {table.dim} {table.stored.dtype}, {len(table.offsets) - 1:,} articles")
    print(f"{'check':<22}{'alone s':>9}{'limit s':>9}{'of limit':>10}{'naive s':>10}{'faster':>9}   naive measured on")
    for check in NAIVE_ROWS:
        _show_check(check, ours.alone[check], ours.limits[check], naive[check])
    claims = judge_claims(ours, naive)
    for words, holds in claims:
        print(f"{'holds' if holds else 'DOES NOT HOLD'}: {words}", flush=True)
    return table.rows < max(SIZES) or all(holds for _, holds in claims)  # what is smaller starts up for most of it


def _show_check(check: str, seconds: float, limit_s: float, naive: Naive) -> None:
    print(f"{check:<22}{seconds:9.2f}{limit_s:9.2f}{seconds / limit_s:10.2f}{naive.whole_s:10.1f}"
          f"{naive.whole_s / seconds:9.0f}   {naive.rows:,} rows in {naive.seconds:.1f} s")  # fmt: skip


def judge_claims(ours: Ours, naive: Mapping[str, Naive]) -> list[tuple[str, bool]]:
    """Return every claim in words, and whether it holds."""
    naive_s, whole_s = sum(way.whole_s for way in naive.values()), ours.whole.seconds
    slowest = max(ours.limits, key=lambda check: ours.alone[check] / ours.limits[check])
    ratio = ours.alone[slowest] / ours.limits[slowest]
    times = naive_s / whole_s
    faster = f"{times:.0f} times faster than the naive {naive_s:.0f} s, at least {TIMES_FASTER:.0f}"
    return [
        (f"the five together take {whole_s:.1f} s, {faster}", times >= TIMES_FASTER),
        (f"each within {TIMES_LIMIT} times its limit: {slowest} {ratio:.2f}", ratio <= TIMES_LIMIT),
        (f"peak memory {ours.whole.peak_mb:.0f} MB, at most {PEAK_MB:.0f}", ours.whole.peak_mb <= PEAK_MB),
        (f"again on unchanged data {ours.relaunch_s:.2f} s, at most {RELAUNCH_S:g}", ours.relaunch_s <= RELAUNCH_S),
        (f"gone {ours.cancel_s:.2f} s after Ctrl-C, at most {CANCEL_S:g}", ours.cancel_s <= CANCEL_S),
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every size; 1 when something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES), help="vectors in the tables")
    parser.add_argument("--folder", type=Path, help="keep the tables here, or use those that are here")
    asked = parser.parse_args(argv)
    held = True
    with tempfile.TemporaryDirectory(prefix="preflight-") as name:
        for rows in asked.rows:
            folder = Path(name) / str(rows)
            folder.mkdir()
            table = write_table((asked.folder or Path(name)) / f"table-{rows}", Recipe(rows))
            held &= report(table, folder)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
