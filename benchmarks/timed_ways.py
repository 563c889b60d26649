"""What takes turns: any loop over steps, and the trainer's own loop with the clock in its question whether to stop."""

import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from benchmarks.interleaving import Spent
from trainer.config import TrainConfig
from trainer.data import VectorSet
from trainer.group import ALONE, ASKERS, Group
from trainer.loop import ASK_EVERY, train_epoch
from trainer.prepare import prepare
from trainer.prepared import Position
from trainer.recorder import Recorder
from trainer.stop import StopRequest

WARM_STEPS = 8  # as many small batches as the trainer takes at a time
Clock: TypeAlias = Callable[[], tuple[float, float]]


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
    """Looks for requests as the trainer's does, and reads the clock between two turns of the loop.

    The loop asks between steps, so that from one question to another whole steps have gone by.
    """

    def __init__(self, control: Path, at: Position, clock: Clock) -> None:
        """Watch `control`, and `at` for the steps that are done."""
        super().__init__(control, time.time())
        self._at, self._read_clock = at, clock
        self._start = self._steps = 0
        self._began: tuple[int, float, float] | None = None
        self.steps, self.wall_s, self.cpu_s = 0, 0.0, 0.0

    def expect(self, steps: int) -> None:
        """Start the clock behind the warm steps, and ask to stop at least `steps` later."""
        self._start, self._steps, self._began = self._at.step + WARM_STEPS, steps, None

    def check(self) -> str | None:
        """Ask as always; then see whether it is time."""
        by = super().check()
        step = self._at.step
        if self._began is None:
            if step >= self._start:
                self._began = (step, *self._read_clock())
        elif step >= self._began[0] + self._steps:
            began_step, began_s, began_cpu_s = self._began
            now_s, now_cpu_s = self._read_clock()
            self.steps, self.wall_s, self.cpu_s = step - began_step, now_s - began_s, now_cpu_s - began_cpu_s
            by = ASKERS[-1]
        return by


class TrainerWay:
    """Our trainer itself: `prepare`, then `train_epoch` with its data, learner, meter, log and question to stop."""

    def __init__(self, config: TrainConfig, group: Group = ALONE) -> None:
        """Make everything ready as for a run."""
        folder = Path(config.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        log = (folder / "training.log").open("w", encoding="utf-8")
        weakref.finalize(self, log.close)
        self._recorder = Recorder(folder, log)
        self.run, self.at = prepare(config, group, self._recorder.say)
        self._stop = TimedStop(folder / "control.jsonl", self.at, make_clock(group.device))

    def work(self, steps: int) -> Spent:
        """Go on with the epoch; a turn that does not fit into it, or meets its smaller last batch, starts another.

        Several processes ask every ASK_EVERY steps only, so that their turns may be longer than asked.
        Raises ValueError when no epoch is long enough.
        """
        longest = WARM_STEPS + steps + (2 * ASK_EVERY if self.run.group.world > 1 else 0)
        epoch = self.run.sampler.count_steps(self.at.epoch)
        if longest >= epoch:
            raise ValueError(f"a turn of {longest} steps in an epoch of {epoch}: take more rows")
        if self.at.step + longest >= epoch:
            self.at.epoch, self.at.step = self.at.epoch + 1, 0
        self._stop.expect(steps)
        train_epoch(self.run, self.at, self._recorder, self._stop)
        return Spent(self._stop.steps * self.run.config.batch_size, self._stop.wall_s, self._stop.cpu_s)


class OneBatch:
    """A data set whose every batch is the same one, in place already: what gathering costs is what it saves."""

    def __init__(self, data: VectorSet, index: Tensor) -> None:
        """Gather the batch of windows `index` (B,)."""
        self._data, self._batch = data, data.take(index)

    def gather(self, batches: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield the batch for every one that is asked for."""
        for batch in batches:
            yield batch, *self._batch

    def __len__(self) -> int:
        """Return the windows of the whole set."""
        return len(self._data)

    def __getattr__(self, name: str) -> Any:
        """Be the data set in everything else."""
        return getattr(self._data, name)
