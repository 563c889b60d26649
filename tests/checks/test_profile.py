import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from checks.data import Data
from checks.profile import OFFSETS, measure_direction, measure_profile, measure_seam
from checks.sample import permute_targets, shift_targets
from checks.scan import scan_windows
from checks.table import Table
from checks.windows import Windows, cut_windows


def count_pairs(windows: Windows, offset: int) -> int:
    """Count the windows that have another `offset` further in their article, one by one."""
    assert windows.article is not None
    places = range(len(windows))
    return sum(0 <= i + offset < len(windows) and windows.article[i] == windows.article[i + offset] for i in places)


@pytest.mark.parametrize("kind", ["healthy", "healthy_npz"])
def test_a_profile_agrees_with_counting_by_hand(kind: str, request: pytest.FixtureRequest) -> None:
    windows = request.getfixturevalue(kind).train.windows
    told: list[float] = []
    profile = measure_profile(windows, 10**9, 0, lambda share, _: told.append(share))
    every = np.arange(len(windows))
    contexts, targets = windows.read_contexts(every), windows.read_targets(every)
    assert profile.slots.tolist() == pytest.approx(
        (contexts * targets[:, None]).sum(axis=2).mean(axis=0).tolist(), abs=1e-5
    )
    assert profile.edges == pytest.approx((contexts[:, -1] * targets).sum(axis=1), abs=1e-5)
    assert profile.inners == pytest.approx((contexts[:, -2] * contexts[:, -1]).sum(axis=1), abs=1e-5)
    assert told[-1] == 1.0
    # Blocks of 1024 windows lose the pairs that lie across their ends.
    assert count_pairs(windows, 1) - 2 <= profile.pairs[OFFSETS.index(1)] <= count_pairs(windows, 1)
    assert profile.selves.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert math.isnan(profile.offsets[OFFSETS.index(1)])


def test_distances_are_symmetric_means_that_fall(healthy: Data) -> None:
    profile = measure_profile(healthy.train.windows, 10**9, 0)
    assert all(near > far for near, far in zip(profile.distances, profile.distances[1:], strict=False))
    assert profile.distances[0] == pytest.approx((profile.offsets[5] + profile.offsets[7]) / 2)


def test_articles_too_short_for_an_offset_leave_it_nan(lab: Any) -> None:
    rows, _ = lab.make_rows(0, articles=2)
    table = Table(lab.datasets, rows[:14], None, np.array([0, 7, 14]), {})
    profile = measure_profile(cut_windows(table, 5), 10**9, 0)
    assert len(profile.index) == 4
    assert math.isnan(profile.distances[4])


def test_the_seam_is_from_article_to_article(healthy: Data, healthy_npz: Data) -> None:
    table = healthy.train.windows.table
    assert table is not None
    ends = table.offsets[1:-1]
    by_hand = float((table.take(ends - 1) * table.take(ends)).sum(axis=1).mean())
    for windows in (healthy.train.windows, healthy_npz.train.windows):
        seam, seams = measure_seam(windows, 0)
        assert seam == pytest.approx(by_hand, abs=1e-5)
        assert seams == len(ends)


def test_without_articles_there_is_no_seam_and_no_direction(healthy_npz: Data) -> None:
    windows = dataclasses.replace(healthy_npz.train.windows, article=None, chunk=None)
    assert measure_seam(windows, 0)[1] == 0
    assert math.isnan(measure_direction(windows, 0)[0])


def test_the_direction_turns_with_the_articles(shipped: Data) -> None:
    table = shipped.train.windows.table
    assert table is not None
    order = np.concatenate(
        [np.arange(b - 1, a - 1, -1) for a, b in zip(table.offsets, table.offsets[1:], strict=False)]
    )
    backwards = dataclasses.replace(table, stored=table.take(order), scales=None)
    lead, error, articles = measure_direction(shipped.train.windows, 0)
    assert lead > 5 * error
    assert articles > 80
    assert measure_direction(cut_windows(backwards, 5), 0)[0] == pytest.approx(-lead, abs=0.01)


def test_a_scan_says_what_reading_says_of_every_window(healthy: Data) -> None:
    windows = healthy.train.windows
    for broken in (windows, shift_targets(windows), permute_targets(windows)):
        read, scanned = measure_profile(broken, 10**9, 0), measure_profile(broken, 1, 0, scan=scan_windows(broken))
        assert np.array_equal(read.index, scanned.index)
        for field in ("edges", "inners", "slots"):
            assert getattr(scanned, field) == pytest.approx(getattr(read, field), abs=1e-5)
        assert (scanned.pairs >= read.pairs).all()  # those across blocks of 1024 windows are not lost
        assert scanned.offsets == pytest.approx(read.offsets, abs=2e-3, nan_ok=True)
        assert scanned.selves == pytest.approx(read.selves, abs=2e-3)
        assert scanned.crossings == read.crossings
    assert measure_seam(windows, 0, scan_windows(windows)) == pytest.approx(measure_seam(windows, 0), abs=1e-6)


def test_a_sample_says_how_far_off_its_means_may_be(lab: Any) -> None:
    windows = cut_windows(lab.make_table(articles=600), 5)
    whole = measure_profile(windows, 10**9, 0)
    assert whole.measure_error(whole.edges) == 0.0
    off = []
    for seed in range(30):
        some = measure_profile(windows, 5000, seed)
        error = some.measure_error(some.edges)
        assert 0 < error < 0.02
        off.append((some.edges.mean() - whole.edges.mean()) / error)
    assert 0.5 < np.sqrt(np.mean(np.square(off))) < 1.6  # as far off as is said
