import pytest
import torch

from checks.errors import InputError
from trainer.device import MEASURED_S, choose_device, choose_threads, count_cpus


class Machine:
    """A machine whose step takes `seconds[threads]`."""

    def __init__(self, seconds: dict[int, float]) -> None:
        self.seconds, self.threads, self.now_s, self.steps = seconds, 1, 0.0, 0

    def set_threads(self, threads: int) -> None:
        self.threads = threads

    def step(self) -> None:
        self.steps += 1
        self.now_s += self.seconds[self.threads]

    def choose(self, cpus: int) -> int:
        chosen = choose_threads(self.step, cpus, self.set_threads, lambda: self.now_s)
        assert self.threads == chosen  # what was chosen is what is set
        return chosen


@pytest.mark.parametrize(
    ("cpus", "seconds", "chosen"),
    [
        (1, {1: 0.01}, 1),
        (2, {1: 0.015, 2: 0.012}, 1),  # not worth a second core
        (2, {1: 0.015, 2: 0.008}, 2),
        (2, {1: 0.015, 2: 0.2}, 1),  # a busy machine
        (8, {1: 0.02, 2: 0.011, 4: 0.006, 8: 0.009}, 4),
        (6, {1: 0.02, 2: 0.011, 4: 0.006}, 4),
        (16, {1: 0.02, 2: 0.1, 4: 0.005, 8: 0.005, 16: 0.1}, 4),
        (4, {1: 5.0, 2: 1.0, 4: 1.0}, 1),  # too slow to tell within the time
    ],
)
def test_more_threads_are_taken_only_where_they_are_much_faster(
    cpus: int, seconds: dict[int, float], chosen: int
) -> None:
    machine = Machine(seconds)
    assert machine.choose(cpus) == chosen
    assert machine.now_s <= MEASURED_S + 3 * max(seconds.values())


def test_one_cpu_is_not_measured() -> None:
    machine = Machine({1: 1.0})
    machine.choose(1)
    assert machine.steps == 0


def test_auto_takes_what_is_here_and_what_is_not_is_refused() -> None:
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert choose_device("auto").type == best
    assert choose_device("cpu").type == "cpu"
    missing = [name for name in ("cuda", "mps") if name != best]
    with pytest.raises(InputError, match=f"--device: found '{missing[0]}'"):
        choose_device(missing[0])
    assert count_cpus() >= 1
