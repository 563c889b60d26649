"""The ways of training that are compared, each behind `work(steps)`: the original's, ours, and ours with nothing to it.

    python -m benchmarks.training_ways NAME TABLE NPZ BATCH_SIZE    # a few steps of one, then its peak memory in MB
"""

import dataclasses
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor
from torch.optim import AdamW

from benchmarks import original_way
from benchmarks.interleaving import Spent, Way
from benchmarks.process_memory import read_own_peak_mb
from trainer.config import TrainConfig
from trainer.data import VectorSet, load_vectors, open_data
from trainer.loop import train_epoch
from trainer.losses import compute_mse
from trainer.model import create_model
from trainer.prepare import prepare
from trainer.recorder import Recorder
from trainer.stop import StopRequest

WARM_STEPS = 1
MEMORY_STEPS = 30
Clock: TypeAlias = Callable[[], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Task:
    """What every way trains on: the same windows as a table and as the original's npz; `folder` takes what is written."""

    table: Path
    npz: Path
    folder: Path
    batch_size: int
    device: torch.device


def make_clock(device: torch.device) -> Clock:
    """Return a clock of (wall, CPU) seconds that waits until the device has done what it was given."""
    wait: dict[str, Callable[[], None]] = {"cuda": torch.cuda.synchronize, "mps": torch.mps.synchronize}

    def read() -> tuple[float, float]:
        wait.get(device.type, lambda: None)()
        return time.perf_counter(), time.process_time()

    return read


class LoopWay:
    """Any endless loop over steps that yields the windows of each."""

    def __init__(self, steps: Iterator[int], device: torch.device) -> None:
        """Take the loop over."""
        self._steps, self._clock = steps, make_clock(device)

    def work(self, steps: int) -> Spent:
        """Go on with the loop."""
        for _ in range(WARM_STEPS):
            next(self._steps)
        began = self._clock()
        samples = sum(next(self._steps) for _ in range(steps))
        wall_s, cpu_s = (now - then for now, then in zip(self._clock(), began, strict=True))
        return Spent(samples, wall_s, cpu_s)


class TimedStop(StopRequest):
    """Looks for requests as the trainer's does, and has the clock read between two turns of the loop.

    The loop asks before every step, so that from one question to another whole turns have gone by.
    """

    def __init__(self, control: Path, clock: Clock) -> None:
        """Watch `control`."""
        super().__init__(control, time.time())
        self._clock_pair = clock
        self._asked = self._steps = 0
        self._began = (0.0, 0.0)
        self.spent_s = (0.0, 0.0)

    def expect(self, steps: int) -> None:
        """Time `steps` from the next question on, then ask to stop."""
        self._asked, self._steps = -WARM_STEPS, steps

    def check(self) -> str | None:
        """Ask as always; start the clock after the warm steps, stop it at the end."""
        by = super().check()
        if self._asked == 0:
            self._began = self._clock_pair()
        elif self._asked == self._steps:
            now = self._clock_pair()
            self.spent_s = (now[0] - self._began[0], now[1] - self._began[1])
            by = "the end of the turn"
        self._asked += 1
        return by


class TrainerWay:
    """Our trainer itself: `prepare`, then `train_epoch` with its data, learner, meter, log and question to stop."""

    def __init__(self, config: TrainConfig) -> None:
        """Make everything ready as for a run."""
        folder = Path(config.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        log = (folder / "training.log").open("w", encoding="utf-8")
        weakref.finalize(self, log.close)
        self._recorder = Recorder(folder, log)
        self.run, self.at = prepare(config, self._recorder.say)
        self._stop = TimedStop(folder / "control.jsonl", make_clock(self.run.device))

    def work(self, steps: int) -> Spent:
        """Go on with the epoch; a turn that does not fit into it, or meets its smaller last batch, starts another.

        Raises ValueError when no epoch is long enough.
        """
        if WARM_STEPS + steps >= self.run.steps:
            raise ValueError(f"a turn of {steps} steps in an epoch of {self.run.steps}: take more rows")
        if self.at.step + WARM_STEPS + steps >= self.run.steps:
            self.at.epoch, self.at.step = self.at.epoch + 1, 0
        self._stop.expect(steps)
        train_epoch(self.run, self.at, self._recorder, self._stop)
        return Spent(steps * self.run.config.batch_size, *self._stop.spent_s)


class OneBatch:
    """A data set whose every batch is the same one, in place already: what gathering costs is what it saves."""

    def __init__(self, data: VectorSet, index: Tensor) -> None:
        """Gather the batch of windows `index` (B,)."""
        self._data, self._batch = data, data.take(index)

    def take(self, _index: Tensor) -> tuple[Tensor, Tensor]:
        """Return the batch."""
        return self._batch

    def __len__(self) -> int:
        """Return the windows of the whole set."""
        return len(self._data)

    def __getattr__(self, name: str) -> Any:
        """Be the data set in everything else."""
        return getattr(self._data, name)


def train_ours(task: Task, *, averaged: bool = True, compiled: bool = False) -> TrainerWay:
    """Our trainer with its defaults, on one thread."""
    has_flag = any(field.name == "compile" for field in dataclasses.fields(TrainConfig))
    flags: dict[str, Any] = {} if averaged else {"ema_decay": 0.0}
    if has_flag:
        flags["compile"] = compiled
    output_dir = tempfile.mkdtemp(dir=task.folder)
    way = TrainerWay(
        TrainConfig(
            data=str(task.table), output_dir=output_dir, batch_size=task.batch_size, device=task.device.type,
            threads=1, epochs=1_000_000, **flags,
        )
    )  # fmt: skip
    if compiled and not has_flag:
        way.run.learner.model.compile()
    return way


def train_on_one_batch(task: Task) -> TrainerWay:
    """Our trainer without gathering."""
    way = train_ours(task)
    fixed = OneBatch(way.run.data, way.run.split.train[: task.batch_size])
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
    NOT_AVERAGED: lambda task: train_ours(task, averaged=False),
    OURS: train_ours,
    COMPILED: lambda task: train_ours(task, compiled=True),
    ONE_BATCH: train_on_one_batch,
    BARE: train_bare,
    BARE_COMPILED: lambda task: train_bare(task, compiled=True),
}


def main() -> None:
    """Do a few steps of one way and print the peak memory of this process in MB."""
    name, table, npz, batch_size = sys.argv[1:]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        task = Task(Path(table), Path(npz), Path(folder), int(batch_size), torch.device("cpu"))
        WAYS[name](task).work(MEMORY_STEPS)
    print(f"{read_own_peak_mb():.1f}")


if __name__ == "__main__":
    main()
