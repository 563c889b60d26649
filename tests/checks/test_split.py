import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.split import split_articles

SIZES = st.lists(st.integers(0, 300), min_size=2, max_size=60).filter(lambda sizes: sum(s > 0 for s in sizes) >= 2)


@settings(deadline=None)  # a busy machine is no failure
@given(SIZES, st.floats(0.01, 0.99), st.integers(0, 1000))
def test_some_articles_are_held_out_and_some_are_kept(sizes: list[int], fraction: float, seed: int) -> None:
    windows = np.array(sizes)
    held_out = split_articles(windows, fraction, seed)
    assert windows[held_out].sum() > 0
    assert windows[~held_out].sum() > 0
    assert not held_out[windows == 0].any()


@pytest.mark.parametrize("seed", range(20))
def test_the_held_out_windows_are_close_to_the_fraction(seed: int) -> None:
    windows = np.random.default_rng(seed).integers(0, 260, 106)
    assert windows[split_articles(windows, 0.1, seed)].sum() / windows.sum() == pytest.approx(0.1, abs=0.005)


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    windows = np.full(100, 10)
    assert (split_articles(windows, 0.1, 3) == split_articles(windows, 0.1, 3)).all()
    assert (split_articles(windows, 0.1, 3) != split_articles(windows, 0.1, 4)).any()


def test_one_huge_article_stays_in_training() -> None:
    held_out = split_articles(np.array([5000, 10, 12]), 0.1, 0)
    assert not held_out[0]


def test_only_articles_above_the_fraction_hold_out_the_smallest() -> None:
    assert split_articles(np.array([50, 30, 40]), 0.05, 0).tolist() == [False, True, False]


@pytest.mark.parametrize("sizes", [[], [10], [10, 0, 0]])
def test_fewer_than_two_articles_cannot_be_split(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="two articles"):
        split_articles(np.array(sizes, dtype=np.int64), 0.1, 0)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_a_fraction_outside_0_to_1_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        split_articles(np.array([10, 10]), fraction, 0)
