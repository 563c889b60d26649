"""Where the trainer computes: the device, and how many CPU threads are really faster."""

import os
import statistics
import time
from collections.abc import Callable

import torch

from checks.errors import InputError

WORTH = 0.67  # more threads must take at most this share of the time: on a busy machine they cost ten times as much
HOPELESS = 3.0
ROUNDS, FEWEST_TIMES = 7, 3
MEASURED_STEPS = 6
MEASURED_S = 1.0  # for all candidates together


def choose_device(asked: str) -> torch.device:
    """Return the device; auto takes cuda, then mps, then cpu. Raises InputError when the one asked for is not here."""
    here = ["cpu"]
    if torch.backends.mps.is_available():
        here.insert(0, "mps")
    if torch.cuda.is_available():
        here.insert(0, "cuda")
    if asked not in ("auto", *here):
        raise InputError("python -m trainer", "--device", asked, f"a device of this machine: auto, {', '.join(here)}")
    return torch.device(here[0] if asked == "auto" else asked)


def count_cpus() -> int:
    """Return how many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_threads(
    step: Callable[[], object],
    cpus: int,
    set_threads: Callable[[int], None] = torch.set_num_threads,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """Return 1, or 2, 4, 8 ... up to `cpus` where `step` is much faster with more, measured within MEASURED_S.

    The candidates take turns, since a machine that wakes up or gets busy would favour the first or the last.
    """
    taken_s: dict[int, list[float]] = {2**power: [] for power in range(cpus.bit_length()) if 2**power <= cpus}
    deadline_s = clock() + MEASURED_S
    chosen = 1
    if len(taken_s) > 1:
        step()
        for _ in range(ROUNDS):
            _take_turns(step, taken_s, deadline_s, set_threads, clock)
        chosen = _pick_fastest(taken_s)
    set_threads(chosen)
    return chosen


def _take_turns(
    step: Callable[[], object],
    taken_s: dict[int, list[float]],
    deadline_s: float,
    set_threads: Callable[[int], None],
    clock: Callable[[], float],
) -> None:
    """Time one step of every candidate; one that is far slower than another is timed no more."""
    for threads in list(taken_s):
        if clock() >= deadline_s:
            return
        set_threads(threads)
        step()  # starts the threads
        began_s = clock()
        step()
        taken_s[threads].append(clock() - began_s)
        fastest_s = min(statistics.median(times) for times in taken_s.values() if times)
        if threads > 1 and taken_s[threads][-1] > HOPELESS * fastest_s:
            del taken_s[threads]


def _pick_fastest(taken_s: dict[int, list[float]]) -> int:
    median_s = {threads: statistics.median(times) for threads, times in taken_s.items() if len(times) >= FEWEST_TIMES}
    if 1 not in median_s:
        return 1
    fastest = min(median_s, key=lambda threads: median_s[threads])
    return fastest if median_s[fastest] <= WORTH * median_s[1] else 1
