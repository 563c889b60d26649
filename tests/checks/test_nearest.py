import numpy as np
import pytest

from checks import chunks as chunks_module
from checks.chunks import Chunks, draw_rows
from checks.nearest import find_nearest


def make_chunks(count: int = 300, dim: int = 16) -> Chunks:
    rows = np.random.default_rng(0).normal(size=(count, dim)).astype(np.float32)
    rows[7] = np.nan
    rows[9] = 0
    return Chunks(rows, None, None)


@pytest.mark.parametrize("block_rows", [64, 8192])
def test_the_nearest_row_is_the_one_that_all_cosines_say(block_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks_module, "BLOCK_ROWS", block_rows)
    chunks, own = make_chunks(), np.array([0, 64, 250])
    unit = chunks.take(slice(None))
    cosines = unit[own] @ unit.T
    cosines[np.arange(3), own] = -1
    found = find_nearest(unit[own], chunks, own=own)
    assert found.row.tolist() == cosines.argmax(axis=1).tolist()
    assert found.cosine == pytest.approx(cosines.max(axis=1), abs=1e-6)


def test_only_rows_that_are_asked_for_are_found() -> None:
    chunks = make_chunks()
    among = np.zeros(len(chunks), dtype=bool)
    among[[3, 9]] = True
    found = find_nearest(chunks.take(np.arange(5)), chunks, among=among)
    assert set(found.row.tolist()) <= {3, 9}
    assert found.cosine[3] == pytest.approx(1)
    nothing = find_nearest(chunks.take(np.arange(5)), chunks, among=np.zeros(len(chunks), dtype=bool))
    assert nothing.row.tolist() == [-1] * 5
    assert len(find_nearest(chunks.take(np.arange(0)), chunks).row) == 0


def test_rows_are_drawn_in_order_and_only_once() -> None:
    rows = np.arange(0, 100, 2)
    drawn = draw_rows(rows, 10, 0)
    assert len(set(drawn.tolist())) == 10
    assert drawn.tolist() == sorted(drawn.tolist())
    assert set(drawn.tolist()) <= set(rows.tolist())
    assert draw_rows(rows, 50, 0) is rows
