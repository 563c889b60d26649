import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks import leakage
from checks.config import Sources, resolve_settings
from checks.data import Data, open_data
from checks.dataset import Dataset
from checks.leakage import split_sides
from checks.options import OPTIONS
from checks.sample import replace_targets
from checks.verdict import Verdict
from checks.windows import Windows, cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["leakage"].items()}
SOUND: dict[str, Any] = {
    "held_out.rows": 900,
    "held_out.exact": 0.0,
    "held_out.near": 0.0,
    "held_out.near_error": 0.003,
}


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "found again in training: held_out 0.00% ± 0.30%"),
        ({"held_out.exact": 0.002}, Verdict.WARN, "0.20% of the vectors are trained on, byte for byte"),
        ({"held_out.exact": 0.011}, Verdict.FAIL, "1.10% of the vectors are trained on, byte for byte"),
        ({"held_out.near": 0.009}, Verdict.WARN, "0.90% ± 0.30%"),
        ({"held_out.near": 0.02}, Verdict.FAIL, "2.00% ± 0.30%"),
        ({"held_out.near": float("nan")}, Verdict.FAIL, "nan"),
        ({"shared_ids": 0, "shared_titles": 0}, Verdict.PASS, ""),
        (
            {"shared_titles": 2, "shared_titles_example": "Alabama"},
            Verdict.WARN,
            "2 article titles stand on both sides",
        ),
        ({"shared_ids": 1, "shared_ids_example": "12"}, Verdict.FAIL, "such as '12'"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = leakage.judge({**SOUND, **changed}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_nothing_measured_is_an_error() -> None:
    assert leakage.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_copied_held_out_vectors_are_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("leakage", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["shared_ids"] == examined.numbers["shared_titles"] == 0
    assert examined.numbers["held_out.rows"] == pytest.approx(800, abs=30)
    assert {"moby-dick.near", "debian-handbook.near"} <= set(examined.numbers)
    assert examined.control.verdict is Verdict.FAIL


@pytest.mark.parametrize("spread", [False, True], ids=["table", "npz"])
@pytest.mark.parametrize("noise", [0.0, 0.002], ids=["exact", "near"])
def test_held_out_vectors_in_training_are_found(spread: bool, noise: float, lab: Any) -> None:
    windows = cut_windows(lab.make_table(), 5)
    windows = lab.spread_windows(windows) if spread else windows
    sides, draw = split_sides(lab.make_data(windows)), np.random.default_rng(0)
    rows = np.array(windows.target_rows)
    held_out, trained = windows.target[sides.held_out][::4], windows.target[sides.train]
    copies = rows[held_out] + draw.normal(0, noise, (len(held_out), rows.shape[1]))
    rows[draw.choice(trained, len(held_out), replace=False)] = copies
    finding = lab.judge("leakage", lab.make_data(replace_targets(windows, rows)))
    assert finding.verdict is Verdict.FAIL
    assert "held_out" in finding.detail


def test_an_ood_set_that_is_trained_on_is_found(lab: Any) -> None:
    windows, other = cut_windows(lab.make_table(), 5), cut_windows(lab.make_table(1), 5)
    ood = tuple(Dataset(name, made, None) for name, made in (("same", windows), ("other", other)))
    finding = lab.judge("leakage", lab.make_data(windows, ood=ood))
    assert finding.verdict is Verdict.FAIL
    assert "same" in finding.detail
    assert "other" not in finding.detail


def forget_articles(windows: Windows) -> Windows:
    return dataclasses.replace(windows, article=None, chunk=None)


def test_windows_in_random_order_leak_through_their_contexts(lab: Any) -> None:
    ordered = forget_articles(lab.spread_windows(cut_windows(lab.make_table(), 5)))
    assert lab.judge("leakage", lab.make_data(ordered)).verdict is Verdict.PASS
    order = np.random.default_rng(0).permutation(len(ordered))
    contexts = ordered.read_contexts(order).reshape(-1, ordered.dim)
    shuffled = dataclasses.replace(ordered, context_rows=contexts, target_rows=ordered.read_targets(order))
    assert lab.judge("leakage", lab.make_data(shuffled)).verdict is Verdict.FAIL


@pytest.mark.parametrize(("key", "verdict"), [("id", Verdict.FAIL), ("title", Verdict.WARN), ("article", Verdict.PASS)])
def test_an_article_on_both_sides_is_known_by_its_id_or_title(
    key: str, verdict: Verdict, tmp_path: Path, lab: Any
) -> None:
    rows, offsets = lab.make_rows(0)
    path = lab.write_table(tmp_path / "table", rows, offsets)
    names = [{"id": str(a), "title": f"Article {a}"} for a in range(len(offsets) - 1)]
    (path / "articles.jsonl").write_text("\n".join(map(json.dumps, names)))
    data = open_data(Sources(path), resolve_settings({}))
    sides, article = split_sides(data), data.train.windows.article
    assert article is not None
    assert lab.judge("leakage", data).verdict is Verdict.PASS
    names[article[sides.held_out[0]]][key] = names[article[sides.train[0]]][key] = "the same"
    (path / "articles.jsonl").write_text("\n".join(map(json.dumps, names)))
    assert lab.judge("leakage", data).verdict is verdict  # parts of one article are held out together


def test_one_article_cannot_be_split(lab: Any) -> None:
    with pytest.raises(ValueError, match="two articles"):
        lab.judge("leakage", lab.make_data(cut_windows(lab.make_table(articles=1), 5)))


def test_a_sample_in_one_article_has_a_control_all_the_same(lab: Any) -> None:
    windows = lab.spread_windows(cut_windows(lab.make_table(), 5))
    long = dataclasses.replace(windows, article=(np.arange(len(windows)) >= 1600).astype(np.int32))
    examined = lab.examine("leakage", lab.make_data(long))
    assert examined.control.verdict is Verdict.FAIL
