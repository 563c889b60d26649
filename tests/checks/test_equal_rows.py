import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from checks import equal_rows
from checks.equal_rows import find_first_equals, hash_rows


@pytest.mark.parametrize("dtype", [np.int8, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dim", [1, 3, 8, 97])
def test_equal_rows_have_equal_hashes_wherever_they_stand(dtype: type, dim: int) -> None:
    rows = np.random.default_rng(0).normal(scale=40, size=(500, dim)).astype(dtype)
    rows[400:] = rows[:100]
    hashes = hash_rows(rows)
    assert (hashes[400:] == hashes[:100]).all()
    assert len(set(hashes.tolist())) == len(np.unique(rows, axis=0))


@given(arrays(np.int8, st.tuples(st.integers(0, 30), st.integers(1, 3)), elements=st.integers(-1, 1)))
def test_the_first_equal_row_is_the_one_that_a_search_finds(rows: np.ndarray) -> None:
    wanted = [next(i for i in range(len(rows)) if (rows[i] == row).all()) for row in rows]
    assert find_first_equals(rows, hash_rows(rows)).tolist() == wanted


def test_rows_whose_hashes_meet_by_chance_are_not_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equal_rows, "BLOCK_BYTES", 8)
    rows = np.array([[1, 2], [3, 4], [1, 2], [3, 4], [5, 6]], dtype=np.int8)
    met = np.array([7, 9, 7, 9, 9], dtype=np.uint64)
    assert find_first_equals(rows, met).tolist() == [0, 1, 0, 1, 4]


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).normal(size=(100, 5)).astype(np.float32)
    whole, told = hash_rows(rows), list[float]()
    monkeypatch.setattr(equal_rows, "BLOCK_BYTES", 140)
    assert (hash_rows(rows, lambda share, _: told.append(share)) == whole).all()
    assert told[-1] == 1.0
    assert len(told) > 10
