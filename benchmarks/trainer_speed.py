"""How fast the trainer learns, against the original way and against the least that a step of its model can take.

    python -m benchmarks.trainer_speed [--rows N] [--seconds S] [--batch-size B]... [--skip PART]...

All ways take turns on one machine in one run, one thread each (see benchmarks/interleaving.py): the original's
(benchmarks/original_way.py), ours through the trainer's real loop, and the bare limit, which is forward, squared error,
backward and fused AdamW on a batch that is in place. Each has a process of its own. The exit code is 0 whatever is
measured: a benchmark reports. Under five minutes.
"""

import argparse
import dataclasses
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # no pool of compilers beside what is measured

import numpy as np
import torch

from benchmarks.interleaving import take_turns
from benchmarks.own_process import OwnProcess
from benchmarks.speed_claims import format_claims, format_rates
from benchmarks.synthetic_table import Recipe, write_table
from benchmarks.training_ways import WAYS, Task
from benchmarks.two_processes import PROCESSES, measure_processes
from checks.table import Table
from checks.windows import cut_windows, write_npz
from trainer.config import TrainConfig
from trainer.device import choose_device

DIM, TURN_S = 768, 0.2
BATCH_SIZES = (32, 256)
FEWEST_STEPS = 60  # of an epoch: a turn must fit into it several times
PARTS = ("compile", "processes")


def write_windows(table: Table, path: Path) -> None:
    """Write the same windows as the original's npz."""
    windows = cut_windows(table, TrainConfig().context)
    assert windows.article is not None
    assert windows.chunk is not None
    every = np.arange(len(windows))
    positions = np.stack([windows.article, windows.chunk], axis=1)
    write_npz(path, windows.read_contexts(every), windows.read_targets(every), positions)


def report_device(task: Task, names: Sequence[str], total_s: float) -> None:
    """Measure and print one device at one batch size."""
    with ExitStack() as running:
        ways = {name: running.enter_context(OwnProcess(name, task)) for name in names}
        for way in ways.values():
            way.wait()
        turns = take_turns(ways, TURN_S, total_s * len(names))
        peaks = {name: way.end() for name, way in ways.items()}
    rates = format_rates(task.device, task.batch_size, turns, peaks)
    print(f"\n{rates}\n{format_claims(task.device, turns)}", flush=True)


def report_processes(task: Task, total_s: float) -> None:
    """Measure and print two processes against one."""
    found = measure_processes(task.table, task.batch_size, TURN_S, total_s)
    head = f"{PROCESSES} processes (gloo, loopback), batch {task.batch_size} each"
    print(f"\n{head}: {found.together:.0f} samples/s in all, {found.alone:.0f} of one alone")
    print(f"that is {found.ratio:.2f} ±{found.error:.2f} times as many; peak {found.peak_mb:.0f} MB each")


def describe_machine() -> str:
    """Say where this is measured."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    accelerator = torch.cuda.get_device_name() if torch.cuda.is_available() else choose_device("auto").type
    return f"{model}, {os.cpu_count()} CPUs, load {load}; {accelerator}; torch {torch.__version__}, 1 thread"


def main() -> None:
    """Make the data, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=40_000, help="vectors in the table (default 40000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each way and batch size (default 5)")
    parser.add_argument("--batch-size", type=int, action="append", help="may be repeated (default 32 and 256)")
    parser.add_argument("--skip", action="append", choices=PARTS, default=[], help="leave this out; may be repeated")
    asked = parser.parse_args()
    sizes = asked.batch_size or list(BATCH_SIZES)
    if asked.rows < FEWEST_STEPS * max(sizes):
        parser.error(f"--rows {asked.rows}: at least {FEWEST_STEPS * max(sizes)} for a batch size of {max(sizes)}")
    torch.set_num_threads(1)
    began_s = time.perf_counter()
    print(describe_machine())
    with tempfile.TemporaryDirectory(prefix="trainer-speed-") as name:
        report(Path(name), asked.rows, sizes, asked.seconds, set(asked.skip))
    print(f"{time.perf_counter() - began_s:.0f} s")


def report(folder: Path, rows: int, batch_sizes: Sequence[int], seconds: float, skipped: set[str]) -> None:
    """Make the data in `folder`, then measure all that is not skipped."""
    table = write_table(folder / "table", Recipe(rows, DIM))
    write_windows(table, folder / "windows.npz")
    table_mb, npz_mb = ((folder / path).stat().st_size / 1e6 for path in ("table/vectors.npy", "windows.npz"))
    print(f"table {table.rows:,} x {table.dim} float32, {table_mb:.0f} MB; as the original's npz {npz_mb:.0f} MB")
    names = [name for name in WAYS if "compile" not in skipped or "compiled" not in name]
    first = Task(table.path, folder / "windows.npz", folder, batch_sizes[0], torch.device("cpu"))
    for device in {device.type: device for device in (first.device, choose_device("auto"))}.values():
        for size in batch_sizes:
            task = dataclasses.replace(first, batch_size=size, device=device)
            report_device(task, names, seconds)
    if "processes" not in skipped:
        report_processes(first, 3 * seconds)


if __name__ == "__main__":
    main()
