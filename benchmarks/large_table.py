"""One epoch on a table of the real size: how much memory the real trainer takes, and how long.

    python -m benchmarks.large_table [--rows N] [--dtype float16|float32] [--folder DIR] [-- TRAINER FLAGS]

Writes a synthetic table (benchmarks/synthetic_table.py) of 790,391 x 768, then runs `python -m trainer` on it for one
epoch as a process of its own, with the table in memory and with it memory-mapped. The memory is the kernel's VmHWM,
which counts pages of a mapped file that are in memory too. Takes a quarter of an hour, and 2.4 GB on disk (1.2 GB with
float16), which --folder keeps for the next time. The exit code is 0 whatever is measured.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process_memory import Ended, run_measured
from benchmarks.synthetic_table import Recipe, write_table
from checks.errors import InputError
from trainer.events import Configured, EpochEnded, Stepped, parse_line

ROOT = Path(__file__).resolve().parents[1]
ROWS, BATCH_SIZE = 790_391, 256
LIMITS_GB = {"ram": 4.0, "mapped": 1.5}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of one epoch took; `samples_per_s` is the median of the log's lines, `seconds` the log's epoch.

    An epoch too short for a line of the log counts whole, scoring included.
    """

    peak_gb: float
    mapped_gb: float
    seconds: float
    samples_per_s: float
    train_windows: int
    val_cosine: float
    process_s: float


def train(table: Path, placement: str, more: Sequence[str]) -> Measured:
    """Run the trainer for one epoch; raises RuntimeError with what it said when it fails."""
    with tempfile.TemporaryDirectory(prefix="large-table-") as name:
        argv = [sys.executable, "-m", "trainer", "--data", str(table), "--output-dir", f"{name}/run", "--epochs", "1"]
        argv += ["--batch-size", str(BATCH_SIZE), "--threads", "1", "--device", "cpu", "--table", placement]
        env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        ended = run_measured([*argv, *more], env)
    if ended.returncode:
        raise RuntimeError(f"the trainer ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return read_log(ended)


def read_log(ended: Ended) -> Measured:
    """Read what the trainer said of its only epoch."""
    events = [parse_line(line) for line in ended.stdout.splitlines()]
    config = next(event for event in events if isinstance(event, Configured))
    epoch = next(event for event in events if isinstance(event, EpochEnded))
    rates = [event.values["samples_per_s"] for event in events if isinstance(event, Stepped)]
    windows, seconds = int(config.values["train_windows"]), epoch.values["seconds"]
    return Measured(
        peak_gb=ended.peak_mb / 1000,
        mapped_gb=ended.mapped_mb / 1000,
        seconds=seconds,
        samples_per_s=statistics.median(rates or [windows / seconds]),
        train_windows=windows,
        val_cosine=epoch.values["val_cosine"],
        process_s=ended.seconds,
    )


def show(placement: str, measured: Measured) -> None:
    """Print one row, and whether the limit holds."""
    limit = LIMITS_GB[placement]
    holds = "holds" if measured.peak_gb <= limit else "does not hold"
    print(
        f"{placement:<8}{measured.seconds:8.1f}{measured.process_s:10.1f}{measured.samples_per_s:11.0f}"
        f"{measured.train_windows:9d}{measured.val_cosine:9.3f}{measured.peak_gb:9.2f}{measured.mapped_gb:11.2f}"
        f"   {limit:.1f} GB {holds}",
        flush=True,
    )


def report(folder: Path, recipe: Recipe, more: Sequence[str]) -> None:
    """Make the table and run the trainer on it in every way it can hold it."""
    began_s = time.perf_counter()
    table = write_table(folder, recipe)
    size = (folder / "vectors.npy").stat().st_size / 1e9
    print(f"table {table.rows:,} x {table.dim} {recipe.dtype}, {size:.2f} GB, {len(table.offsets) - 1:,} articles, "
          f"ready after {time.perf_counter() - began_s:.0f} s", flush=True)  # fmt: skip
    print(f"{'table':<8}{'epoch s':>8}{'process s':>10}{'samples/s':>11}{'windows':>9}{'val cos':>9}"
          f"{'peak GB':>9}{'of it file':>11}   limit")  # fmt: skip
    for placement in LIMITS_GB:
        show(placement, train(table.path, placement, more))


def main() -> int:
    """Read the command line; 0 whatever is measured, 2 when the folder holds another table, 1 when a run fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"vectors in the table (default {ROWS})")
    parser.add_argument("--dtype", choices=("float16", "float32"), default="float32", help="on disk (default float32)")
    parser.add_argument("--folder", type=Path, help="keep the table here, or use the one that is here")
    parser.add_argument("trainer", nargs="*", metavar="FLAG", help="more flags for the trainer, after --")
    asked = parser.parse_args()
    recipe = Recipe(asked.rows, dtype=asked.dtype)
    try:
        with tempfile.TemporaryDirectory(prefix="large-table-") as name:
            report(asked.folder or Path(name) / "table", recipe, asked.trainer)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
