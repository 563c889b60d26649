"""Two processes that learn together against one alone, on this machine: gloo over loopback, one thread each.

    python -m torch.distributed.run --nproc-per-node 2 -m benchmarks.two_processes TABLE BATCH_SIZE TURN_S TOTAL_S

Alone and together take turns in the same two processes: while rank 0 is alone, rank 1 waits without using its core.
Rank 0 prints one JSON line. `measure_processes` starts it all and reads that.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist

from benchmarks.interleaving import FEWEST_ROUNDS, TRIAL_STEPS, Spent, by_wall, compare, measure_rate
from benchmarks.process_memory import read_own_peak_mb
from benchmarks.timed_ways import TrainerWay
from benchmarks.training_ways import Task, train_ours
from trainer.group import Group, join_group, leave_group

PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Together:
    """Samples per second alone and of all processes together, and how many times as many that is, with its error.

    `peak_mb` is the peak memory of the process that never trained alone.
    """

    alone: float
    together: float
    ratio: float
    error: float
    peak_mb: float


def measure_processes(table: Path, batch_size: int, turn_s: float, total_s: float) -> Together:
    """Measure in processes of their own; raises RuntimeError with what they said when they fail."""
    launch = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={PROCESSES}", "--nnodes=1"]
    launch += ["--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", "--local-addr=127.0.0.1"]
    argv = [*launch, "-m", "benchmarks.two_processes", str(table), str(batch_size), str(turn_s), str(total_s)]
    loopback = {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo", "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, **loopback}, check=False)
    return read_result(ended)


def read_result(ended: "subprocess.CompletedProcess[str]") -> Together:
    """Read what rank 0 printed; raises RuntimeError when a process failed or said nothing."""
    lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    if ended.returncode or not lines:
        raise RuntimeError(f"two processes: exit code {ended.returncode}\n{ended.stderr[-2000:]}")
    return Together(**json.loads(lines[-1]))


def take_turns_together(
    group: Group, alone: TrainerWay | None, together: TrainerWay, turn_s: float, total_s: float
) -> Iterator[tuple[Spent | None, Spent]]:
    """Yield what a turn alone (on rank 0) and one of all processes took; together lasts as long as the slowest."""
    together.work(TRIAL_STEPS)
    step_s = statistics.median(turn.wall_s / turn.samples for turn in (together.work(TRIAL_STEPS) for _ in range(3)))
    steps = int(_agree(max(1.0, turn_s / step_s / together.run.config.batch_size)))
    began_s = time.perf_counter()
    for number in itertools.count():
        if not _agree(float(number < FEWEST_ROUNDS or time.perf_counter() - began_s < total_s)):
            break
        single = alone.work(steps) if alone else None
        group.wait()
        shared = together.work(steps)
        wall_s = torch.tensor(shared.wall_s)
        dist.all_reduce(wall_s, dist.ReduceOp.MAX)
        yield single, Spent(shared.samples, float(wall_s), shared.cpu_s)


def _agree(value: float) -> float:
    """Return rank 0's value."""
    shared = torch.tensor(value)
    dist.broadcast(shared, 0)
    return float(shared)


def main() -> None:
    """Be one of the processes."""
    table, batch_size, turn_s, total_s = sys.argv[1:]
    torch.set_num_threads(1)
    group = join_group(torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        task = Task(Path(table), Path(), Path(folder), int(batch_size), group.device)
        alone = train_ours(task) if group.leads else None
        together = train_ours(task, group)
        turns = list(take_turns_together(group, alone, together, float(turn_s), float(total_s)))
    peak = torch.tensor(read_own_peak_mb())
    dist.broadcast(peak, PROCESSES - 1)
    leave_group()
    if group.leads:
        single = [one for one, _ in turns if one is not None]
        shared = [both for _, both in turns]
        ratio = compare(shared, single, by_wall)
        print(json.dumps({"alone": measure_rate(single), "together": measure_rate(shared),
                          "ratio": ratio.value, "error": ratio.error, "peak_mb": float(peak)}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
