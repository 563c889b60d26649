import dataclasses

import numpy as np
import pytest

from checks.data import Data
from checks.sample import (
    mirror_space,
    number_articles,
    permute_targets,
    replace_vectors,
    sample_train,
    shift_targets,
    shuffle_within,
    take_sample,
)
from checks.windows import cut_windows


def test_a_sample_of_a_table_is_whole_articles_spread_over_it(shipped: Data) -> None:
    sample = take_sample(shipped.train.windows)
    assert sample.table is not None
    assert shipped.train.windows.table is not None
    assert 1000 < sample.table.rows < 3000
    assert sample.table.stored.dtype == np.float32
    whole = shipped.train.windows.table
    sizes = set(np.diff(whole.offsets).tolist())
    assert set(np.diff(sample.table.offsets).tolist()) <= sizes
    assert len(sample.table.offsets) > 10


def test_a_sample_knows_which_articles_it_took(shipped: Data) -> None:
    whole = shipped.train.windows.table
    assert whole is not None
    sample = take_sample(shipped.train.windows).table
    assert sample is not None
    again = take_sample(cut_windows(sample, 5), 500).table
    assert again is not None
    titles = whole.read_titles()
    for part in (sample, again):
        assert part.articles is not None
        assert len(part.articles) == len(part.offsets) - 1 == len(part.read_origins())
        assert part.read_titles() == [titles[a] for a in part.articles]
        first = part.articles[0]
        assert (part.read(0, 1) == whole.read(int(whole.offsets[first]), int(whole.offsets[first]) + 1)).all()
    assert len(again.offsets) < len(sample.offsets)


def test_a_small_set_is_taken_whole(healthy: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    sample = take_sample(healthy.train.windows, 10_000)
    assert sample.table is not None
    assert (sample.table.stored == table.stored).all()


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_breaking_a_sample_leaves_the_data_as_they_are(kind: str, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue(kind)
    before = np.array(data.train.windows.context_rows)
    for change in (shift_targets, permute_targets, lambda windows: mirror_space(windows, 0)):
        change(take_sample(data.train.windows))
    rows = np.array(take_sample(data.train.windows).context_rows)
    rows[:] = 0
    replace_vectors(take_sample(data.train.windows), rows)
    assert (np.asarray(data.train.windows.context_rows) == before).all()


def test_a_sample_has_no_ood_sets(shipped: Data) -> None:
    assert sample_train(shipped).ood == ()
    assert sample_train(shipped).reference is shipped.reference


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_shifted_targets_are_those_of_the_next_window(kind: str, request: pytest.FixtureRequest) -> None:
    windows = take_sample(request.getfixturevalue(kind).train.windows)
    shifted = shift_targets(windows)
    every = np.arange(len(windows))
    assert (shifted.read_targets(every[:-1]) == windows.read_targets(every[1:])).all()
    assert (shifted.read_contexts(every) == windows.read_contexts(every)).all()


def test_permuted_targets_are_all_others(healthy: Data) -> None:
    windows = take_sample(healthy.train.windows)
    permuted = permute_targets(windows)
    assert (permuted.target != windows.target).all()
    assert sorted(permuted.target) == sorted(windows.target)


def test_a_mirrored_space_keeps_every_cosine(healthy_npz: Data) -> None:
    windows = take_sample(healthy_npz.train.windows)
    mirrored = mirror_space(windows, 0)
    few = np.arange(50)
    assert mirrored.read_targets(few) @ mirrored.read_targets(few).T == pytest.approx(
        windows.read_targets(few) @ windows.read_targets(few).T, abs=1e-5
    )
    assert abs(float((mirrored.read_targets(few) * windows.read_targets(few)).sum(axis=1).mean())) < 0.3


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_a_shuffle_within_articles_moves_no_row_out(kind: str, request: pytest.FixtureRequest) -> None:
    windows = take_sample(request.getfixturevalue(kind).train.windows)
    groups = number_articles(windows)
    order = shuffle_within(groups, 0)
    assert sorted(order) == list(range(len(windows.context_rows)))
    assert (groups[order] == groups).all()
    assert (order != np.arange(len(order))).mean() > 0.8


def test_rows_without_articles_are_one_group(healthy_npz: Data) -> None:
    windows = dataclasses.replace(healthy_npz.train.windows, article=None, chunk=None)
    assert not number_articles(windows).any()
