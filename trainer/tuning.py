"""How fast this machine computes: threads and compilation are settled by trying a few steps."""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from trainer.config import TrainConfig
from trainer.device import choose_threads, count_cpus
from trainer.group import Group
from trainer.learner import Learner

WORTH_COMPILING_S = 600.0  # of steps still to do: compiling takes half a minute and more
WORTH = 0.95  # of the time that a plain step takes
ROUNDS = 9

Batch = tuple[Tensor, Tensor, Tensor]  # contexts, targets, ids
Say = Callable[[str], None]


def settle_threads(config: TrainConfig, dim: int, batch: Batch, group: Group) -> int:
    """Set how many CPU threads compute: as asked, else as many as measure faster; processes together take one each."""
    if config.threads is not None or group.device.type != "cpu" or group.world > 1:
        torch.set_num_threads(config.threads or 1)
        return config.threads or 1
    with torch.random.fork_rng(devices=[]):  # trying out leaves no trace
        trial = Learner(config, dim, group.device)
        return choose_threads(lambda: trial.step(*batch), count_cpus())


def settle_compile(config: TrainConfig, learner: Learner, batch: Batch, steps: int, say: Say) -> str:
    """Compile the learner's lesson where that is asked for, or pays over `steps`; returns "on" or "off".

    Where it cannot be compiled (no compiler, a graph that torch does not know) training goes on without it.
    """
    if config.compile == "off":
        return "off"
    wait = torch.cuda.synchronize if batch[0].is_cuda else _wait_for_nothing
    plain_s = _time_lesson(learner, batch, wait)
    if config.compile == "auto" and plain_s * steps < WORTH_COMPILING_S:
        return "off"
    try:
        learner.lesson.compile_for(len(batch[0]))
        compiled_s = _time_lesson(learner, batch, wait)
    except Exception as error:  # noqa: BLE001 (whatever a compiler and what it calls may raise)
        learner.lesson.undo_compile()
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        say(f"not compiled: {reason}")
        return "off"
    if config.compile == "auto" and compiled_s > WORTH * plain_s:
        learner.lesson.undo_compile()
        say(f"not compiled: a step would take {compiled_s * 1e3:.1f} ms instead of {plain_s * 1e3:.1f} ms")
        return "off"
    return "on"


def _wait_for_nothing() -> None:
    """A CPU has done what it was asked when it answers."""


def _time_lesson(learner: Learner, batch: Batch, wait: Callable[[], None]) -> float:
    """Return the median seconds of a forward and backward pass, the first left out; gradients are forgotten."""
    taken_s = []
    for _ in range(1 + ROUNDS):
        began_s = time.perf_counter()
        learner.try_lesson(*batch)
        wait()
        taken_s.append(time.perf_counter() - began_s)
    return statistics.median(taken_s[1:])
