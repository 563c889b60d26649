import math
from itertools import chain

import numpy as np
import pytest
import torch

from trainer.sampler import Sampler, assign_windows

INDEX = np.arange(100, dtype=np.int64) * 2
ARTICLE = np.repeat(np.arange(20, dtype=np.int32), 10)  # of 200 windows, of which every other is trained on


def draw(sampler: Sampler, epoch: int, start: int = 0) -> list[list[int]]:
    return [batch.tolist() for batch in sampler.draw_batches(epoch, start)]


def make_sampler(rank: int = 0, world: int = 1, batch_size: int = 8, seed: int = 0) -> Sampler:
    owner = assign_windows(ARTICLE, INDEX, world)
    return Sampler(INDEX, owner, batch_size=batch_size, seed=seed, rank=rank, world=world)


def test_every_epoch_has_an_order_of_its_own_and_every_window_once() -> None:
    first, second, again = (draw(make_sampler(), epoch) for epoch in (1, 2, 1))
    assert first == again != second
    assert first != draw(make_sampler(seed=1), 1)
    assert sorted(chain.from_iterable(first)) == INDEX.tolist()
    assert [len(batch) for batch in first] == [8] * 12 + [4]
    assert make_sampler().count_steps(1) == 13


def test_an_epoch_goes_on_where_it_stopped() -> None:
    assert draw(make_sampler(), 3, start=5) == draw(make_sampler(), 3)[5:]
    assert draw(make_sampler(), 3, start=13) == []


@pytest.mark.parametrize("world", [2, 3, 4])
def test_processes_share_articles_out_and_take_as_many_steps_of_equal_size(world: int) -> None:
    samplers = [make_sampler(rank, world, batch_size=6 * world) for rank in range(world)]
    batches = [draw(sampler, 1) for sampler in samplers]
    steps = {sampler.count_steps(1) for sampler in samplers}
    assert {len(part) for part in batches} == steps
    assert {len(batch) for part in batches for batch in part} == {6}
    seen = [set(chain.from_iterable(part)) for part in batches]
    assert set().union(*seen) == set(INDEX.tolist())
    articles = [set(ARTICLE[sorted(part)].tolist()) for part in seen]
    assert sum(map(len, articles)) == len(set().union(*articles)) == 20  # none is read by two
    assert max(map(len, seen)) - min(map(len, seen)) <= 10


def test_where_articles_are_not_known_each_process_has_neighbours() -> None:
    owner = assign_windows(None, INDEX, 3)
    assert (np.diff(owner) >= 0).all()
    assert np.bincount(owner).tolist() == [34, 33, 33]


def test_an_article_as_large_as_all_others_has_a_process_to_itself() -> None:
    article = np.array([0] * 50 + [1] * 20 + [2] * 20 + [3] * 10, dtype=np.int32)
    owner = assign_windows(article, np.arange(100), 2)
    assert [set(article[owner == rank].tolist()) for rank in (0, 1)] == [{0}, {1, 2, 3}]


def test_what_is_not_picked_is_not_drawn_and_makes_no_steps() -> None:
    def pick(epoch: int) -> np.ndarray:  # type: ignore[type-arg]
        return np.arange(10 * epoch, dtype=np.int64)

    sampler = Sampler(INDEX, assign_windows(ARTICLE, INDEX, 1), batch_size=8, seed=0, pick=pick)
    for epoch in (1, 3, 10):
        assert sorted(chain.from_iterable(draw(sampler, epoch))) == INDEX[: 10 * epoch].tolist()
        assert sampler.count_steps(epoch) == math.ceil(10 * epoch / 8)


def test_batches_come_where_the_rows_are() -> None:
    home = torch.device("meta")
    sampler = Sampler(INDEX, assign_windows(None, INDEX, 1), batch_size=8, seed=0, home=home)
    assert next(sampler.draw_batches(1)).device == home
