import itertools

import pytest

from benchmarks.interleaving import FEWEST_ROUNDS, Spent, by_cpu, by_wall, compare, measure_rate, take_turns


class Machine:
    """A machine whose speed changes from turn to turn, and the ways that run on it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.turns: list[str] = []

    def slow_down(self) -> float:
        return 1.0 + 0.5 * (len(self.turns) // 2 % 2)  # the same for the two turns of a round


class FakeWay:
    def __init__(self, machine: Machine, name: str, step_s: float) -> None:
        self._machine, self._name, self._step_s = machine, name, step_s

    def work(self, steps: int) -> Spent:
        wall_s = steps * self._step_s * self._machine.slow_down()
        self._machine.now_s += wall_s
        self._machine.turns.append(self._name)
        return Spent(steps * 32, wall_s, wall_s / 2)


def take(total_s: float) -> tuple[Machine, dict[str, list[Spent]]]:
    machine = Machine()
    ways = {"fast": FakeWay(machine, "fast", 0.01), "slow": FakeWay(machine, "slow", 0.02)}
    return machine, take_turns(ways, 0.06, total_s, clock=lambda: machine.now_s)


def test_the_ratio_is_right_where_the_rates_are_not() -> None:
    _, spent = take(10)
    ratio = compare(spent["fast"], spent["slow"], by_wall)
    assert ratio.value == pytest.approx(2.0)
    assert ratio.error == pytest.approx(0.0)
    assert len({turn.samples / turn.wall_s for turn in spent["fast"]}) == 2


def test_turns_are_about_as_long_as_asked_and_end_in_time() -> None:
    machine, spent = take(10)
    assert all(0.05 <= turn.cpu_s * 2 <= 0.2 for turns in spent.values() for turn in turns)
    assert 10 <= machine.now_s <= 12


def test_every_round_goes_the_other_way_about() -> None:
    machine, _ = take(1)
    rounds = list(zip(machine.turns[8::2], machine.turns[9::2], strict=True))  # behind four trials of each
    assert set(rounds) == {("fast", "slow"), ("slow", "fast")}
    assert all(one != other for one, other in itertools.pairwise(rounds))


def test_too_little_time_still_gives_a_median() -> None:
    _, spent = take(0)
    assert len(spent["fast"]) == FEWEST_ROUNDS


def test_either_clock_can_be_asked() -> None:
    one, other = [Spent(32, 1.0, 0.5)] * 5, [Spent(32, 2.0, 0.5)] * 5
    assert compare(one, other, by_wall).value == 2.0
    assert compare(one, other, by_cpu).value == 1.0
    assert measure_rate(one) == 32


def test_scattered_rounds_have_an_error() -> None:
    scattered = [Spent(32, 1.0 + 0.1 * (number % 5), 1.0) for number in range(25)]
    assert compare(scattered, [Spent(32, 1.0, 1.0)] * 25, by_wall).error > 0.01
