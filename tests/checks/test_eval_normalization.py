import dataclasses
from typing import Any

import numpy as np
import pytest

from checks import eval_normalization
from checks.data import Data
from checks.dataset import Dataset
from checks.options import OPTIONS
from checks.reference import Reference
from checks.verdict import Verdict
from checks.windows import cut_windows

DEFAULTS = {key: option.default for key, option in OPTIONS["eval_normalization"].items()}
SOUND: dict[str, Any] = {"rows": 100, "mean": 1.0, "std": 0.0003, "farthest": 0.001, "nonfinite": 0, "zero": 0}


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({}, Verdict.PASS, "200 rows of 2 arrays"),
        ({"mean": 1.009}, Verdict.PASS, ""),
        ({"mean": 1.011}, Verdict.FAIL, "mean norm 1.0110"),
        ({"mean": 0.989}, Verdict.FAIL, "mean norm"),
        ({"mean": float("nan")}, Verdict.FAIL, "mean norm nan"),
        ({"std": 0.0101}, Verdict.FAIL, "spread by 0.0101"),
        ({"nonfinite": 1}, Verdict.FAIL, "1 rows with nan or inf"),
        ({"zero": 1}, Verdict.FAIL, "1 rows of zeros"),
        ({"farthest": 0.5}, Verdict.WARN, "0.500 off 1"),
        ({"rows": 0}, Verdict.ERROR, "no rows"),
    ],
)
def test_judge(changed: dict[str, Any], verdict: Verdict, words: str) -> None:
    numbers = {f"train.contexts.{key}": value for key, value in SOUND.items()}
    numbers |= {f"train.targets.{key}": value for key, value in {**SOUND, **changed}.items()}
    finding = eval_normalization.judge(numbers, DEFAULTS)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_nothing_measured_is_an_error() -> None:
    assert eval_normalization.judge({}, DEFAULTS).verdict is Verdict.ERROR


def test_the_shipped_data_pass_and_one_zero_row_is_refused(shipped: Data, lab: Any) -> None:
    examined = lab.examine("eval_normalization", shipped)
    assert examined.finding.verdict is Verdict.PASS, examined.finding.detail
    assert examined.numbers["train.rows.rows"] == 8500
    assert examined.numbers["train.rows.std"] == pytest.approx(0.0003, abs=0.0002)
    assert examined.control.verdict is Verdict.FAIL
    assert examined.control.measured["train.rows.zero"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_healthy_data_raise_no_alarm(seed: int, synthetic_reference: Reference, lab: Any) -> None:
    windows = cut_windows(lab.make_table(seed), 5)
    for made in (windows, lab.spread_windows(windows)):
        examined = lab.examine("eval_normalization", lab.make_data(made, synthetic_reference))
        assert examined.finding.verdict is Verdict.PASS
        assert examined.control.held


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "nan or inf"), (np.inf, "nan or inf"), (0.0, "rows of zeros"), (3e38, "mean norm")]
)
@pytest.mark.parametrize("part", ["context_rows", "target_rows"])
def test_one_bad_row_is_refused(value: float, words: str, part: str, healthy_npz: Data, lab: Any) -> None:
    rows = np.array(getattr(healthy_npz.train.windows, part))
    rows[7] = value
    changed: dict[str, Any] = {part: rows}
    broken = dataclasses.replace(healthy_npz.train.windows, **changed)
    finding = lab.judge("eval_normalization", lab.make_data(broken))
    assert finding.verdict is Verdict.FAIL
    assert words in finding.detail


def test_unnormalised_ood_targets_are_refused(healthy_npz: Data, lab: Any) -> None:
    windows = healthy_npz.train.windows
    scaled = dataclasses.replace(windows, target_rows=2.58 * np.asarray(windows.target_rows))
    data = dataclasses.replace(healthy_npz, ood=(Dataset("other", scaled, None),))
    finding = lab.judge("eval_normalization", data)
    assert finding.verdict is Verdict.FAIL
    assert finding.detail.startswith("other.targets: mean norm 2.58")
