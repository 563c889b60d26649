from pathlib import Path

import numpy as np
import pytest

from benchmarks.synthetic_table import LONGEST, SHORTEST, Recipe, draw_lengths, write_table
from checks.errors import InputError
from checks.table import Table
from checks.windows import cut_windows

RECIPE = Recipe(rows=3000, dim=96)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return write_table(tmp_path_factory.mktemp("synthetic") / "table", RECIPE)


def measure_offset(table: Table, offset: int) -> float:
    """The mean cosine of the rows that lie so far apart in one article."""
    rows, article = table.read(), table.article_of_row
    inside = article[offset:] == article[:-offset]
    return float((rows[offset:] * rows[:-offset]).sum(axis=1)[inside].mean())


def test_every_vector_has_length_one(table: Table) -> None:
    assert np.abs(np.linalg.norm(table.read(), axis=1) - 1).max() < 1e-5


def test_neighbours_are_nearer_than_the_far_ends_of_an_article_and_these_than_strangers(table: Table) -> None:
    rows = table.read()
    firsts = rows[table.offsets[:-1]]
    strangers = firsts @ firsts.T
    assert measure_offset(table, 1) == pytest.approx(0.54, abs=0.03)
    assert measure_offset(table, 5) == pytest.approx(0.3 + 0.3 * 0.8**5, abs=0.03)
    assert abs(strangers[~np.eye(len(strangers), dtype=bool)].mean()) < 0.03


def test_windows_do_not_cross_articles(table: Table) -> None:
    windows = cut_windows(table, 5)
    article = table.article_of_row
    assert (article[windows.first] == article[windows.target]).all()
    assert len(windows) == table.rows - 5 * (len(table.offsets) - 1)


@pytest.mark.parametrize("rows", [SHORTEST, 20, 3000, 100_000])
def test_articles_take_all_rows_and_have_lengths_of_text(rows: int) -> None:
    lengths = draw_lengths(Recipe(rows), np.random.default_rng(0))
    assert lengths.sum() == rows
    assert lengths.min() >= SHORTEST
    assert lengths[:-1].max(initial=0) <= LONGEST
    if rows == 100_000:
        assert lengths.mean() == pytest.approx(75, abs=5)


def test_half_precision_is_the_same_table_in_half_the_space(table: Table, tmp_path: Path) -> None:
    half = write_table(tmp_path, Recipe(rows=3000, dim=96, dtype="float16"))
    assert half.stored.dtype == np.float16
    assert np.abs(half.read() - table.read()).max() < 1e-3


def test_the_same_recipe_is_reused_and_another_one_refused(table: Table) -> None:
    written = (table.path / "vectors.npy").stat().st_mtime_ns
    assert write_table(table.path, RECIPE).rows == 3000
    assert (table.path / "vectors.npy").stat().st_mtime_ns == written
    with pytest.raises(InputError, match="or a new folder"):
        write_table(table.path, Recipe(rows=3000, dim=96, seed=1))


def test_half_a_table_is_written_again(tmp_path: Path) -> None:
    write_table(tmp_path, RECIPE)
    (tmp_path / "manifest.json").unlink()
    (tmp_path / "vectors.npy").write_bytes(b"half")
    assert write_table(tmp_path, RECIPE).rows == 3000
