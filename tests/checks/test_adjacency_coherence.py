import dataclasses
from typing import Any

import numpy as np
import pytest

from checks import adjacency_coherence, scan
from checks.data import Data
from checks.dataset import Dataset
from checks.errors import InputError
from checks.options import OPTIONS
from checks.reference import Reference
from checks.registry import keep_silent
from checks.sample import sample_train, shuffle_within
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["adjacency_coherence"].items()}
OLD = {"mean": 0.484, "std": 0.210, "p10": 0.249, "p50": 0.450, "p90": 0.815, "low_share": 0.179}  # the 584k set
NEW = {"mean": 0.337, "std": 0.159, "p10": 0.142, "p50": 0.322, "p90": 0.547, "low_share": 0.448}  # the 790k set
NAN = float("nan")


def make_numbers(train: dict[str, float], reference: dict[str, float], shuffled: float = 0.05) -> dict[str, Any]:
    numbers: dict[str, Any] = {"train.pairs": 1000, "train.shuffled": shuffled}
    numbers |= {f"train.{key}": value for key, value in train.items()}
    return numbers | {f"reference.{key}": value for key, value in reference.items()}


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        (OLD, Verdict.PASS, "mean 0.484, low pairs 17.9%"),
        (NEW, Verdict.FAIL, "mean 0.337 is 30.4% below the reference's 0.484"),
        (NEW, Verdict.FAIL, "26.9 points more low pairs"),
        ({**OLD, "mean": 0.484 * 0.949}, Verdict.FAIL, "5.1% below"),
        ({**OLD, "mean": 0.484 * 0.951}, Verdict.WARN, "4.9% below"),
        ({**OLD, "mean": 0.484 * 0.974}, Verdict.WARN, "2.6% below"),
        ({**OLD, "mean": 0.484 * 0.976}, Verdict.PASS, ""),
        ({**OLD, "mean": 0.6}, Verdict.PASS, ""),
        ({**OLD, "low_share": 0.230}, Verdict.FAIL, "5.1 points more low pairs"),
        ({**OLD, "low_share": 0.205}, Verdict.WARN, "2.6 points more low pairs"),
        ({**OLD, "low_share": 0.203}, Verdict.PASS, ""),
        ({**OLD, "mean": NAN}, Verdict.FAIL, "mean nan"),
        ({**OLD, "low_share": NAN}, Verdict.FAIL, "points more low pairs"),
    ],
)
def test_judge_against_the_reference(changed: dict[str, float], verdict: Verdict, words: str) -> None:
    finding = adjacency_coherence.judge(make_numbers(changed, OLD), DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_a_low_mean_is_a_warning_whatever_the_reference() -> None:
    low = {**OLD, "mean": 0.39}
    finding = adjacency_coherence.judge(make_numbers(low, low), DEFAULTS)
    assert finding.verdict is Verdict.WARN
    assert "below 0.4" in finding.detail


def test_neighbours_no_nearer_than_shuffled_rows_are_refused() -> None:
    finding = adjacency_coherence.judge(make_numbers(OLD, OLD, shuffled=0.45), DEFAULTS)
    assert finding.verdict is Verdict.FAIL
    assert "hardly more alike" in finding.detail


def test_a_reference_without_adjacency_is_an_error() -> None:
    assert adjacency_coherence.judge(make_numbers(OLD, {}), DEFAULTS).verdict is Verdict.ERROR


def test_nothing_measured_is_no_pass() -> None:
    assert adjacency_coherence.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_a_shuffle_inside_articles_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("adjacency_coherence", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.mean"] == pytest.approx(0.545, abs=0.01)
    assert examined.numbers["train.p50"] == pytest.approx(0.560, abs=0.01)
    assert sum(map(int, examined.numbers["train.histogram"].split())) == examined.numbers["train.pairs"] == 8500 - 106
    assert examined.control.verdict is Verdict.FAIL


def test_a_sample_is_not_refused_unbroken_so_that_the_control_proves_something(shipped: Data, lab: Any) -> None:
    assert lab.judge("adjacency_coherence", sample_train(shipped)).verdict in (Verdict.PASS, Verdict.WARN)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_healthy_data_raise_no_alarm(seed: int, synthetic_reference: Reference, lab: Any) -> None:
    windows = cut_windows(lab.make_table(seed), 5)
    for made in (windows, lab.spread_windows(windows)):
        examined = lab.examine("adjacency_coherence", lab.make_data(made, synthetic_reference))
        assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
        assert examined.control.held


def test_less_coherent_text_is_refused(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    draw = np.random.default_rng(0)
    order = np.arange(table.rows)
    some = draw.random(table.rows) < 0.2
    order[some] = draw.permutation(order[some])
    rows = np.asarray(table.stored)[order]
    finding = lab.judge(
        "adjacency_coherence", lab.make_data(cut_windows(dataclasses.replace(table, stored=rows), 5), healthy.reference)
    )
    assert finding.verdict is Verdict.FAIL


def test_a_random_order_is_refused_without_a_table(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    groups = np.zeros(len(windows.context_rows), dtype=np.int64)
    rows = np.asarray(windows.context_rows)[shuffle_within(groups, 0)]
    finding = lab.judge(
        "adjacency_coherence", lab.make_data(dataclasses.replace(windows, context_rows=rows), healthy_npz.reference)
    )
    assert finding.verdict is Verdict.FAIL
    assert "hardly more alike" in finding.detail


def test_an_incoherent_ood_set_is_a_warning(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.random.default_rng(0).permutation(np.asarray(table.stored))
    other = Dataset("other", cut_windows(dataclasses.replace(table, stored=rows), 5), None)
    finding = lab.judge("adjacency_coherence", dataclasses.replace(healthy, ood=(other,)))
    assert finding.verdict is Verdict.WARN
    assert finding.detail.startswith("other: neighbours")


def test_no_reference_is_told(healthy: Data) -> None:
    with pytest.raises(InputError, match="--reference"):
        adjacency_coherence.measure(dataclasses.replace(healthy, reference=None), keep_silent)


def test_pairs_across_blocks_are_counted_once(healthy: Data, monkeypatch: pytest.MonkeyPatch, lab: Any) -> None:
    whole = adjacency_coherence.measure(healthy, keep_silent)
    table = healthy.train.windows.table
    assert table is not None
    monkeypatch.setattr(scan, "BLOCK_ROWS", 100)
    again = dataclasses.replace(healthy, train=dataclasses.replace(healthy.train))
    blocks = adjacency_coherence.measure(again, keep_silent)
    assert blocks["train.pairs"] == whole["train.pairs"] == table.rows - len(table.offsets) + 1
    assert blocks["train.mean"] == pytest.approx(whole["train.mean"])
