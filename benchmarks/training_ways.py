"""The ways of training that are compared, each behind `work(steps)`: the original's, ours, and ours with nothing to it.

python -m benchmarks.training_ways NAME TABLE NPZ BATCH_SIZE DEVICE    # one of them, which takes turns as it is told
"""

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import AdamW

from benchmarks import original_way
from benchmarks.interleaving import TRIAL_STEPS, Way
from benchmarks.process_memory import read_own_peak_mb
from benchmarks.timed_ways import LoopWay, OneBatch, TrainerWay
from trainer.config import TrainConfig
from trainer.data import VectorSet, load_vectors, open_data
from trainer.group import ALONE, Group
from trainer.losses import compute_mse
from trainer.model import create_model

EPOCHS = 1_000  # more than any measurement gets to


@dataclass(frozen=True, slots=True)
class Task:
    """What every way trains on, the same windows as a table and as the original's npz; `folder` is for its output."""

    table: Path
    npz: Path
    folder: Path
    batch_size: int
    device: torch.device


def train_ours(task: Task, group: Group = ALONE, **flags: Any) -> TrainerWay:
    """Our trainer as the demo's plan has it, squared error alone, on one thread; `batch_size` is each process's."""
    if group.world == 1:
        group = Group(device=task.device)
    config = TrainConfig(
        data=str(task.table), output_dir=tempfile.mkdtemp(dir=task.folder), batch_size=task.batch_size * group.world,
        device=task.device.type, threads=1, epochs=EPOCHS, lambda_moment=0.0, lambda_variance=0.0, **flags,
    )  # fmt: skip
    return TrainerWay(config, group)


def train_on_one_batch(task: Task) -> TrainerWay:
    """Our trainer without gathering."""
    way = train_ours(task)
    fixed = OneBatch(way.run.data, next(way.run.sampler.draw_batches(1)))
    way.run = dataclasses.replace(way.run, data=cast("VectorSet", fixed))
    return way


def train_bare(task: Task, *, compiled: bool = False) -> LoopWay:
    """The least that a step of our model can be: forward, squared error, backward, fused AdamW, on one batch."""
    data = load_vectors(open_data(str(task.table), TrainConfig().context), task.device)
    contexts, targets = data.take(torch.arange(task.batch_size, device=task.device))
    model = create_model("amn", data.dim).to(task.device)
    fused = task.device.type in ("cpu", "cuda")
    optimizer = AdamW(model.parameters(), lr=TrainConfig().lr, fused=fused, foreach=None if fused else True)

    def compute_loss() -> Tensor:
        raw, _ = model(contexts, return_raw=True)
        return compute_mse(raw, targets)

    compute = torch.compile(compute_loss) if compiled else compute_loss

    def step() -> Iterator[int]:
        while True:
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(compute())
            optimizer.step()
            yield task.batch_size

    return LoopWay(step(), task.device)


def train_originally(task: Task) -> LoopWay:
    """The original way."""
    log = Path(tempfile.mkdtemp(dir=task.folder)) / "training.log"
    return LoopWay(original_way.train(task.npz, task.batch_size, task.device, log), task.device)


ORIGINAL, OURS, NOT_AVERAGED, COMPILED = "original way", "ours", "ours, no averaging", "ours, compiled"
ONE_BATCH, BARE, BARE_COMPILED = "ours, one batch", "bare limit", "bare limit, compiled"
WAYS: dict[str, Callable[[Task], Way]] = {
    ORIGINAL: train_originally,
    NOT_AVERAGED: lambda task: train_ours(task, ema_decay=0.0),
    OURS: train_ours,
    COMPILED: lambda task: train_ours(task, compile="on"),
    ONE_BATCH: train_on_one_batch,
    BARE: train_bare,
    BARE_COMPILED: lambda task: train_bare(task, compiled=True),
}


def main() -> None:
    """Be one way in a process of its own: do as many steps as each line asks for and say what they took, as JSON.

    The first line out says that the way is ready; where the input ends, the last one gives the peak memory in MB.
    """
    name, table, npz, batch_size, device = sys.argv[1:]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        way = WAYS[name](Task(Path(table), Path(npz), Path(folder), int(batch_size), torch.device(device)))
        way.work(TRIAL_STEPS)
        print("ready", flush=True)
        for line in sys.stdin:
            print(json.dumps(dataclasses.asdict(way.work(int(line)))), flush=True)
    print(read_own_peak_mb(), flush=True)


if __name__ == "__main__":
    main()
