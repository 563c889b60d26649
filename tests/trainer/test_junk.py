from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from checks.errors import InputError
from checks.windows import open_windows, write_npz
from trainer.junk import Removed, find_junk
from trainer.junk_rules import RULES, THRESHOLDS, JunkRules, read_rules
from trainer.tables import rows as rows_module
from trainer.tables.rows import open_source

WriteRows = Callable[..., Path]
Draw = Callable[..., NDArray[np.float32]]
PLAIN = [f"Article {number}" for number in range(8)]


def find(path: Path, **rules: Any) -> list[tuple[int, str]]:
    report = find_junk(open_source(str(path), 5), JunkRules(**rules))
    assert np.array_equal(np.flatnonzero(~report.kept), sorted(removed.article for removed in report.removed))
    return [(removed.article, removed.rule) for removed in report.removed]


@pytest.mark.parametrize("title", ["List of rivers", "lists of lists", "Index of physics articles", "Outline of law"])
def test_lists_go_by_title(title: str, write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [draw_article(12, seed) for seed in range(2)]
    assert find(write_rows("t", articles, [title, "A list of one"])) == [(0, "list")]


def test_disambiguation_pages_and_other_kinds_go(write_rows: WriteRows, draw_article: Draw) -> None:
    titles = ["Ada (disambiguation)", "Ada", "Ada (name)", "Portal", "A listing"]
    kinds = ["article", "disambiguation", "article", "portal\x1b[31m", "list"]
    path = write_rows("t", [draw_article(12, seed) for seed in range(5)], titles, kinds)
    assert find(path) == [(4, "list"), (0, "disambiguation"), (1, "disambiguation"), (3, "kind")]
    assert find(path, enabled=("kind",)) == [(3, "kind")]
    assert find_junk(open_source(str(path), 5)).removed[-1].why == "kind portal�[31m"


def test_an_article_is_a_stub_below_so_many_windows(write_rows: WriteRows, draw_article: Draw) -> None:
    path = write_rows("t", [draw_article(size, size) for size in (9, 10, 1, 30)])
    assert find(path) == [(0, "stub"), (2, "stub")]  # 4 windows, none; 10 chunks have the 5 that are asked for
    assert find(path, min_windows=6) == [(0, "stub"), (1, "stub"), (2, "stub")]
    assert find(path, min_windows=1) == [(2, "stub")]


def test_text_that_hardly_changes_is_repetitive(write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [draw_article(12, 0), draw_article(12, 1, alike=0.95), draw_article(12, 2, alike=0.85)]
    path = write_rows("t", articles)
    assert find(path) == [(1, "repetitive")]
    assert find(path, max_adjacency=0.99) == []


def test_copies_of_earlier_rows_are_repetitive(write_rows: WriteRows, draw_article: Draw) -> None:
    original, other, partly = (draw_article(12, seed) for seed in range(3))
    partly[:3] = original[:3]  # 25 %
    articles = [original, other, original.copy(), partly]
    path = write_rows("t", articles)
    assert find(path) == [(2, "repetitive")]  # the first of two equal articles stays
    assert find(path, max_copies=0.2) == [(2, "repetitive"), (3, "repetitive")]
    assert find_junk(open_source(str(path), 5)).removed[0].why == "12 of 12 rows are copies"
    assert find(write_rows("i8", articles, dtype="int8")) == [(2, "repetitive")]


def test_an_article_that_falls_out_of_the_table_is_incoherent(write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [*(draw_article(40, seed) for seed in range(7)), draw_article(40, 7, alike=0.05)]
    path = write_rows("t", articles)
    assert find(path) == [(7, "incoherent")]
    assert find(path, min_adjacency=-0.5) == []  # below the others, but not low
    assert find(path, mads=1e6) == []  # low, but not so far below the others
    loose = [draw_article(40, seed, alike=0.05) for seed in range(8)]
    assert find(write_rows("loose", loose)) == []  # a table that is all like that is preflight's to refuse


def test_a_row_of_nan_hides_no_other_article(write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [*(draw_article(40, seed) for seed in range(6)), draw_article(40, 7, alike=0.05)]
    articles[0][3, 3] = np.nan
    assert find(write_rows("t", articles)) == [(6, "incoherent")]


def test_a_report_says_what_goes_and_how_much(write_rows: WriteRows, draw_article: Draw) -> None:
    titles = ["Whole", "\x1b[31mStub\u202e", "List of it"]
    report = find_junk(open_source(str(write_rows("t", [draw_article(n, n) for n in (20, 6, 12)], titles)), 5))
    assert report.sentence == "filter-junk: 2 of 3 articles (8 of 23 windows) left out: 1 list, 1 stub"
    assert report.describe()[1:] == [
        "  list                 7 windows  List of it (title)",
        "  stub                 1 windows  �[31mStub� (6 chunks)",
    ]
    assert report.removed[0] == Removed(2, "List of it", "list", 7, "title")
    assert report.junk_windows.tolist() == [False] * 15 + [True] * 8
    clean = find_junk(open_source(str(write_rows("c", [draw_article(20, 0)])), 5))
    assert clean.describe() == ["filter-junk: 0 of 1 articles (0 of 15 windows) left out"]


def test_an_npz_is_judged_by_its_numbers_alone(tmp_path: Path, write_rows: WriteRows, draw_article: Draw) -> None:
    articles = [draw_article(30, 0), draw_article(30, 1, alike=0.95), draw_article(7, 2), draw_article(30, 3)]
    windows = open_windows(write_rows("t", articles, ["List of a", "b", "c", "d"]))
    every = np.random.default_rng(0).permutation(len(windows))  # positions say the order, not the file
    assert windows.article is not None
    assert windows.chunk is not None
    positions = np.stack([windows.article[every] * 10, windows.chunk[every]], axis=1)
    path = tmp_path / "w.npz"
    write_npz(path, windows.read_contexts(every), windows.read_targets(every), positions)
    report = find_junk(open_windows(path))
    assert [(gone.article, gone.rule, gone.title) for gone in report.removed] == [
        (2, "stub", "article number 2"), (1, "repetitive", "article number 1"),
    ]  # fmt: skip
    assert np.array_equal(report.junk_windows, np.isin(windows.article[every], (1, 2)))


def test_an_npz_that_names_no_articles_is_refused(tmp_path: Path, draw_article: Draw) -> None:
    rows = draw_article(6, 0)
    write_npz(tmp_path / "w.npz", rows[None, :5], rows[5:], np.arange(1, dtype=np.int32))
    with pytest.raises(InputError, match=r"found 'no articles', expected a table, or an npz with positions"):
        find_junk(open_windows(tmp_path / "w.npz"))


def test_blocks_do_not_show(write_rows: WriteRows, draw_article: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [*(draw_article(23, seed) for seed in range(7)), draw_article(23, 7, alike=0.05)]
    path = write_rows("t", articles, dtype="int8")
    whole = find_junk(open_source(str(path), 5))
    reading = rows_module._read_table
    monkeypatch.setattr(rows_module, "_read_table", lambda table, offsets, _: reading(table, offsets, 7))
    told: list[float] = []
    assert find_junk(open_source(str(path), 5), progress=lambda share, _: told.append(share)).removed == whole.removed
    assert len(told) == 27
    assert told[-1] == 1.0


def test_the_shipped_table_loses_lists_disambiguation_pages_and_stubs() -> None:
    report = find_junk(open_source("wikipedia", 5))
    assert report.counts == {"list": 2, "disambiguation": 8, "stub": 9}
    assert int(report.junk_windows.sum()) == 163
    assert {"Ada", "Answer", "List of anthropologists"} <= {gone.title for gone in report.removed}
    assert not {"Agnostida", "Politics of Angola", "A"} & {gone.title for gone in report.removed}


def test_rules_are_read_from_a_command_line() -> None:
    assert read_rules([], []) == JunkRules()
    given = read_rules(["stub", "list"], ["min_windows=8", "mads=2.5"])
    assert given == JunkRules(enabled=("list", "stub"), min_windows=8, mads=2.5)
    assert set(THRESHOLDS) == {name for name in JunkRules.__slots__ if name != "enabled"}
    assert tuple(RULES) == JunkRules().enabled


@pytest.mark.parametrize(
    ("names", "assignments", "told"),
    [
        (["stubs"], [], "--rule: found 'stubs', expected 'stub'"),
        ([], ["min_window=3"], "--set: found 'min_window=3', expected THRESHOLD=VALUE with 'min_windows'"),
        ([], ["min_windows"], "--set: found 'min_windows', expected THRESHOLD=VALUE"),
        ([], ["min_windows=2.5"], "--set: min_windows: found '2.5', expected a whole number"),
        ([], ["mads=many"], "--set: mads: found 'many', expected a number"),
        ([], ["max_copies=1.5"], "--set: max_copies: found '1.5', expected 0 to 1"),
        ([], ["max_copies=nan"], "expected 0 to 1"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(names: list[str], assignments: list[str], told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_rules(names, assignments)
    assert told in str(refused.value)
