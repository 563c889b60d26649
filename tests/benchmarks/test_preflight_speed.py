"""The naive checks compute what they say, and the claims are judged by what was measured."""

import pytest

from benchmarks.machine_limits import time_hash, time_neighbours, time_products
from benchmarks.naive_preflight import (
    Naive,
    check_adjacency,
    check_neighbours,
    check_norms,
    check_recall,
    hash_vectors,
    measure_naive,
)
from benchmarks.preflight_speed import NAIVE_ROWS, Ours, judge_claims
from benchmarks.process_memory import Ended
from benchmarks.synthetic_table import Recipe, write_table
from checks.table import Table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    return write_table(tmp_path_factory.mktemp("table") / "t", Recipe(600, dim=16))


def test_naive_checks_find_what_the_real_ones_do(table: Table) -> None:
    rows, article = table.read(), table.article_of_row
    inside = article[1:] == article[:-1]
    assert check_norms(rows) == pytest.approx(1.0, abs=1e-5)
    assert check_adjacency(rows, article) == pytest.approx(
        float((rows[1:] * rows[:-1]).sum(1)[inside].mean()), abs=1e-5
    )
    assert check_recall(rows, 8) == 1.0
    assert hash_vectors(rows) == 64
    assert 0 < check_neighbours(rows[:100], article) < 10


def test_a_sample_is_extrapolated_in_rows_and_the_recall_in_queries_too(table: Table) -> None:
    measured = measure_naive(table, dict.fromkeys(NAIVE_ROWS, 100), 4, 40)
    assert set(measured) == set(NAIVE_ROWS)
    for name, naive in measured.items():
        assert naive.rows == 100
        assert naive.whole_s == pytest.approx(naive.seconds * 6 * (10 if name == "oracle_recall" else 1))


def test_bare_passes_read_every_row(table: Table) -> None:
    for time_pass in (time_neighbours, time_hash, lambda path: time_products(path, 10)):
        assert time_pass(table.path) > 0


def judge(**changes: float) -> dict[str, bool]:
    alone = dict.fromkeys(NAIVE_ROWS, 1.0)
    alone["off_by_one"] = changes.get("off_by_one", 1.0)
    whole = Ended(0, "", "", changes.get("whole_s", 5.0), changes.get("peak_mb", 900.0), 0.0)
    ours = Ours(
        alone, dict.fromkeys(NAIVE_ROWS, 0.8), whole, changes.get("relaunch_s", 0.5), changes.get("cancel_s", 0.1)
    )
    naive = dict.fromkeys(NAIVE_ROWS, Naive(1.0, 10, 50.0, 0.0))
    return {words.split()[0]: holds for words, holds in judge_claims(ours, naive)}


def test_every_claim_holds_or_not_by_its_own_number() -> None:
    assert all(judge().values())
    for change, words in (
        ({"whole_s": 7.0}, "the"), ({"off_by_one": 1.3}, "each"), ({"peak_mb": 1001.0}, "peak"),
        ({"relaunch_s": 1.2}, "again"), ({"cancel_s": 1.1}, "gone"),
    ):  # fmt: skip
        assert [name for name, holds in judge(**change).items() if not holds] == [words]
