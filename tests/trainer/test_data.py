import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from checks.errors import InputError
from checks.windows import Windows, open_windows, write_npz
from trainer import data as module
from trainer.data import fingerprint, load_vectors, open_data, split_windows
from trainer.metrics import name_set

CPU = torch.device("cpu")
MakeTable = Callable[..., Path]


def write_windows(path: Path, count: int, positions: bool) -> Windows:
    random = np.random.default_rng(0)
    places = np.stack([np.arange(count) // 10, np.arange(count) % 10], axis=1).astype(np.int32)
    vectors = random.normal(size=(count, 6, 8)).astype(np.float32)
    write_npz(path, vectors[:, :5], vectors[:, 5], places if positions else np.arange(count, dtype=np.int32))
    return open_windows(path)


def test_batches_are_what_the_windows_say_with_targets_of_unit_length(make_table: MakeTable) -> None:
    windows = open_data(str(make_table()), 5)
    data = load_vectors(windows, CPU)
    index = torch.tensor([0, 17, 3, len(windows) - 1])
    contexts, targets = data.take(index)
    assert np.array_equal(contexts.numpy(), windows.read_contexts(index.numpy()))
    assert np.allclose(targets.numpy(), windows.read_targets(index.numpy()), atol=1e-6)
    assert torch.allclose(targets.norm(dim=1), torch.ones(4))
    assert data.rows is data.target_rows  # a table's rows are in memory once


@pytest.mark.parametrize("at_once", [1, 4, 7, 1000])
@pytest.mark.parametrize("windows", [1, 3])
def test_batches_taken_together_are_those_taken_one_by_one(
    make_table: MakeTable, monkeypatch: pytest.MonkeyPatch, at_once: int, windows: int
) -> None:
    monkeypatch.setattr(module, "TAKEN_WINDOWS", at_once)
    data = load_vectors(open_data(str(make_table()), 5), CPU)
    batches = torch.split(torch.tensor([5, 0, 3, 9, 9, 2, 70, 4, 1, 8]), windows)
    found = list(data.gather(batches))
    assert [batch.tolist() for batch, _, _ in found] == [batch.tolist() for batch in batches]
    for batch, contexts, targets in found:
        for one, other in zip((contexts, targets), data.take(batch), strict=True):
            assert torch.equal(one, other)


def test_an_npz_of_the_original_loads_the_same_way(tmp_path: Path) -> None:
    windows = write_windows(tmp_path / "a.npz", 40, positions=True)
    contexts, targets = load_vectors(windows, CPU).take(torch.tensor([7]))
    assert np.array_equal(contexts.numpy(), windows.read_contexts(np.array([7])))
    assert torch.allclose(targets.norm(), torch.tensor(1.0))


def test_no_article_is_on_both_sides_and_no_vector_either(make_table: MakeTable) -> None:
    windows = open_data(str(make_table(sizes=(30, 12, 25, 8, 40, 19, 22, 31, 6, 50))), 5)
    split = split_windows(windows, fraction=0.2, seed=3)
    assert windows.article is not None
    train, val = split.train.numpy(), split.val.numpy()
    assert not set(windows.article[train]) & set(windows.article[val])
    rows = [set((windows.first[side][:, None] + np.arange(6)).ravel()) for side in (train, val)]
    assert not rows[0] & rows[1]
    assert len(train) + len(val) == len(windows)
    assert len(val) / len(windows) == pytest.approx(0.2, abs=0.05)
    assert split.val_articles == len(set(windows.article[val]))


def test_parts_of_one_article_are_never_on_both_sides(make_table: MakeTable) -> None:
    path = make_table(sizes=(12,) * 12)
    lines = [
        {"id": f"{n // 3}#{n % 3}", "title": "", "kind": "article", "article": str(n // 3)} if n < 9 else {"id": str(n)}
        for n in range(12)
    ]
    (path / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    windows = open_data(str(path), 5)
    assert windows.article is not None
    for seed in range(8):
        split = split_windows(windows, fraction=0.3, seed=seed)
        sides = [set(windows.article[side.numpy()]) for side in (split.train, split.val)]
        whole = [{n // 3 if n < 9 else n for n in side} for side in sides]
        assert not whole[0] & whole[1]
        assert sides[0] | sides[1] == set(range(12))


def test_the_shipped_table_is_split_nine_to_one() -> None:
    windows = open_data("wikipedia", 5)
    split = split_windows(windows, fraction=0.1, seed=0)
    assert len(windows) == 7979
    assert len(split.val) == pytest.approx(798, abs=16)


def test_where_articles_are_unknown_the_end_is_held_out_and_said(tmp_path: Path) -> None:
    windows = write_windows(tmp_path / "a.npz", 100, positions=False)
    split = split_windows(windows, fraction=0.1, seed=0)
    assert sorted(split.val.tolist()) == list(range(90, 100))
    assert split.train.tolist() == list(range(85))  # the five before share vectors with the held-out ones
    assert "does not say which article" in split.note


def test_a_range_of_articles_trains_on_the_delta_and_keeps_the_validation_set(make_table: MakeTable) -> None:
    windows = open_data(str(make_table()), 5)
    whole = split_windows(windows, fraction=0.1, seed=0)
    assert windows.article is not None
    for train_on, articles in (("8:", range(8, 12)), (":-9", range(3)), ("2:4", range(2, 4)), ("-2:", range(10, 12))):
        delta = split_windows(windows, fraction=0.1, seed=0, train_on=train_on)
        assert torch.equal(delta.val, whole.val)
        assert delta.train.tolist() == [n for n in whole.train.tolist() if windows.article[n] in articles]
    with pytest.raises(InputError, match="0 windows to train on"):
        split_windows(windows, fraction=0.1, seed=0, train_on="100000:")


def test_junk_is_left_out_on_both_sides_and_said(write_rows: MakeTable, draw_article: Callable[..., Any]) -> None:
    titles = ["List of lists", *(f"Article {number}" for number in range(1, 10))]
    articles = [draw_article(12, seed) for seed in range(10)]
    windows = open_data(str(write_rows("table", articles, titles, ["article", "list"] * 5)), 5)
    split = split_windows(windows, fraction=0.3, seed=0, filter_junk=True)
    assert windows.article is not None
    kept = set(windows.article[split.train.numpy()]) | set(windows.article[split.val.numpy()])
    assert kept == {2, 4, 6, 8}
    assert split.note == "filter-junk: 6 of 10 articles (42 of 70 windows) left out: 6 list"
    assert split_windows(windows, fraction=0.3, seed=0).note == ""


def test_junk_cannot_be_told_without_articles(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--filter-junk: found 'no articles'"):
        split_windows(write_windows(tmp_path / "a.npz", 100, False), fraction=0.1, seed=0, filter_junk=True)


def test_data_that_cannot_be_split_or_used_is_refused(make_table: MakeTable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two articles"):
        split_windows(open_data(str(make_table("one", sizes=(30,))), 5), fraction=0.1, seed=0)
    with pytest.raises(InputError, match="no windows"):
        open_data(str(make_table("short", sizes=(3, 4))), 5)
    with pytest.raises(InputError, match="shipped name"):
        open_data(str(tmp_path / "none"), 5)


def test_the_fingerprint_follows_the_vectors(make_table: MakeTable) -> None:
    path = make_table()
    before = fingerprint(open_windows(path))
    assert fingerprint(open_windows(path)) == before
    vectors = np.load(path / "vectors.npy")
    vectors[3, 3] += 0.001
    np.save(path / "vectors.npy", vectors)
    assert fingerprint(open_windows(path)) != before


@pytest.mark.parametrize(
    ("name", "metric"), [("moby-dick", "moby_dick"), ("a b.npz", "a_b"), ("Ünï", "n"), ("…", "unnamed")]
)
def test_a_set_is_named_as_a_metric_can_be(name: str, metric: str) -> None:
    assert name_set(Path("x") / name) == metric
