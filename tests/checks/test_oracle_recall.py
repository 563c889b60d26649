import dataclasses
from typing import Any

import numpy as np
import pytest

from checks import oracle_recall
from checks.data import Data
from checks.index import build_index
from checks.options import OPTIONS
from checks.queries import FROM_ITSELF, FROM_NEXT, FROM_TABLE
from checks.reference import Reference
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["oracle_recall"].items()}
SOUND: dict[str, Any] = {
    "train.queries": 1000, "train.way": FROM_TABLE, "train.duplicates": 0.0,
    "train.recall_1": 1.0, "train.recall_5": 1.0, "train.recall_1000": 1.0, "train.index": "IVF",
    "train.index_recall_1": 1.0, "train.index_recall_5": 1.0, "train.index_recall_1000": 1.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "@5 1.000"),
        ({"train.recall_5": 0.969}, Verdict.FAIL, "recall @5 is 0.969"),
        ({"train.recall_5": float("nan")}, Verdict.FAIL, "recall @5"),
        ({"train.recall_1000": 0.99}, Verdict.FAIL, "recall @1000"),
        ({"train.index_recall_5": 0.969}, Verdict.FAIL, "recall @5 of the IVF index is 0.969"),
        ({"train.index_recall_1000": float("nan")}, Verdict.FAIL, "recall @1000 of the IVF index"),
        ({"train.recall_5_error": 0.0014}, Verdict.PASS, "±0.001, of 1,000 queries"),
        ({"train.recall_1": 0.9, "train.duplicates": 0.09}, Verdict.PASS, "9.0% of first places lost to exact"),
        ({"train.recall_1": 0.9}, Verdict.WARN, "10.0% of first places are lost to vectors that are no duplicates"),
        ({"train.way": FROM_ITSELF}, Verdict.WARN, "payload ids were not tested"),
        ({"train.queries": 0}, Verdict.ERROR, "no queries"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    finding = oracle_recall.judge({**SOUND, **changed}, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_nothing_measured_is_an_error() -> None:
    assert oracle_recall.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_permuted_payload_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("oracle_recall", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.recall_1"] == 1.0
    assert examined.numbers["train.way"] == FROM_TABLE
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.measured["train.recall_5"] < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_healthy_data_raise_no_alarm(seed: int, synthetic_reference: Reference, lab: Any) -> None:
    windows = cut_windows(lab.make_table(seed), 5)
    for made, way in ((windows, FROM_TABLE), (lab.spread_windows(windows), FROM_NEXT)):
        examined = lab.examine("oracle_recall", lab.make_data(made, synthetic_reference))
        assert examined.finding.verdict is Verdict.PASS
        assert examined.numbers["train.way"] == way
        assert examined.control.held


def test_a_large_set_gets_an_index_with_cells(healthy: Data, lab: Any) -> None:
    data = lab.make_data(healthy.train.windows, healthy.reference, oracle_recall={"flat_rows": 100})
    examined = lab.examine("oracle_recall", data)
    assert examined.numbers["train.index"] == "IVF"
    assert examined.finding.verdict is Verdict.PASS
    assert examined.control.held


def test_duplicated_rows_are_refused(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.array(table.stored)
    rows[::10] = rows[0]
    data = lab.make_data(cut_windows(dataclasses.replace(table, stored=rows), 5))
    finding = lab.judge("oracle_recall", data)
    assert finding.verdict is Verdict.FAIL
    assert "recall @5" in finding.detail


def test_a_pair_of_duplicates_explains_lost_first_places(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.array(table.stored)
    rows[1::2] = rows[: len(rows) - 1 : 2] if len(rows) % 2 else rows[::2]
    numbers = lab.examine(
        "oracle_recall", lab.make_data(cut_windows(dataclasses.replace(table, stored=rows), 5))
    ).numbers
    assert numbers["train.recall_1"] < 0.7
    assert numbers["train.recall_5"] == 1.0
    assert numbers["train.recall_1"] + numbers["train.duplicates"] == pytest.approx(1.0)


def test_a_metric_that_does_not_fit_the_vectors_is_refused(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    norms = np.random.default_rng(0).uniform(0.1, 9, (table.rows, 1)).astype(np.float32)
    data = lab.make_data(cut_windows(dataclasses.replace(table, stored=np.array(table.stored) * norms), 5))
    assert lab.judge("oracle_recall", data).verdict is Verdict.FAIL  # inner product favours the long ones


def test_an_index_that_lost_rows_is_refused(healthy: Data, lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose_rows(*arguments: Any) -> Any:
        index = build_index(*arguments)
        index.remove_ids(np.arange(0, len(healthy.train.windows), 20))
        return index

    monkeypatch.setattr(oracle_recall, "build_index", lose_rows)
    finding = lab.judge("oracle_recall", healthy)
    assert finding.verdict is Verdict.FAIL
    assert "recall @1000" in finding.detail


def test_a_row_of_nan_is_never_found(healthy: Data, lab: Any) -> None:
    table = healthy.train.windows.table
    assert table is not None
    rows = np.array(table.stored)
    rows[::9] = np.nan
    finding = lab.judge("oracle_recall", lab.make_data(cut_windows(dataclasses.replace(table, stored=rows), 5)))
    assert finding.verdict is Verdict.FAIL


def test_windows_in_random_order_say_that_ids_were_not_tested(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    order = np.random.default_rng(0).permutation(len(windows))
    shuffled = dataclasses.replace(
        windows, first=windows.first[order], target=windows.target[order], article=None, chunk=None
    )
    examined = lab.examine("oracle_recall", lab.make_data(shuffled))
    assert examined.numbers["train.way"] == FROM_ITSELF
    assert examined.finding.verdict is Verdict.WARN


def test_targets_of_another_row_are_refused_without_a_table(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    for target in (np.roll(windows.target, 1), np.random.default_rng(0).permutation(windows.target)):
        data = lab.make_data(dataclasses.replace(windows, target=target))
        assert lab.judge("oracle_recall", data).verdict is Verdict.FAIL


def test_an_index_over_a_sample_says_so(healthy: Data, lab: Any) -> None:
    sizes = {"queries": 50, "flat_rows": 100, "index_rows": 300}
    examined = lab.examine("oracle_recall", lab.make_data(healthy.train.windows, oracle_recall=sizes))
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.index_rows"] == 300
    assert 0 < examined.numbers["train.recall_5_error"] < 0.03
    assert "of 50 queries); IVF index of 300 @5 1.000" in examined.finding.detail
    whole = lab.examine("oracle_recall", lab.make_data(healthy.train.windows, oracle_recall={"queries": 10**9}))
    assert whole.numbers["train.queries"] == len(healthy.train.windows)
    assert whole.numbers["train.recall_5_error"] == 0.0


def test_an_index_that_lost_its_cells_is_refused_though_the_vectors_are_sound(
    healthy: Data, lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe_nothing_near(*arguments: Any) -> Any:
        index = build_index(*arguments)
        index.quantizer.reset()  # every cell moves to the place of another one
        index.quantizer.add(np.random.default_rng(0).normal(size=(index.nlist, index.d)).astype(np.float32))
        index.nprobe = 1
        return index

    monkeypatch.setattr(oracle_recall, "build_index", probe_nothing_near)
    finding = lab.judge("oracle_recall", lab.make_data(healthy.train.windows, oracle_recall={"flat_rows": 100}))
    assert finding.verdict is Verdict.FAIL
    assert "of the IVF index is" in finding.detail
    assert not finding.detail.startswith("train: recall @5 is")
